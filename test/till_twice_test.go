package test

import (
	"sync"
	"testing"
)

// Three places of one store sell the same order id at once: the shop in the web and two tills. All
// three orders are kept, each on its own.
func TestOneOrderIDAtTwoTillsAndOnline(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	one := newTill(t, centre, "one", object{"percent": 20}, 20)
	two := newTill(t, centre, "two", object{"percent": 20}, 16) // of the 80 that are not in escrow
	var all sync.WaitGroup
	for _, s := range []*server{centre, one.server, two.server} {
		all.Go(func() {
			for _, order := range []string{"a", "b", "c"} {
				if code := sellAt(t, s, order, 1); code != "" {
					t.Errorf("order %s was refused: %s", order, code)
				}
			}
		})
	}
	all.Wait()
	books, at := agree(t, centre, one, two)
	for _, b := range at {
		b.wantSold(t, []string{"a", "b", "c"})
	}
	for _, order := range []string{"a", "b", "c"} {
		for _, where := range []string{"", "@one", "@two"} {
			if l := books.orders[order+where]; l.Confirmed != 1 {
				t.Errorf("order %s%s is %+v", order, where, l)
			}
		}
	}
}
