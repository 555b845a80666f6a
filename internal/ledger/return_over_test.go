package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// soldOver has an order over three slots, of which all has left: 3 of the product at each of
// the first three towns, reserved in one call, which one slot decides, or in one for each. There is
// a fourth town.
func soldOver(t *testing.T, apart bool) (*ledger.Ledger, []engine.Engine) {
	t.Helper()
	books, engines := over(t, 4)
	for _, location := range towns[:4] {
		k := at(location, "p")
		must(t, books, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	all := []stock.Demand{wants(at("a", "p"), 3), wants(at("b", "p"), 3), wants(at("c", "p"), 3)}
	calls := [][]stock.Demand{all}
	if apart {
		calls = [][]stock.Demand{all[:1], all[1:2], all[2:]}
	}
	for _, lines := range calls {
		must(t, books, stock.Place{Order: target("o").Order, TTL: 60_000, Lines: lines})
	}
	must(t, books, stock.Confirm{Target: target("o")})
	return books, engines
}

func back(location string, n stock.Qty) stock.Return {
	k := at(location, "p")
	return stock.Return{Item: k, Bucket: bucketOf(k), Qty: n, Order: "o"}
}

// The returns of an order are counted in all slots together, at whatever location they are.
func TestAReturnIsCheckedAgainstAnOrderOverSeveralSlots(t *testing.T) {
	t.Parallel()
	for _, apart := range []bool{false, true} {
		books, engines := soldOver(t, apart)
		ask := func(cmd stock.Command, key string) error {
			return books.Submit(t.Context(), ledger.Request{Command: cmd, Key: key})[0].Err
		}
		refused := func(what string, err error) {
			t.Helper()
			var r *stock.Refusal
			if !errors.As(err, &r) || r.Code != stock.InvalidState {
				t.Errorf("apart %t: %s: %v", apart, what, err)
			}
		}
		refused("more than has left anywhere", ask(back("d", 10), "k0"))
		for range 2 { // the second is answered, and does nothing
			if err := ask(back("d", 4), "k1"); err != nil {
				t.Fatal(err)
			}
		}
		must(t, books, back("b", 3))
		refused("more than is left of it", ask(back("c", 3), "k2"))
		refused("the refusal is kept", ask(back("c", 3), "k2"))
		must(t, books, back("a", 2))
		refused("all has come back", ask(back("a", 1), ""))
		refused("nothing can be withdrawn", ask(stock.Withdraw{Target: target("o")}, ""))
		free := back("d", 1)
		free.Against = stock.Unchecked
		must(t, books, free)
		books = reopen(t, engines)
		for location, want := range map[string]stock.Qty{"a": 8, "b": 9, "c": 6, "d": 14} {
			if is := figures(t, books, at(location, "p")); is.Available != want || is.Held != 0 {
				t.Errorf("apart %t: at %s: %+v, want %d", apart, location, is, want)
			}
		}
		settledAll(t, engines)
	}
}

// A return of which a part is counted where it is booked is answered when it comes again, and counts
// nothing more.
func TestAReturnOverSeveralSlotsIsCountedOnce(t *testing.T) {
	t.Parallel()
	for _, apart := range []bool{false, true} {
		books, engines := soldOver(t, apart)
		for range 3 {
			if err := books.Submit(t.Context(), ledger.Request{Command: back("b", 4), Key: "k"})[0].Err; err != nil {
				t.Fatal(err)
			}
		}
		must(t, books, back("d", 5))
		if err := books.Submit(t.Context(), ledger.Request{Command: back("d", 1)})[0].Err; err == nil {
			t.Errorf("apart %t: more came back than had left", apart)
		}
		settledAll(t, engines)
	}
}

// A return that was cut off between any two groups is carried out once when it is asked again
// under its key.
func TestAReturnOverSeveralSlotsThatWasCutOffIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	for _, apart := range []bool{false, true} {
		for cut := range int64(6) {
			t.Run(fmt.Sprintf("apart %t, after %d groups", apart, cut), func(t *testing.T) {
				t.Parallel()
				_, engines := soldOver(t, apart)
				untilKilled(t, engines, cut, func(l *ledger.Ledger, _ func() bool) {
					l.Submit(t.Context(), ledger.Request{Command: back("d", 8), Key: "k"})
				})
				books := reopen(t, engines)
				for range 2 {
					if err := books.Submit(t.Context(), ledger.Request{Command: back("d", 8), Key: "k"})[0].Err; err != nil {
						t.Fatal(err)
					}
				}
				if is := figures(t, books, at("d", "p")); is.Available != 17 {
					t.Errorf("%+v", is)
				}
				must(t, books, back("a", 1))
				if err := books.Submit(t.Context(), ledger.Request{Command: back("a", 1)})[0].Err; err == nil {
					t.Error("more came back than had left")
				}
				settledAll(t, engines)
			})
		}
	}
}
