package fulfil_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// basket is a change of order o-1 with lines such as "berlin espresso 2". It replaces with "only"
// first.
func basket(key string, lines ...string) fulfil.OrderChange {
	p := fulfil.OrderChange{Change: stock.Change{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}, Keyed: key != ""}, Anywhere: true, Key: key}
	for _, l := range lines {
		if l == "only" {
			p.Replace = true
			continue
		}
		w := stock.Wanted{Demand: stock.Demand{Item: stock.ItemKey{Tenant: tenant}, Known: true}}
		if _, err := fmt.Sscan(l, &w.Item.Location, &w.Item.Product, &w.Qty); err != nil {
			panic(err)
		}
		p.Lines = append(p.Lines, w)
	}
	return p
}

func (h *house) holdsNow() string {
	h.t.Helper()
	holds, now, err := h.books.Order(h.t.Context(), stock.OrderKey{Tenant: tenant, Order: "o-1"})
	if err != nil {
		h.t.Fatal(err)
	}
	var all []string
	for _, of := range holds {
		for i := range of.Lines {
			if l := of.Lines[i].At(now); l.Quantity() > 0 {
				all = append(all, fmt.Sprintf("%s %s %d", l.Item.Location, l.Item.Product, l.Quantity()))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// step is a change, or a release of kits, and what the order holds afterwards.
type step struct {
	change fulfil.OrderChange
	part   fulfil.KitChange
	code   stock.Code // it is refused
	want   string     // what the order holds; "" when as before
}

func TestAChangeBringsKitsToTheQuantityThatIsWanted(t *testing.T) {
	t.Parallel()
	release := func(product string, n stock.Qty, key string) fulfil.KitChange {
		return part(stock.OpRelease, product, n, key)
	}
	expecting := func(p fulfil.OrderChange, product string, n stock.Qty) fulfil.OrderChange {
		p.Expected = []stock.Expected{{Item: stock.ItemKey{Tenant: tenant, Location: "berlin", Product: product}, Qty: n}}
		return p
	}
	for name, c := range map[string]struct {
		reserve []string
		sourced bool
		steps   []step
	}{
		"more and less": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 5"), want: "berlin bean 10, berlin cup 5"},
			{change: basket("a", "berlin espresso 5"), want: "berlin bean 10, berlin cup 5"},
			{change: basket("b", "berlin espresso 1"), want: "berlin bean 2, berlin cup 1"},
			{change: basket("a", "berlin espresso 5"), want: "berlin bean 2, berlin cup 1"}, // a late repeat
			{change: basket("c", "berlin espresso 0"), want: ""},
			{change: basket("d", "berlin espresso 3"), want: "berlin bean 6, berlin cup 3"},
			{part: release("espresso", 0, ""), want: ""},
		}},
		"a late repeat of one that changed nothing": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 2"), want: "berlin bean 4, berlin cup 2"},
			{change: basket("b", "berlin espresso 3"), want: "berlin bean 6, berlin cup 3"},
			{change: basket("a", "berlin espresso 2"), want: "berlin bean 6, berlin cup 3"},
		}},
		"more than there is": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 99"), code: stock.Insufficient},
			{change: basket("a", "berlin espresso 99"), code: stock.Insufficient},
		}},
		"kits and lines that share a component": {reserve: []string{"espresso 2 berlin", "pot 1 berlin", "bean 3 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 4"), want: "berlin bean 16, berlin cup 4"},
			{change: basket("b", "berlin espresso 1", "berlin pot 2"), want: "berlin bean 15, berlin cup 1"},
			{part: release("pot", 0, ""), want: "berlin bean 5, berlin cup 1"},
			{part: release("espresso", 0, ""), want: "berlin bean 3"},
		}},
		"given back by another's change": {reserve: []string{"espresso 2 berlin", "pot 1 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 0"), want: "berlin bean 5"},
			{part: part(stock.OpConfirm, "pot", 0, ""), want: ""},
			{part: release("espresso", 0, ""), want: ""},
			{part: release("pot", 0, ""), code: stock.InvalidState},
		}},
		"a whole basket": {reserve: []string{"espresso 2 berlin", "pot 1 berlin", "cup 1 lyon"}, steps: []step{
			{change: basket("a", "only", "berlin espresso 3", "rome cup 2"), want: "berlin bean 6, berlin cup 3, rome cup 2"},
			{part: release("pot", 1, "b"), code: stock.InvalidState},
			{part: release("espresso", 0, ""), want: "rome cup 2"},
		}},
		"beside lines in other slots": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 3", "lyon cup 4"), want: "berlin bean 6, berlin cup 3, lyon cup 4"},
			{change: basket("b", "berlin espresso 1", "lyon cup 99"), code: stock.Insufficient},
			{change: basket("c", "berlin espresso 1", "lyon cup 1"), want: "berlin bean 2, berlin cup 1, lyon cup 1"},
		}},
		"what is expected": {reserve: []string{"espresso 2 berlin", "cup 1 berlin"}, steps: []step{
			{change: expecting(basket("", "berlin espresso 4"), "espresso", 3), code: stock.VersionConflict},
			{change: expecting(basket("", "berlin espresso 4"), "cup", 2), code: stock.VersionConflict},
			{change: expecting(basket("", "berlin espresso 4"), "espresso", 2), want: "berlin bean 8, berlin cup 5"},
			{change: expecting(basket("", "berlin espresso 4"), "espresso", 2), want: "berlin bean 8, berlin cup 5"}, // once more
			{change: expecting(basket("", "berlin espresso 1"), "espresso", 2), code: stock.VersionConflict},
		}},
		"a kit that the order has not": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin pot 1"), code: stock.InvalidState},
			{change: basket("b", "berlin espresso 3", "berlin pot 1"), code: stock.InvalidState},
			{change: basket("c", "lyon espresso 1"), code: stock.InvalidState},
		}},
		"a kit and its component": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{change: basket("a", "berlin espresso 3", "berlin cup 5"), code: stock.Invalid},
		}},
		"a paid order holds less by a release only": {reserve: []string{"espresso 2 berlin"}, steps: []step{
			{part: part(stock.OpCommit, "espresso", 0, ""), want: "berlin bean 4, berlin cup 2"},
			{change: basket("a", "berlin espresso 1"), code: stock.InvalidState},
			{change: basket("b", "berlin espresso 3"), want: "berlin bean 6, berlin cup 3"},
		}},
		"what has left does not count": {reserve: []string{"espresso 3 berlin"}, steps: []step{
			{part: part(stock.OpConfirm, "espresso", 1, "a"), want: "berlin bean 4, berlin cup 2"},
			{change: basket("b", "berlin espresso 1"), want: "berlin bean 2, berlin cup 1"},
			{part: part(stock.OpWithdraw, "espresso", 0, ""), want: "berlin bean 4, berlin cup 2"},
			{change: basket("c", "berlin espresso 3"), want: "berlin bean 6, berlin cup 3"},
		}},
		"locations that were chosen": {reserve: []string{"espresso 12"}, sourced: true, steps: []step{
			{change: basket("a", "berlin espresso 13"), code: stock.InvalidState},
			{change: basket("b", "berlin espresso 5"), want: "berlin bean 10, berlin cup 5"},
			{part: release("espresso", 0, ""), want: ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.stock("berlin bean 20", "berlin cup 20", "lyon bean 9", "lyon cup 9", "rome cup 9")
			h.kit("espresso", "bean 2", "cup 1")
			h.kit("pot", "bean 5")
			r := reserve("o-1", nil, c.reserve...)
			if c.sourced {
				r = reserve("o-1", byPriority(), c.reserve...)
			}
			if _, err := h.orders.Reserve(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			for i, s := range c.steps {
				was := h.holdsNow()
				var err error
				var found bool
				if s.part.Product != "" {
					_, found, err = h.orders.ChangeKit(t.Context(), s.part)
				} else {
					_, found, err = h.orders.ChangeOrder(t.Context(), s.change)
				}
				if s.code != 0 {
					s.want = was
					wantRefusal(t, err, s.code)
				} else if err != nil || !found {
					t.Fatalf("step %d: found %v, %v", i, found, err)
				}
				if is := h.holdsNow(); is != s.want {
					t.Fatalf("step %d: the order holds %q, want %q (%v)", i, is, s.want, err)
				}
			}
		})
	}
}

