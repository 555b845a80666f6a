package fulfil_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A kit that the books have refused is not the order's, although the order has lines of its
// components.
func TestARefusedKitTakesNothingOfAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("pot", "bean 5")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
	h.wantRefused(reserve("o-1", nil, "pot 1 berlin"), stock.AlreadyExists)
	if _, found, err := h.orders.ChangeKit(t.Context(), part(stock.OpRelease, "pot", 0, "")); found || err != nil {
		t.Errorf("found %v: %v", found, err)
	}
	h.wantFigures("berlin", "bean", "14 6")
}

// A kit is found as it is held, not as a later call that was refused would have it.
func TestAKitIsFoundBehindALaterRefusal(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20", "rome bean 20", "rome cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", byPriority(), "bean 1", "cup 1"), "berlin bean 1, berlin cup 1")
	h.wantRefused(reserve("o-1", nil, "espresso 2 berlin"), stock.AlreadyExists)
	if _, found, err := h.orders.ChangeKit(t.Context(), part(stock.OpConfirm, "espresso", 0, "")); found || err != nil {
		t.Errorf("found %v: %v", found, err)
	}
	h.wantFigures("berlin", "bean", "19 1")
}

// A part that was decided and that the books refused, because the order had ended
// meanwhile, took nothing. A later call is no repeat of it.
func TestAPartThatTheBooksRefusedIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "k-2"} {
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 1 berlin"), "berlin bean 2, berlin cup 1")
		b := &broken{Ledger: h.books}
		h.orders = fulfil.New(b, h.catalog, h.catalog)
		if _, _, err := h.orders.ChangeKit(t.Context(), part(stock.OpConfirm, "espresso", 0, "k-1")); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		h.do(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}}})
		h.orders = fulfil.New(h.books, h.catalog, h.catalog)
		h.wantPartRefused(part(stock.OpConfirm, "espresso", 0, key), stock.InvalidState)
		h.wantPartRefused(part(stock.OpConfirm, "espresso", 0, "k-1"), stock.InvalidState)
		h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 0, berlin cup 0")
		h.wantFigures("berlin", "bean", "20 0")
	}
}

// A repeat about a whole kit is answered when it asks for what ended the kit, as for a line.
func TestTheEndOfAKitIsRepeatedAsThatOfALine(t *testing.T) {
	t.Parallel()
	whole := stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}}
	t.Run("a kit that was given back in the end has not left", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
		h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-1"), "berlin bean 4, berlin cup 2")
		h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 0, berlin cup 0")
		h.wantPartRefused(part(stock.OpConfirm, "espresso", 0, ""), stock.InvalidState)
	})
	t.Run("a location that was given back does not hide that the rest has left", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 3", "rome bean 9", "lyon cup 2")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", byPriority(), "espresso 2"), "berlin bean 3, lyon cup 2, rome bean 1")
		h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 2, lyon cup 1, rome bean 0")
		h.do(stock.Confirm{Target: whole})
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 0, lyon cup 0, rome bean 0")
	})
	t.Run("what another kit gave back this one did not", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.kit("pot", "bean 5")
		h.mustReserve(reserve("o-1", nil, "espresso 1 berlin", "pot 1 berlin"), "berlin bean 7, berlin cup 1")
		h.mustPart(part(stock.OpRelease, "pot", 0, ""), "berlin bean 2")
		h.do(stock.Confirm{Target: whole})
		h.wantPartRefused(part(stock.OpRelease, "espresso", 0, ""), stock.InvalidState)
	})
}

// A key is of one part of the order, whichever call reserved the kit.
func TestAKeyOfAPartIsOfOneCallOfTheOrder(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20", "rome bean 20", "rome cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
	h.mustReserve(reserve("o-1", nil, "espresso 3 rome"), "rome bean 6, rome cup 3")
	h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 4, berlin cup 2")
	p := part(stock.OpRelease, "espresso", 1, "k-1")
	p.Location = "rome"
	if _, _, err := h.orders.ChangeKit(t.Context(), p); !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("%v, want %v", err, ledger.ErrKeyReused)
	}
	h.wantFigures("rome", "bean", "14 6")
}

// behind lets something happen between what a part has read of the order's choices and
// its look at the books.
type behind struct {
	*ledger.Ledger
	before func()
}

func (b *behind) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	if before := b.before; before != nil {
		b.before = nil
		before()
	}
	return b.Ledger.Order(ctx, k)
}

// Of two calls with one key at the same time the later one gets the answer of the other.
func TestTwinsOfAPartHaveOneAnswer(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 1 berlin"), "berlin bean 2, berlin cup 1")
	twin := h.orders
	h.orders = fulfil.New(&behind{h.books, func() {
		if _, _, err := twin.ChangeKit(t.Context(), part(stock.OpConfirm, "espresso", 1, "k-1")); err != nil {
			t.Error(err)
		}
	}}, h.catalog, h.catalog)
	if p := h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-1"), "berlin bean 0, berlin cup 0"); !p.Replayed {
		t.Error("the answer is not said to be a repeat")
	}
}
