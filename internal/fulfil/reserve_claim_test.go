package fulfil_test

import (
	"context"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/stock"
)

// A call that found too few and is repeated is a new call next to those that came
// meanwhile: the order does not get the product twice.
func TestARepeatOfARefusedCallHoldsNothingBesideAnother(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-1"} {
		h := open(t)
		h.stock("berlin cup 2", "rome cup 0")
		first := reserve("o-1", byPriority(), "cup 3")
		first.Key = key
		m := h.meddled()
		if key == "" { // its choice is kept, and the books refuse it
			h.do(stock.Restock{Item: at("rome", "cup"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 1})
			m.before = func(stock.Place) error { h.drain("rome", "cup"); return nil }
		}
		h.wantRefused(first, stock.Insufficient)
		m.before = nil
		h.mustReserve(reserve("o-1", byPriority(), "cup 2"), "berlin cup 2")
		h.do(stock.Restock{Item: at("rome", "cup"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 9})
		if first.Key != "" {
			first.Key = "k-2"
		}
		h.wantRefused(first, stock.AlreadyExists)
		h.wantFigures("rome", "cup", "9 0")
	}
}

// The books may refuse a choice for another reason than want of units, and grant it when the
// call is repeated. Then the choice is kept, and later calls find it.
func TestAGrantAfterARefusalIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	place := towns[0]
	place.Kind, place.Online = catalog.PlaceWarehouse, true
	set := func(active bool) {
		place.Active = active
		if _, err := h.catalog.SetPlaces(t.Context(), tenant, []catalog.Place{place}); err != nil {
			t.Fatal(err)
		}
	}
	set(false)
	call := reserve("o-1", nil, "espresso 2 berlin")
	if _, err := h.orders.Reserve(t.Context(), call); err == nil {
		t.Fatal("a location takes orders that is closed")
	}
	set(true)
	h.mustReserve(call, "berlin bean 4, berlin cup 2")
	h.wantRefused(reserve("o-1", nil, "espresso 1 berlin"), stock.AlreadyExists)
	h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 2, berlin cup 1")
	h.mustReserve(call, "berlin bean 2, berlin cup 1")
}

// A call that its order forbids is refused under its key once and for all. The later
// outcome of the lines that forbid it does not change that.
func TestAForbiddenCallStaysRefusedUnderItsKey(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 9")
	h.mustReserve(reserve("o-1", byPriority(), "cup 2"), "berlin cup 2")
	h.do(stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: "o-2"}, TTL: 1000,
		Lines: []stock.Demand{{Item: at("berlin", "cup"), Bucket: stock.BucketOf(tenant, "berlin"), Qty: 1, Known: true}},
	})
	for _, order := range []string{"o-1", "o-2"} {
		r := reserve(order, byPriority(), "cup 3")
		r.Key = "k-" + order
		h.wantRefused(r, stock.AlreadyExists)
		h.do(stock.Release{Target: stock.Target{Order: r.Order}})
		h.wantRefused(r, stock.AlreadyExists)
	}
}

// crossing chooses for another call between what a call has read and what it keeps.
type crossing struct {
	*catalog.Catalog
	before func()
}

func (c *crossing) Choose(ctx context.Context, choice *catalog.Choice, key *catalog.ChoiceKey) error {
	if before := c.before; before != nil {
		c.before = nil
		before()
	}
	return c.Catalog.Choose(ctx, choice, key)
}

// Of a call that was refused and chooses once more and another call for the same
// product, at the same time, one holds it.
func TestACallThatChoosesOnceMoreMeetsAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin cup 2", "rome cup 1")
	m := h.meddled()
	m.before = func(stock.Place) error { h.drain("rome", "cup"); return nil }
	h.wantRefused(reserve("o-1", byPriority(), "cup 3"), stock.Insufficient)
	m.before = nil
	h.do(stock.Restock{Item: at("rome", "cup"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 9})
	plain := h.orders
	h.orders = fulfil.New(h.books, h.catalog, &crossing{h.catalog, func() {
		if _, err := plain.Reserve(t.Context(), reserve("o-1", byPriority(), "cup 2")); err != nil {
			t.Error(err)
		}
	}})
	h.wantRefused(reserve("o-1", byPriority(), "cup 3"), stock.AlreadyExists)
	h.wantFigures("berlin", "cup", "0 2")
	h.wantFigures("rome", "cup", "9 0")
}
