package test

import (
	"fmt"
	"sync"
	"testing"
)

// The last unit is ordered online and at the till in the same moment, again and again: one of the
// two gets it, or, while it is on its way between them, neither. Half of the times it is in the
// till's escrow before, half of the times in the pool.
func TestTheLastUnitIsSoldOnceOnlineOrAtTheTill(t *testing.T) {
	t.Parallel()
	const rounds = 16
	centre := newCentre(t, 1)
	m := newTill(t, centre, "one", object{"percent": 100}, 1)
	setTill(t, centre, "one", object{"percent": 0}) // from now on it has what it asks for
	if code := sellAt(t, m.server, "first", 1); code != "" {
		t.Fatal(code)
	}
	online, there, neither := 0, 0, 0
	for i := range rounds {
		at := map[bool]*server{true: m.server, false: centre}[i%2 == 0]
		if code := postAt(t, at, "/inventory/restock", fmt.Sprint("restock-", i), object{"product_id": mug, "location_id": shop, "quantity": 1}); code != "" {
			t.Fatalf("restock: %s", code)
		}
		var codes [2]string
		var both sync.WaitGroup
		for n, s := range []*server{centre, m.server} {
			both.Go(func() { codes[n] = sellAt(t, s, fmt.Sprint("o-", n, "-", i), 1) })
		}
		both.Wait()
		switch {
		case codes[0] == "" && codes[1] == "INSUFFICIENT_STOCK":
			online++
		case codes[1] == "" && codes[0] == "INSUFFICIENT_STOCK":
			there++
		case codes[0] == "INSUFFICIENT_STOCK" && codes[1] == "INSUFFICIENT_STOCK":
			neither++
			await(t, "the unit can be sold online", func() bool { return mugsAt(t, centre) == 1 })
			if code := sellAt(t, centre, fmt.Sprint("later-", i), 1); code != "" {
				t.Fatalf("round %d, later: %s", i, code)
			}
		default:
			t.Fatalf("round %d: online %q, at the till %q", i, codes[0], codes[1])
		}
	}
	books, _ := agree(t, centre, m)
	if f := books.mug.Figures(); f.OnHand != 0 || f.Available != 0 {
		t.Errorf("%d units came and went, and the books have %+v", rounds, f)
	}
	t.Logf("of %d last units %d were sold online and %d at the till; %d times neither got it at once", rounds, online, there, neither)
}

// Two tills and the shop in the web sell the same mugs until each is refused one. No mug is sold
// twice.
func TestTwoTillsAndTheShopSellTheSameMugs(t *testing.T) {
	t.Parallel()
	const mugs = 60
	centre := newCentre(t, mugs)
	one := newTill(t, centre, "one", object{"percent": 30}, 18)
	two := newTill(t, centre, "two", object{"percent": 30}, 12) // of the 42 that are not in escrow
	var all sync.WaitGroup
	sold := make([][]string, 3)
	for i, s := range []*server{centre, one.server, two.server} {
		all.Go(func() {
			var code string
			if sold[i], code = sellAll(t, s, fmt.Sprint("p", i, "-")); code != "INSUFFICIENT_STOCK" {
				t.Errorf("at place %d: %s", i, code)
			}
		})
	}
	all.Wait()
	books, at := agree(t, centre, one, two)
	at[0].wantSold(t, sold[1])
	at[1].wantSold(t, sold[2])
	total := len(sold[0]) + len(sold[1]) + len(sold[2])
	if left := int(books.mug.Figures().OnHand); total+left != mugs {
		t.Errorf("%d of %d mugs were sold, and %d are left", total, mugs, left)
	}
	t.Logf("%d sold online, %d and %d at the tills", len(sold[0]), len(sold[1]), len(sold[2]))
}
