package view

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// linesByOrder are the lines in the books of the slots, as they count at a time.
func (all slots) linesByOrder(now stock.Time) map[string][]stock.Line {
	lines := map[string][]stock.Line{}
	for _, s := range all {
		for key, holds := range s.holds {
			for _, h := range holds {
				for _, l := range h.Lines {
					if key.Tenant == tenant && !s.hidden[h.Key.Bucket] {
						lines[key.Order] = append(lines[key.Order], l.At(now))
					}
				}
			}
		}
	}
	return lines
}

// ordersOf reads the list page by page, and keeps what a caller would keep.
func ordersOf(t *rapid.T, r *Reservations, q OrderQuery, lines map[string][]stock.Line) (orders []string) {
	for {
		page, err := r.Orders(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range page.Places {
			if place, listed := q.Place(found.Order, lines[found.Order]); listed && place == found {
				orders = append(orders, found.Order)
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return orders
		}
	}
}

func TestEachOrderIsListedOnceInItsPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := newSlots(t, rapid.IntRange(1, 3).Draw(rt, "slots"), inMemory)
		defer all.close()
		var now stock.Time
		r := all.reservations(func() stock.Time { return now })
		for range rapid.IntRange(1, 6).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 12).Draw(rt, "commands") {
				location := someLocation.Draw(rt, "at")
				all.of(location).do(someCommandOn(rt, func(rt *rapid.T) stock.ItemKey { return item(location, someProduct.Draw(rt, "product")) }))
			}
			// Orders of several calls, so that their lines are due at times of their own.
			for range rapid.IntRange(0, 6).Draw(rt, "reserves") {
				k := item(someLocation.Draw(rt, "at"), someProduct.Draw(rt, "product"))
				call := reserve(someOrder.Draw(rt, "order"), 1, k)
				call.TTL = stock.Time(rapid.IntRange(1, 30).Draw(rt, "minutes")) * 60_000
				all.of(k.Location).do(stock.Restock{Item: k, Bucket: bucket(k), Qty: 2, Open: &stock.Opening{}}, call)
			}
			now = all[0].now + stock.Time(rapid.IntRange(0, 40*60_000).Draw(rt, "later"))
			q := OrderQuery{
				Tenant: tenant, PageSize: rapid.IntRange(1, 4).Draw(rt, "page size"), Due: rapid.Bool().Draw(rt, "due first"),
				State:    rapid.SampledFrom([]string{"", OrdersAny, OrdersCommitted, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired}).Draw(rt, "state"),
				Product:  rapid.SampledFrom([]string{"", "", "tea"}).Draw(rt, "product"),
				Location: rapid.SampledFrom([]string{"", "", "b"}).Draw(rt, "location"),
				Part:     rapid.SampledFrom([]string{"", "", "3"}).Draw(rt, "part"),
			}
			if rapid.Bool().Draw(rt, "with bounds") {
				q.DueBefore, q.Until = now+10*60_000, now-1000
			}
			lines := all.linesByOrder(now)
			var places []OrderPlace
			for order := range lines {
				if p, listed := q.Place(order, lines[order]); listed {
					places = append(places, p)
				}
			}
			slices.SortFunc(places, func(a, b OrderPlace) int {
				if a.isBefore(&b) {
					return -1
				}
				return 1
			})
			var want []string
			for _, p := range places {
				want = append(want, p.Order)
			}
			if diff := cmp.Diff(want, ordersOf(rt, r, q, lines)); diff != "" {
				rt.Fatalf("%+v (-books +list):\n%s", q, diff)
			}
		}
	})
}

func TestAPageOfOrdersIsOfOneQuestion(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 1, inMemory)
	defer all.close()
	for _, order := range []string{"a", "b"} {
		k := item("berlin", "tea")
		all[0].do(stock.Restock{Item: k, Bucket: bucket(k), Qty: 3, Open: &stock.Opening{}}, reserve(order, 1, k))
	}
	r := all.reservations(func() stock.Time { return all[0].now })
	page, err := r.Orders(t.Context(), OrderQuery{Tenant: tenant, PageSize: 1})
	if err != nil || page.NextPageToken == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	for name, q := range map[string]OrderQuery{
		"of another order": {Tenant: tenant, PageSize: 1, Due: true, PageToken: page.NextPageToken},
		"of another state": {Tenant: tenant, PageSize: 1, State: OrdersAny, PageToken: page.NextPageToken},
		"no token at all":  {Tenant: tenant, PageToken: "x"},
	} {
		if _, err := r.Orders(t.Context(), q); !errors.Is(err, ErrPageToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Orders(t.Context(), OrderQuery{Tenant: tenant, PageSize: MaxPageSize + 1}); !errors.Is(err, ErrPageSize) {
		t.Errorf("a page that is too large: %v", err)
	}
}
