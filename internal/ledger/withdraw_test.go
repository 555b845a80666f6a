package ledger_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// An order that was decided where its units are takes them back, and books that are
// opened again know it as an open one; of an order with a part in another slot
// nothing comes back, whole or in part.
func TestOnlyWhatOneSlotDecidesIsWithdrawn(t *testing.T) {
	t.Parallel()
	books, engines := over(t, 3)
	one, two := target("one"), target("two")
	for _, location := range towns[:3] {
		k := at(location, "p")
		must(t, books, stock.OpenItem{Item: k, Bucket: lies(k), Qty: 9, Tracked: true})
	}
	must(t, books, stock.Place{Order: one.Order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2)}})
	must(t, books, stock.Place{Order: two.Order, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 3), wants(at("b", "p"), 3), wants(at("c", "p"), 3)}})
	must(t, books, stock.Confirm{Target: one})
	must(t, books, stock.Confirm{Target: two})
	must(t, books, stock.Withdraw{Target: one})
	for _, location := range []string{"", "a", "b", "c"} {
		part := two
		if location != "" {
			part.Item = at(location, "p")
		}
		var refusal *stock.Refusal
		r := books.Submit(t.Context(), ledger.Request{Command: stock.Withdraw{Target: part}})[0]
		own := location == "a" // the home's own line is like any other
		if own != (r.Err == nil) || !own && (!errors.As(r.Err, &refusal) || refusal.Code != stock.InvalidState) {
			t.Errorf("of the part at %q: %v", location, r.Err)
		}
	}
	books = reopen(t, engines)
	for location, want := range map[string]stock.Figures{"a": {Available: 4, Held: 5, OnHand: 9}, "b": {Available: 6, OnHand: 6}, "c": {Available: 6, OnHand: 6}} {
		if is := figures(t, books, at(location, "p")); is != want {
			t.Errorf("at %s: %+v, want %+v", location, is, want)
		}
	}
	must(t, books, stock.Release{Target: one})
	verifySlots(t, engines)
}