// cut does not get a change to the books.
type cut struct{ *ledger.Ledger }

func (b *cut) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	if _, is := requests[0].Command.(stock.Change); is {
		return []ledger.Result{{Err: errCut}}
	}
	return b.Ledger.Submit(ctx, requests...)
}

func TestAChangeOfKitsThatWasCutShortIsCarriedOut(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"a", "b"} {
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
		h.orders = fulfil.New(&cut{Ledger: h.books}, h.catalog, h.catalog)
		if _, _, err := h.orders.ChangeOrder(t.Context(), basket("a", "berlin espresso 5")); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		h.orders = fulfil.New(h.books, h.catalog, h.catalog)
		if again == "b" {
			h.mustPart(part(stock.OpRelease, "espresso", 1, again), "berlin bean 8, berlin cup 4") // of five
		} else if _, _, err := h.orders.ChangeOrder(t.Context(), basket("a", "berlin espresso 5")); err != nil || h.holdsNow() != "berlin bean 10, berlin cup 5" {
			t.Fatalf("%v: %s", err, h.holdsNow())
		}
		if _, _, err := h.orders.ChangeOrder(t.Context(), basket("a", "berlin espresso 4")); !errors.Is(err, ledger.ErrKeyReused) {
			t.Error(err)
		}
	}
}

