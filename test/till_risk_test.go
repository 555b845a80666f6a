package test

import (
	"fmt"
	"net/http"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// A till that may sell at risk refuses no order while its line is cut. The centre's units cover
// those that the till did not have. Units that nobody has are oversold, and a case is open until
// that is settled.
func TestATillSellsAtRiskWhileItsLineIsCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		sells, owe int
	}{
		{"the centre has the rest", 8, 0},
		{"nobody has the rest", 13, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			centre := newCentre(t, 10)
			line := newLine(t, centre.grpc)
			setTill(t, centre, "one", object{"percent": 50, "at_risk": true})
			m := pairTill(t, centre, "one", line.proxy.Listen)
			m.start()
			m.has(5)
			line.cut()
			var sold []string
			for i := range c.sells {
				order := fmt.Sprint("o-", i)
				if code := sellAt(t, m.server, order, 1); code != "" {
					t.Fatalf("order %d was refused: %s", i, code)
				}
				sold = append(sold, order)
			}
			line.mend()
			m.reported()
			// A person looks at each sale at risk, unless it has turned out that the centre had the
			// units.
			await(t, "a case is written down", func() bool { return len(oversells(t, centre)) > 0 })
			if c.owe == 0 {
				await(t, "all cases are settled", func() bool {
					for _, state := range oversells(t, centre) {
						if state != "settled" {
							return false
						}
					}
					return true
				})
			}
			books, at := agree(t, centre, m)
			at[0].wantSold(t, sold)
			if owes := -books.mug.Of(stock.Oversold); int(owes) != c.owe {
				t.Errorf("the centre owes %d, want %d", owes, c.owe)
			}
			t.Logf("%d of 10 sold, %d owed", c.sells, c.owe)
		})
	}
}

// oversells are the states of the cases about units that were sold and were not in the shop. Asking
// for one settles it when nothing more is owed.
func oversells(t *testing.T, s *server) (states []string) {
	t.Helper()
	var page struct {
		Items []struct {
			ID string `json:"case_id"`
		}
	}
	clerk.must(t, http.MethodGet, s.url("/v1/cases?kind=oversell&location_id="+shop), "", nil, &page)
	for _, c := range page.Items {
		var one struct{ State string }
		clerk.must(t, http.MethodGet, s.url("/v1/cases/"+c.ID), "", nil, &one)
		states = append(states, one.State)
	}
	return states
}
