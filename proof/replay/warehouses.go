package replay

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// WarehousesSummary is the result of a run of Warehouses, under the names of
// expected.json.
type WarehousesSummary struct {
	AdjustRejected    int64            `json:"adjust_rejected"`
	LinesGranted      int64            `json:"lines_granted"`
	LinesShort        int64            `json:"lines_short"`
	UnitsGranted      int64            `json:"units_granted"`
	UnitsReturned     int64            `json:"units_returned"`
	UnitsShort        int64            `json:"units_short"`
	NthNearestUsed    map[string]int64 `json:"nth_nearest_used"` // lines, by how many sites are nearer
	LinesByWarehouse  map[string]int64 `json:"lines_by_warehouse"`
	UnitsByWarehouse  map[string]int64 `json:"units_by_warehouse"`
	OnHandByWarehouse map[string]int64 `json:"onhand_by_warehouse"`
	OnHandTotal       int64            `json:"onhand_total"`
	OnHandSHA256      string           `json:"onhand_sku_at_warehouse_sha256"`
}

// siteSales are the sale lines of Warehouses so far, per site. nth counts them by how many sites
// are nearer to the customer.
type siteSales struct{ lines, units, nth []int64 }

func newSiteSales(sites int) siteSales {
	return siteSales{make([]int64, sites), make([]int64, sites), make([]int64, sites)}
}

func (s *siteSales) book(p *Plan, task *Task, o Outcome) {
	if o.Units == 0 {
		return
	}
	s.lines[o.Site]++
	s.units[o.Site] += o.Units
	s.nth[slices.Index(p.near[task.Country], o.Site)]++
}

// splitStock divides the opening stock of each SKU equally among the sites; the first sites get one
// more each of the remainder.
func splitStock(stock []int64, sites int) []int64 {
	split := make([]int64, 0, len(stock)*sites)
	for _, units := range stock {
		for site := range int64(sites) {
			part := units / int64(sites)
			if site < units%int64(sites) {
				part++
			}
			split = append(split, part)
		}
	}
	return split
}

// warehousesSummary sums up the stock on hand per shelf.
func (t *Tally) warehousesSummary(onHand []int64) *WarehousesSummary {
	p := t.plan
	s := &WarehousesSummary{
		AdjustRejected: t.AdjustRejected, LinesGranted: t.LinesGranted, LinesShort: t.LinesShort,
		UnitsGranted: t.UnitsGranted, UnitsReturned: t.UnitsReturned, UnitsShort: t.UnitsShort,
		NthNearestUsed: map[string]int64{}, LinesByWarehouse: map[string]int64{}, UnitsByWarehouse: map[string]int64{},
		OnHandByWarehouse: map[string]int64{}, OnHandTotal: sum(onHand),
	}
	for i, site := range p.Network.Sites {
		countUp(s.NthNearestUsed, strconv.Itoa(i), t.sites.nth[i])
		countUp(s.LinesByWarehouse, site.ID, t.sites.lines[i])
		countUp(s.UnitsByWarehouse, site.ID, t.sites.units[i])
	}
	rows := make([]string, 0, len(onHand))
	for _, sku := range p.Open {
		for i, site := range p.Network.Sites {
			units := onHand[p.shelf(sku, int32(i))]
			countUp(s.OnHandByWarehouse, site.ID, units)
			rows = append(rows, fmt.Sprintf("%s@%s\t%d\n", p.SKUs[sku], site.ID, units))
		}
	}
	slices.Sort(rows)
	hash := sha256.New()
	for _, row := range rows {
		io.WriteString(hash, row) //nolint:errcheck // a hash takes everything
	}
	s.OnHandSHA256 = hexSum(hash)
	return s
}

// countUp adds units under a name; an empty value has no name in expected.json.
func countUp(to map[string]int64, name string, units int64) {
	if units != 0 {
		to[name] += units
	}
}