// between has something done to the order after it was read, and before the books are asked.
type between struct {
	*ledger.Ledger
	do func()
}

func (b *between) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	if _, is := requests[0].Command.(stock.Change); is && b.do != nil {
		do := b.do
		b.do = nil
		do()
	}
	return b.Ledger.Submit(ctx, requests...)
}

func TestAChangeOfKitsIsMadeUpAnewWhenTheOrderHasChanged(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin", "cup 2 berlin"), "berlin bean 6, berlin cup 5")
	b := &between{Ledger: h.books, do: func() {
		line := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}, Item: stock.ItemKey{Tenant: tenant, Location: "berlin", Product: "bean"}, Qty: 2, Keyed: true}
		if res := h.books.Submit(t.Context(), ledger.Request{Command: stock.Release{Target: line}, Key: "other"}); res[0].Err != nil {
			t.Error(res[0].Err)
		}
	}}
	h.orders = fulfil.New(b, h.catalog, h.catalog)
	for range 2 {
		if _, _, err := h.orders.ChangeOrder(t.Context(), basket("a", "berlin espresso 4")); err != nil || h.holdsNow() != "berlin bean 8, berlin cup 6" {
			t.Fatalf("%v: %s", err, h.holdsNow())
		}
	}
}

func TestParallelChangesOfKitsEndAtOneOfThem(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 90", "berlin cup 90")
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("pot", "bean 5")
	h.mustReserve(reserve("o-1", nil, "espresso 2 berlin", "pot 1 berlin"), "berlin bean 9, berlin cup 2")
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			of := []string{"espresso", "pot"}[i%2]
			if _, _, err := h.orders.ChangeOrder(context.Background(), basket(fmt.Sprint("k-", i), fmt.Sprintf("berlin %s %d", of, 1+i/2))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var possible []string
	for e := range 3 {
		for p := range 3 {
			possible = append(possible, fmt.Sprintf("berlin bean %d, berlin cup %d", 2*(e+1)+5*(p+1), e+1))
		}
	}
	if is := h.holdsNow(); !slices.Contains(possible, is) {
		t.Errorf("the order holds %s", cmp.Or(is, "nothing"))
	}
}
