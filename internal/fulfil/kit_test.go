package fulfil_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/stock"
)

func TestAKitIsReservedAsItsComponents(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 10", "berlin milk 3")
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("breakfast", "espresso 2", "milk 1")
	a := h.mustReserve(reserve("o-1", nil, "breakfast 2 berlin", "espresso 1 berlin", "cup 3 berlin"), "berlin bean 10, berlin cup 8, berlin milk 2")
	if got, want := fmt.Sprint(a.Plan.Kits), "[{{breakfast berlin 2} [{bean 4} {cup 2} {milk 1}]} {{espresso berlin 1} [{bean 2} {cup 1}]}]"; got != want {
		t.Errorf("kits %s, want %s", got, want)
	}
	// The components of the kit change afterwards; the order stays as it is.
	h.kit("espresso", "bean 3", "cup 1")
	h.mustReserve(reserve("o-1", nil, "cup 3 berlin", "espresso 1 berlin", "breakfast 2 berlin"), "berlin bean 10, berlin cup 8, berlin milk 2")
	h.wantRefused(reserve("o-1", nil, "breakfast 1 berlin"), stock.AlreadyExists)
	short := h.wantRefused(reserve("o-2", nil, "breakfast 1 berlin", "cup 1 berlin"), stock.Insufficient)
	if len(short.Shortages) != 1 || short.Shortages[0].Product != "cup" || short.Shortages[0].Available != 2 {
		t.Errorf("%+v", short.Shortages)
	}
	h.do(stock.Restock{Item: at("berlin", "cup"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 1})
	h.mustReserve(reserve("o-2", nil, "breakfast 1 berlin", "cup 1 berlin"), "berlin bean 6, berlin cup 3, berlin milk 1")
	partly := reserve("o-3", nil, "espresso 1 berlin")
	partly.Partial = true
	h.wantRefused(partly, stock.Invalid)
}

func TestAKitIsSourcedByItsComponents(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 3", "rome bean 9", "lyon cup 2")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", byPriority(), "espresso 2"), "berlin bean 3, lyon cup 2, rome bean 1")
	short := h.wantRefused(reserve("o-2", byPriority(), "espresso 1", "bean 9"), stock.Insufficient)
	want := fmt.Sprint([]stock.Shortage{{Product: "bean", Requested: 9, Available: 8}, {Product: "espresso", Requested: 1}})
	if fmt.Sprint(short.Shortages) != want {
		t.Errorf("%v, want %s", short.Shortages, want)
	}
}

// A plain reserve of a product stays what it was when the product becomes a
// kit.
func TestAReserveFromBeforeItWasAKit(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin box 3", "berlin cup 3")
	h.do(stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}, TTL: 60_000, Lines: []stock.Demand{
		{Item: at("berlin", "box"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 2, Known: true},
	}})
	h.kit("box", "cup 1")
	h.wantRefused(reserve("o-1", nil, "box 2 berlin"), stock.AlreadyExists)
	h.wantFigures("berlin", "cup", "3 0")
}

// Two kits share a component, within one order and between orders that come at
// the same time: no unit is held twice, and none is left that could be sold.
func TestKitsThatShareAComponentNeverOversell(t *testing.T) {
	t.Parallel()
	for _, rules := range []*fulfil.Rules{nil, byPriority()} {
		h := open(t)
		h.stock("berlin bean 30", "lyon bean 30", "rome bean 31", "berlin cup 500", "lyon cup 500", "rome cup 500")
		h.kit("single", "bean 1", "cup 1")
		h.kit("double", "bean 2", "cup 1")
		var all sync.WaitGroup
		var mu sync.Mutex
		granted := 0
		for i := range 60 {
			all.Go(func() {
				lines := []string{"single 1", "double 1"}
				if rules == nil {
					town := towns[i%len(towns)].ID
					lines = []string{"single 1 " + town, "double 1 " + town}
				}
				_, err := h.orders.Reserve(context.Background(), reserve(fmt.Sprint("o-", i), rules, lines...))
				var refusal *stock.Refusal
				switch {
				case err == nil:
					mu.Lock()
					granted++
					mu.Unlock()
				case !errors.As(err, &refusal) || refusal.Code != stock.Insufficient:
					t.Error(err)
				}
			})
		}
		all.Wait()
		// A call that found the stock gone five times was refused, so some may be left.
		held, free := 0, 0
		for _, town := range towns {
			var f, n int
			fmt.Sscan(h.figures(town.ID, "bean"), &f, &n)
			held, free = held+n, free+f
		}
		if held != 3*granted || held+free != 91 || granted > 30 {
			t.Errorf("%d orders hold %d beans, %d are free", granted, held, free)
		}
		if rules == nil && granted != 30 {
			t.Errorf("%d orders were granted, there was enough for 30", granted)
		}
	}
}

