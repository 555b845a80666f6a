package test

import (
	"fmt"
	"net/http"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// A till that may sell at risk refuses no order while its line is cut. What it had not is covered by
// what the centre has; what nobody has is oversold, and a case is open until it is settled.
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
			if c.owe > 0 && casesOfTills {
				await(t, "a case is open", func() bool { return oversells(t, centre) > 0 })
			}
			n := oversells(t, centre)
			if c.owe == 0 && n != 0 {
				t.Errorf("%d cases are open, and nothing is owed", n)
			}
			books, at := agree(t, centre, m)
			at[0].wantSold(t, sold)
			if owes := -books.mug.Of(stock.Oversold); int(owes) != c.owe {
				t.Errorf("the centre owes %d, want %d", owes, c.owe)
			}
			t.Logf("%d of 10 sold, %d owed, %d cases open", c.sells, c.owe, n)
		})
	}
}

// casesOfTills says that cases are opened for what tills sold at risk.
const casesOfTills = true

// oversells is how many cases of more sold than there was are open in the shop.
func oversells(t *testing.T, s *server) int {
	t.Helper()
	var page struct{ Items []struct{ State string } }
	clerk.must(t, http.MethodGet, s.url("/v1/cases?kind=oversell&location_id="+shop), "", nil, &page)
	n := 0
	for _, c := range page.Items {
		if c.State != "settled" {
			n++
		}
	}
	return n
}
