package planning

import (
	"encoding/csv"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// table reads a table of data/geo, without its header.
func table(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open("../../data/geo/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The 17 warehouses of data/geo, orders of 3 lines to its 1,249 places; 3 of 4
// warehouses have a line, most of them whole. Costs are by distance: a cent
// per unit and 50 km, and 3 to 6 for a shipment.
func benchmarkOrders(b *testing.B, strategy Strategy, split Split) ([]Order, [][]Location) {
	b.Helper()
	r := rand.New(rand.NewSource(17))
	places, sites := table(b, "places.csv"), table(b, "warehouses.csv")
	var orders []Order
	var all [][]Location
	for range 512 {
		place := places[r.Intn(len(places))]
		to := &Point{number(b, place[4]), number(b, place[5])}
		o := Order{Strategy: strategy, Split: split, To: to}
		for i := range 3 {
			o.Lines = append(o.Lines, Line{"p" + strconv.Itoa(i), stock.Qty(1 + r.Intn(12))})
		}
		var locations []Location
		for k, site := range sites {
			at := &Point{number(b, site[4]), number(b, site[5])}
			l := Location{ID: site[0], At: at, Priority: k % 4, ShipmentCost: Cost(300 + r.Intn(300))}
			for range 3 {
				offer := Offer{UnitCost: Cost(at.Km(*to) / 50)}
				if r.Intn(4) > 0 {
					offer.Available = stock.Qty(1 + r.Intn(40))
				}
				l.Offers = append(l.Offers, offer)
			}
			locations = append(locations, l)
		}
		orders, all = append(orders, o), append(all, locations)
	}
	return orders, all
}

func BenchmarkSource(b *testing.B) {
	for _, strategy := range []Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest} {
		for _, split := range []Split{SplitFreely, SplitByLine, SplitNever} {
			b.Run(string(strategy)+"/"+string(split), func(b *testing.B) {
				orders, locations := benchmarkOrders(b, strategy, split)
				var planner Planner
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					if _, err := planner.Source(orders[i%len(orders)], locations[i%len(orders)]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
