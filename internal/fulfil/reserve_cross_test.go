package fulfil_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// crossed is a call that asks before each contact with catalog and books whether it is
// its turn.
type crossed struct {
	*ledger.Ledger
	*catalog.Catalog
	turn chan bool // one for each contact
	asks chan<- *crossed
}

func (c *crossed) wait() {
	c.asks <- c
	<-c.turn
}

func (c *crossed) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	c.wait()
	return c.Ledger.Submit(ctx, requests...)
}

func (c *crossed) Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error) {
	c.wait()
	return c.Ledger.Items(ctx, keys)
}

func (c *crossed) Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error) {
	c.wait()
	return c.Ledger.Order(ctx, k)
}

func (c *crossed) Choices(ctx context.Context, tenant, order string, key *[16]byte) ([]catalog.Choice, *catalog.ChoiceKey, error) {
	c.wait()
	return c.Catalog.Choices(ctx, tenant, order, key)
}

func (c *crossed) Choose(ctx context.Context, choice *catalog.Choice, key *catalog.ChoiceKey) error {
	c.wait()
	return c.Catalog.Choose(ctx, choice, key)
}

// cross carries out the calls at the same time: of the contacts that both have with
// the outside the next one is picked at random, the same for the same seed.
func (h *house) cross(seed uint64, calls [2]fulfil.Reserve) (errs [2]error) {
	asks := make(chan *crossed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	done := make(chan int)
	for i := range calls {
		c := &crossed{Ledger: h.books, Catalog: h.catalog, turn: make(chan bool), asks: asks}
		go func() {
			_, errs[i] = fulfil.New(c, h.catalog, c).Reserve(h.t.Context(), calls[i])
			done <- i
		}()
	}
	var waiting []*crossed
	for left := 2; left > 0; {
		for len(waiting) < left { // each of them waits for its turn, or has ended
			select {
			case c := <-asks:
				waiting = append(waiting, c)
			case <-done:
				left--
			}
		}
		if left > 0 {
			n := rnd.IntN(len(waiting))
			c := waiting[n]
			waiting = append(waiting[:n], waiting[n+1:]...)
			c.turn <- true
		}
	}
	return errs
}

// Two calls of an order for the same product, with other quantities, at the same time:
// one of them holds it, wherever they meet.
func TestOfTwoCallsThatMeetAnywhereOneHoldsTheProduct(t *testing.T) {
	t.Parallel()
	h := open(t)
	for seed := range uint64(120) {
		order, product := fmt.Sprint("o-", seed), fmt.Sprint("cup", seed)
		h.stock("berlin "+product+" 9", "rome "+product+" 9")
		again := seed%3 == 0 // one of the calls was refused before
		a, b := reserve(order, byPriority(), product+" 3"), reserve(order, byPriority(), product+" 2")
		a.Rules.Locations, b.Rules.Locations = []string{"rome"}, []string{"berlin"} // the books would refuse both of one item
		if again {
			m := h.meddled()
			m.before = func(stock.Place) error { h.drain("rome", product); return nil }
			h.wantRefused(a, stock.Insufficient)
			h.do(stock.Restock{Item: at("rome", product), Bucket: stock.BucketOf(tenant, "rome"), Qty: 9})
		}
		if seed%2 == 0 {
			a.Key, b.Key = fmt.Sprint("a-", seed), fmt.Sprint("b-", seed)
		}
		errs := h.cross(seed, [2]fulfil.Reserve{a, b})
		var refusal *stock.Refusal
		lost := errs[0]
		if lost == nil {
			lost = errs[1]
		}
		if (errs[0] == nil) == (errs[1] == nil) || !errors.As(lost, &refusal) || refusal.Code != stock.AlreadyExists {
			t.Errorf("seed %d: %v, %v", seed, errs[0], errs[1])
		}
		var held stock.Qty
		levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{at("berlin", product), at("rome", product)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range levels {
			held += levels[i].Figures().Held
		}
		want := b.Lines[0].Qty
		if errs[0] == nil {
			want = a.Lines[0].Qty
		}
		if held != want {
			t.Errorf("seed %d: %d are held, want %d", seed, held, want)
		}
	}
}

// A call that was refused more often than its order keeps choices of it meets another call.
// Its refused choices are dropped, oldest first, and a new one comes behind all there are.
func TestACallThatWasRefusedVeryOftenMeetsAnother(t *testing.T) {
	t.Parallel()
	const kept, refused = 32, 35
	h := open(t)
	h.stock("rome cup 9", "berlin cup 99")
	plain := h.orders
	for seed := range uint64(12) {
		order := fmt.Sprint("o-", seed)
		a, b := reserve(order, byPriority(), "cup 3"), reserve(order, byPriority(), "cup 2")
		a.Rules.Locations, b.Rules.Locations = []string{"rome"}, []string{"berlin"}
		m := h.meddled()
		for i := range refused {
			asked := min(i, 1) // the books are asked for the choice of before, and then for the new one
			m.before = func(stock.Place) error {
				if asked--; asked < 0 {
					h.drain("rome", "cup")
				}
				return nil
			}
			h.wantRefused(a, stock.Insufficient)
			h.do(stock.Restock{Item: at("rome", "cup"), Bucket: stock.BucketOf(tenant, "rome"), Qty: 9})
		}
		h.orders = plain
		all, _, err := h.catalog.Choices(t.Context(), tenant, order, nil)
		if err != nil || len(all) != kept || all[0].Number != refused-kept || all[kept-1].Number != refused-1 {
			t.Fatalf("seed %d: %d choices are kept, %+v, %v", seed, len(all), all, err)
		}
		errs := h.cross(seed, [2]fulfil.Reserve{a, b})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("seed %d: %v, %v", seed, errs[0], errs[1])
		}
		h.do(stock.Release{Target: stock.Target{Order: a.Order}})
	}
}

// Two calls of an order for two kits with a common component, at the same time: one
// of them holds it.
func TestOfTwoKitsWithACommonComponentOneIsHeld(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 99", "berlin cup 99", "rome bean 99", "rome cup 99")
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("lungo", "bean 3")
	for seed := range uint64(40) {
		order := fmt.Sprint("o-", seed)
		a, b := reserve(order, byPriority(), "espresso 1"), reserve(order, byPriority(), "lungo 1")
		a.Rules.Locations, b.Rules.Locations = []string{"rome"}, []string{"berlin"}
		errs := h.cross(seed, [2]fulfil.Reserve{a, b})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("seed %d: %v, %v", seed, errs[0], errs[1])
		}
	}
}
