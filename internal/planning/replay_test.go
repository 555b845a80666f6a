//go:build !race

// One goroutine goes through half a million lines here: the race detector would
// find nothing, and takes half a minute for it.

package planning

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

const history = "../../data/online-retail/"

// eachRow calls do for each row of a packed table, without its header.
func eachRow(t *testing.T, name string, do func(row []string)) {
	t.Helper()
	f, err := os.Open(history + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(unpacked)
	rows.ReuseRecord = true
	for first := true; ; first = false {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatal(err)
		case !first:
			do(row)
		}
	}
}

func whole(t *testing.T, text string) stock.Qty {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return stock.Qty(n)
}

// Half a year of a shop over 17 warehouses, by the rules of warehouses_scarce
// in data/online-retail/README.md: a line goes whole to the nearest warehouse
// that has it. The expected figures were worked out by another program.
func TestHalfAYearOfOrdersComesFromTheNearestWarehouses(t *testing.T) {
	t.Parallel()
	var expected struct {
		Warehouses struct {
			LinesGranted       int            `json:"lines_granted"`
			LinesShort         int            `json:"lines_short"`
			UnitsGranted       stock.Qty      `json:"units_granted"`
			LinesByWarehouse   map[string]int `json:"lines_by_warehouse"`
			OnHandByWarehouses string         `json:"onhand_sku_at_warehouse_sha256"`
		} `json:"warehouses_scarce"`
	}
	text, err := os.ReadFile(history + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	want := expected.Warehouses

	places := map[string]*Point{}
	for _, row := range table(t, "places.csv") {
		places[row[0]] = &Point{number(t, row[4]), number(t, row[5])}
	}
	sites := table(t, "warehouses.csv")
	locations := make([]Location, len(sites))
	for i, row := range sites {
		locations[i] = Location{ID: row[0], At: &Point{number(t, row[4]), number(t, row[5])}, Offers: make([]Offer, 1)}
	}
	london := places[sites[0][1]]
	customers := map[string]*Point{}
	for _, row := range table(t, "order-countries.csv") {
		customers[row[0]] = places[row[1]] // nil: no such place
	}
	onHand := map[string][]stock.Qty{}
	eachRow(t, "expected.opening.scarce.csv.gz", func(row []string) {
		n, sites := whole(t, row[1]), stock.Qty(len(sites))
		at := make([]stock.Qty, sites)
		for i := range at {
			at[i] = n / sites
			if stock.Qty(i) < n%sites {
				at[i]++
			}
		}
		onHand[row[0]] = at
	})

	var planner Planner
	granted, short := 0, 0
	var units stock.Qty
	lines := map[string]int{}
	eachRow(t, "orders-2010-12_2011-05.csv.gz", func(row []string) {
		kind, sku, qty, country := row[1], row[3], whole(t, row[4]), row[8]
		at := onHand[sku]
		order := Order{Lines: []Line{{sku, max(qty, -qty)}}, Strategy: Nearest, Split: SplitByLine, To: customers[country]}
		if order.To == nil {
			order.To = london
		}
		switch kind {
		case "adjust":
			if at[0]+qty >= 0 {
				at[0] += qty
			}
			return
		case "service":
			return
		}
		for i := range locations {
			locations[i].Offers[0].Available = at[i]
			if kind == "cancel" { // the nearest of all takes it back
				locations[i].Offers[0].Available = -qty
			}
		}
		plan, err := planner.Source(order, locations)
		if err != nil {
			t.Fatal(err)
		}
		if !plan.Filled() {
			short++
			return
		}
		to := plan.Assignments[0].Location
		at[to] -= qty
		if kind == "sale" {
			granted++
			units += qty
			lines[locations[to].ID]++
		}
	})
	if granted != want.LinesGranted || short != want.LinesShort || units != want.UnitsGranted {
		t.Errorf("%d lines with %d units are granted and %d short, want %d with %d and %d", granted, units, short, want.LinesGranted, want.UnitsGranted, want.LinesShort)
	}
	if got := fmt.Sprint(lines); got != fmt.Sprint(want.LinesByWarehouse) {
		t.Errorf("by warehouse: %s, want %v", got, want.LinesByWarehouse)
	}
	var rows []string
	for sku, at := range onHand {
		for i, qty := range at {
			rows = append(rows, fmt.Sprintf("%s@%s\t%d\n", sku, sites[i][0], qty))
		}
	}
	slices.Sort(rows)
	hash := sha256.New()
	for _, row := range rows {
		io.WriteString(hash, row)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want.OnHandByWarehouses {
		t.Errorf("what is left hashes to %s, want %s", got, want.OnHandByWarehouses)
	}
}
