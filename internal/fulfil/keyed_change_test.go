package fulfil_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A refusal is an outcome: under its key a call is not judged anew by what the order holds later.
func TestARefusedChangeOfKitsIsRefusedAgain(t *testing.T) {
	t.Parallel()
	calls := map[string]func(*house) (*fulfil.KitChanged, bool, error){
		"deduct": func(h *house) (*fulfil.KitChanged, bool, error) {
			return h.orders.ChangeKit(t.Context(), part(stock.OpConfirm, "espresso", 3, "k-1"))
		},
		"commit": func(h *house) (*fulfil.KitChanged, bool, error) {
			return h.orders.ChangeKit(t.Context(), part(stock.OpCommit, "pot", 0, "k-1"))
		},
		"change of a kit that comes later": func(h *house) (*fulfil.KitChanged, bool, error) {
			return h.orders.ChangeOrder(t.Context(), basket("k-1", "berlin mug 2"))
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.stock("berlin bean 40", "berlin cup 40", "berlin tin 40")
			h.kit("espresso", "cup 1")
			h.kit("pot", "bean 5")
			h.kit("mug", "tin 1")
			h.mustReserve(reserve("o-1", nil, "espresso 1 berlin", "pot 1 berlin"), "berlin bean 5, berlin cup 1")
			h.mustPart(part(stock.OpRelease, "pot", 0, ""), "berlin bean 0")
			changed, _, err := call(h)
			wantRefusal(t, err, stock.InvalidState)
			if changed != nil && changed.Replayed {
				t.Error("the first refusal is said to be a repeat")
			}

			if _, _, err := h.orders.ChangeOrder(t.Context(), basket("k-2", "berlin espresso 3", "berlin pot 1")); err != nil {
				t.Fatal(err)
			}
			h.mustReserve(reserve("o-1", nil, "mug 1 berlin"), "berlin tin 1")
			held := h.holdsNow()
			for range 2 {
				changed, found, err := call(h)
				wantRefusal(t, err, stock.InvalidState)
				if !found || changed == nil || !changed.Replayed || h.holdsNow() != held {
					t.Errorf("the repeat: %+v, found %v; the order holds %s", changed, found, h.holdsNow())
				}
			}
		})
	}
	t.Run("another request under the key", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin cup 40")
		h.kit("espresso", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 2 berlin"), "berlin cup 2")
		h.mustReserve(reserve("o-2", nil, "espresso 3 berlin"), "berlin cup 3")
		h.wantPartRefused(part(stock.OpRelease, "espresso", 3, "k-1"), stock.InvalidState)
		if _, _, err := h.orders.ChangeKit(t.Context(), part(stock.OpRelease, "espresso", 2, "k-1")); !errors.Is(err, ledger.ErrKeyReused) {
			t.Errorf("another quantity: %v", err)
		}
		other := part(stock.OpRelease, "espresso", 3, "k-1")
		other.Order.Order = "o-2"
		h.mustPart(other, "berlin cup 0")
	})
}
