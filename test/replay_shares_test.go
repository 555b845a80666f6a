package test

import (
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// This file computes the stock after replays with channels and with warehouses, by the rules of
// data/online-retail/README.md, for any part of the history. The result for the whole history is in
// expected.json.

// soldLine is a line of the history that moves stock.
type soldLine struct {
	kind, invoice, sku, customer, country string
	qty                                   int
}

// table is the named columns of a table with a header.
func table(t *testing.T, path string, columns ...string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := csv.NewReader(f)
	header, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, c := range columns {
			fields = append(fields, row[slices.Index(header, c)])
		}
		all = append(all, fields)
	}
}

// expectedShares writes the expected results of the history at path, and
// returns where.
func expectedShares(t *testing.T, path string) string {
	t.Helper()
	var lines []soldLine
	web := map[string]bool{}
	asked := map[string]int{}
	for _, f := range table(t, path, "kind", "invoice", "sku", "qty", "customer", "country") {
		l := soldLine{kind: f[0], invoice: f[1], sku: f[2], customer: f[4], country: f[5]}
		var err error
		if l.qty, err = strconv.Atoi(f[3]); err != nil {
			t.Fatal(err)
		}
		if l.kind == "service" {
			web[l.invoice] = web[l.invoice] || l.sku == "DOT"
			continue
		}
		lines = append(lines, l)
		asked[l.sku] += 0 // one that is only given back has stock too
		if l.kind == "sale" {
			asked[l.sku] += l.qty
		}
	}
	opening := map[string]int{}
	for sku, units := range asked {
		opening[sku] = units * 6 / 10
	}
	text, err := json.Marshal(object{
		"channels_scarce":   channelsLeave(lines, web, opening),
		"warehouses_scarce": warehousesLeave(t, lines, opening),
	})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "expected.json")
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// hashed is the hash of "<name>\t<units>\n" in the order of the names.
func hashed(units map[string]int) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(units)) {
		fmt.Fprintf(sum, "%s\t%d\n", name, units[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func sumOf[K comparable](units map[K]int) (all int) {
	for _, n := range units {
		all += n
	}
	return all
}

// channelsLeave: own quota first, then the pool, which returns and corrections
// meet too.
func channelsLeave(lines []soldLine, web map[string]bool, opening map[string]int) object {
	pool, onHand := map[string]int{}, map[string]int{}
	quota := map[string]map[string]int{"trade": {}, "web": {}, "other": {}}
	for sku, units := range opening {
		quota["trade"][sku], quota["web"][sku] = units/2, units/5
		pool[sku] = units - units/2 - units/5
	}
	figures := map[string]map[string]int{"trade": {}, "web": {}, "other": {}, "-": {"adjust_rejected": 0}}
	for _, l := range lines {
		if l.kind != "sale" {
			by := l.qty
			if l.kind == "cancel" {
				by = -l.qty
			}
			if pool[l.sku]+by < 0 {
				figures["-"]["adjust_rejected"]++
				continue
			}
			pool[l.sku] += by
			continue
		}
		channel := "other"
		if web[l.invoice] {
			channel = "web"
		} else if l.customer != "" {
			channel = "trade"
		}
		own, of := quota[channel], figures[channel]
		if l.qty > own[l.sku]+pool[l.sku] {
			of["lines_short"]++
			of["units_short"] += l.qty
			continue
		}
		first := min(l.qty, own[l.sku])
		own[l.sku] -= first
		pool[l.sku] -= l.qty - first
		of["lines_granted"]++
		of["units_granted"] += l.qty
		of["units_from_pool"] += l.qty - first
	}
	for sku := range opening {
		onHand[sku] = pool[sku] + quota["trade"][sku] + quota["web"][sku]
	}
	return object{
		"-": figures["-"], "trade": figures["trade"], "web": figures["web"], "other": figures["other"],
		"pool_total": sumOf(pool), "pool_sha256": hashed(pool),
		"quota_left_trade": sumOf(quota["trade"]), "quota_left_web": sumOf(quota["web"]),
		"onhand_total": sumOf(onHand), "onhand_sha256": hashed(onHand),
	}
}

// onGlobe is a place as a vector from the middle of the earth: of two places, the one nearer to a
// third has the larger product with it.
func onGlobe(t *testing.T, lat, lon string) [3]float64 {
	t.Helper()
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		t.Fatal(err)
	}
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil {
		t.Fatal(err)
	}
	y, x = y*math.Pi/180, x*math.Pi/180
	return [3]float64{math.Cos(y) * math.Cos(x), math.Cos(y) * math.Sin(x), math.Sin(y)}
}

// nearest are the ids of the sites for the customers of each country, and "" is
// the country of those without a place.
func nearest(t *testing.T) (sites []string, near map[string][]string) {
	t.Helper()
	places, at := map[string][3]float64{}, map[string][3]float64{}
	for _, f := range table(t, "../data/geo/places.csv", "id", "lat", "lon") {
		places[f[0]] = onGlobe(t, f[1], f[2])
	}
	for _, f := range table(t, "../data/geo/warehouses.csv", "id", "lat", "lon") {
		sites = append(sites, f[0])
		at[f[0]] = onGlobe(t, f[1], f[2])
	}
	const london = "P0492"
	near = map[string][]string{}
	for _, f := range append(table(t, "../data/geo/order-countries.csv", "country", "place_id"), []string{"", london}) {
		to := places[cmp.Or(f[1], london)]
		product := func(id string) float64 { return to[0]*at[id][0] + to[1]*at[id][1] + to[2]*at[id][2] }
		near[f[0]] = slices.SortedFunc(maps.Keys(at), func(a, b string) int { return cmp.Compare(product(b), product(a)) })
	}
	return sites, near
}

// warehousesLeave: a line goes whole to the nearest site that has it.
func warehousesLeave(t *testing.T, lines []soldLine, opening map[string]int) object {
	t.Helper()
	sites, near := nearest(t)
	stock := map[string]int{} // by sku@site
	for sku, units := range opening {
		for i, site := range sites {
			stock[sku+"@"+site] = (units + len(sites) - 1 - i) / len(sites)
		}
	}
	figures := map[string]int{}
	nth, linesBy, unitsBy, onHandBy := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, l := range lines {
		order, known := near[l.country]
		if !known {
			order = near[""]
		}
		switch l.kind {
		case "cancel":
			stock[l.sku+"@"+order[0]] -= l.qty
			figures["units_returned"] -= l.qty
		case "adjust":
			if stock[l.sku+"@"+sites[0]]+l.qty < 0 {
				figures["adjust_rejected"]++
				continue
			}
			stock[l.sku+"@"+sites[0]] += l.qty
		case "sale":
			i := slices.IndexFunc(order, func(site string) bool { return stock[l.sku+"@"+site] >= l.qty })
			if i < 0 {
				figures["lines_short"]++
				figures["units_short"] += l.qty
				continue
			}
			stock[l.sku+"@"+order[i]] -= l.qty
			figures["lines_granted"]++
			figures["units_granted"] += l.qty
			nth[strconv.Itoa(i)]++
			linesBy[order[i]]++
			unitsBy[order[i]] += l.qty
		}
	}
	for sku := range opening {
		for _, site := range sites {
			if units := stock[sku+"@"+site]; units > 0 {
				onHandBy[site] += units
			}
		}
	}
	leave := object{
		"nth_nearest_used": nth, "lines_by_warehouse": linesBy, "units_by_warehouse": unitsBy, "onhand_by_warehouse": onHandBy,
		"onhand_total": sumOf(stock), "onhand_sku_at_warehouse_sha256": hashed(stock),
	}
	for name, n := range figures {
		leave[name] = n
	}
	return leave
}

// The arithmetic here is right: for the whole history it gives the figures of the data set.
func TestTheExpectedSharesOfTheWholeHistoryAreThoseOfTheDataSet(t *testing.T) {
	t.Parallel()
	read := func(path string) (of struct {
		Channels   object `json:"channels_scarce"`
		Warehouses object `json:"warehouses_scarce"`
	},
	) {
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &of)
		}
		if err != nil {
			t.Fatal(err)
		}
		return of
	}
	got, want := read(expectedShares(t, firstLines(t, 1e9))), read(expected)
	for _, pair := range [][2]object{{got.Channels, want.Channels}, {got.Warehouses, want.Warehouses}} {
		for name, value := range pair[1] {
			if g, w := fmt.Sprint(pair[0][name]), fmt.Sprint(value); g != w {
				t.Errorf("%s is %s, the data set says %s", name, g, w)
			}
		}
	}
}