// Random orders of kits and plain products: each is granted exactly when every
// component is there for the sum of all its lines, and what is held is that sum.
func TestKitsAreGrantedExactlyWhenTheirComponentsAreThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.kit("k1", "a 1", "b 2")
	h.kit("k2", "a 2", "c 1")
	h.kit("k3", "k1 1", "k2 1", "c 1")
	made := map[string]map[string]stock.Qty{
		"a": {"a": 1}, "b": {"b": 1}, "c": {"c": 1},
		"k1": {"a": 1, "b": 2}, "k2": {"a": 2, "c": 1}, "k3": {"a": 3, "b": 2, "c": 2},
	}
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		town := fmt.Sprint("town-", run) // its own stock for each run
		if _, err := h.catalog.Know(context.Background(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Location: town}}); err != nil {
			t.Fatal(err)
		}
		rules := byPriority()
		rules.Locations = []string{town}
		left, whole := map[string]stock.Qty{}, map[string]stock.Qty{}
		for _, p := range []string{"a", "b", "c"} {
			left[p] = stock.Qty(rapid.IntRange(0, 20).Draw(t, p))
			whole[p] = left[p]
			h.do(stock.OpenItem{Item: at(town, p), Bucket: stock.BucketOf(tenant, town), Qty: left[p], Tracked: true})
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "orders") {
			r := fulfil.Reserve{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint(town, "-", i)}, TTL: 60_000, Rules: rules}
			where := ""
			if rapid.Bool().Draw(t, "named") {
				r.Rules, where = nil, town
			}
			want := map[string]stock.Qty{}
			for range rapid.IntRange(1, 4).Draw(t, "lines") {
				l := fulfil.Line{Location: where, Product: rapid.SampledFrom([]string{"a", "b", "c", "k1", "k2", "k3"}).Draw(t, "product"), Qty: stock.Qty(rapid.IntRange(1, 3).Draw(t, "quantity"))}
				r.Lines = append(r.Lines, l)
				for part, n := range made[l.Product] {
					want[part] += n * l.Qty
				}
			}
			fits := true
			for part, n := range want {
				fits = fits && left[part] >= n
			}
			a, err := h.orders.Reserve(context.Background(), r)
			var refusal *stock.Refusal
			switch {
			case err == nil && fits:
				for _, l := range a.Result.Event.Lines {
					if l.Line.Quantity() != want[l.Line.Item.Product] {
						t.Fatalf("%d of %s are held, want %d", l.Line.Quantity(), l.Line.Item.Product, want[l.Line.Item.Product])
					}
				}
				for part, n := range want {
					left[part] -= n
				}
			case !fits && errors.As(err, &refusal) && refusal.Code == stock.Insufficient:
			default:
				t.Fatalf("%+v with %v: %v", r.Lines, left, err)
			}
		}
		for part, n := range left {
			if got, want := h.figures(town, part), fmt.Sprintf("%d %d", n, whole[part]-n); got != want {
				t.Fatalf("%s: available and held are %s, want %s", part, got, want)
			}
		}
	})
}

func TestPartsOfAKit(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("breakfast", "espresso 2", "milk 1")
	for product, want := range map[string]string{"breakfast": "[{bean 4} {cup 2} {milk 1}]", "bean": "[]"} {
		parts, err := h.orders.Parts(t.Context(), tenant, product)
		if err != nil || fmt.Sprint(parts) != want {
			t.Errorf("%s: %v, %v; want %s", product, parts, err, want)
		}
	}
	if kit, err := h.orders.KitAmong(t.Context(), tenant, []string{"bean", "espresso"}); err != nil || kit == "" {
		t.Errorf("%q, %v", kit, err)
	}
	if _, err := h.catalog.DropKit(t.Context(), tenant, "espresso"); err != nil {
		t.Fatal(err)
	}
	if kit, err := h.orders.KitAmong(t.Context(), tenant, []string{"bean", "espresso"}); err != nil || kit != "" {
		t.Errorf("%q, %v", kit, err)
	}
}

var _ fulfil.Choices = (*catalog.Catalog)(nil)
