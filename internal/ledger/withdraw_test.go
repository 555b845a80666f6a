package ledger_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Orders take back units that have left, in whole or in part, also in other slots
// than the one that decides. Books that are opened again show it.
func TestWhatHasLeftOfSeveralSlotsComesBack(t *testing.T) {
	t.Parallel()
	books, engines := over(t, 3)
	one, two := target("one"), target("two")
	for _, location := range towns[:3] {
		k := at(location, "p")
		must(t, books, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	must(t, books, stock.Place{Order: one.Order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2)}})
	must(t, books, stock.Place{Order: two.Order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 3), wants(at("b", "p"), 3), wants(at("c", "p"), 3)}})
	must(t, books, stock.Confirm{Target: one})
	must(t, books, stock.Confirm{Target: two})
	must(t, books, stock.Withdraw{Target: one})
	part := two
	part.Item, part.Qty, part.Keyed = at("b", "p"), 2, true
	must(t, books, stock.Withdraw{Target: part})
	part.Item, part.Qty = at("c", "p"), 0
	must(t, books, stock.Withdraw{Target: part})
	again := books.Submit(t.Context(), ledger.Request{Command: stock.Withdraw{Target: part}})[0]
	if again.Err != nil || again.Event.Changed() {
		t.Errorf("again: %v, %+v", again.Err, again.Event)
	}
	part.Qty = 2
	var refusal *stock.Refusal
	if r := books.Submit(t.Context(), ledger.Request{Command: stock.Withdraw{Target: part}})[0]; !errors.As(r.Err, &refusal) || refusal.Code != stock.InvalidState {
		t.Errorf("of what has come back already: %v", r.Err)
	}
	books = reopen(t, engines)
	for location, want := range map[string]stock.Figures{"a": {Available: 4, Held: 2, OnHand: 6}, "b": {Available: 6, Held: 2, OnHand: 8}, "c": {Available: 6, Held: 3, OnHand: 9}} {
		if is := figures(t, books, at(location, "p")); is != want {
			t.Errorf("at %s: %+v, want %+v", location, is, want)
		}
	}
	must(t, books, stock.Release{Target: one})
	must(t, books, stock.Confirm{Target: two})
	must(t, books, stock.Withdraw{Target: two})
	must(t, books, stock.Release{Target: two})
	for _, location := range []string{"a", "b", "c"} {
		if is, want := figures(t, books, at(location, "p")), (stock.Figures{Available: 9, OnHand: 9}); is != want {
			t.Errorf("at last at %s: %+v, want %+v", location, is, want)
		}
	}
	settledAll(t, engines)
}
