package fulfil_test

import (
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

// endPlanned is a release or deduct of a kit of order o-1 at berlin, or anywhere.
func part(op stock.Op, product string, n stock.Qty, key string) fulfil.KitChange {
	return fulfil.KitChange{
		Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}, Op: op, Product: product, Location: "berlin", Anywhere: true, Qty: n, Key: key,
	}
}

func (h *house) mustPart(p fulfil.KitChange, want string) *fulfil.KitChanged {
	h.t.Helper()
	parted, found, err := h.orders.ChangeKit(context.Background(), p)
	if err != nil || !found {
		h.t.Fatalf("found %v: %v", found, err)
	}
	var all []string
	for _, l := range parted.Event.Lines {
		all = append(all, fmt.Sprintf("%s %s %d", l.Line.Item.Location, l.Line.Item.Product, l.Line.Quantity()))
	}
	slices.Sort(all)
	if got := strings.Join(all, ", "); got != want {
		h.t.Fatalf("what is held is %q, want %q", got, want)
	}
	return parted
}

func (h *house) wantPartRefused(p fulfil.KitChange, code stock.Code) {
	h.t.Helper()
	_, _, err := h.orders.ChangeKit(context.Background(), p)
	wantRefusal(h.t, err, code)
}

func TestReleasingAKitReleasesItsComponents(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.kit("pot", "bean 5")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin", "pot 1 berlin", "cup 1 berlin"), "berlin bean 11, berlin cup 4")

	h.wantPartRefused(part(stock.OpRelease, "espresso", 4, "k-0"), stock.InvalidState)
	h.wantPartRefused(part(stock.OpRelease, "espresso", 1, ""), stock.Invalid) // a part needs a key
	for range 2 {
		h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 9, berlin cup 3")
	}
	if _, _, err := h.orders.ChangeKit(t.Context(), part(stock.OpRelease, "espresso", 2, "k-1")); !errors.Is(err, ledger.ErrKeyReused) {
		t.Error(err)
	}
	if p := h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 9, berlin cup 3"); !p.Replayed {
		t.Error("a repeat is not said to be one")
	}
	h.wantFigures("berlin", "bean", "11 9")
	h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-2"), "berlin bean 7, berlin cup 2")
	h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 5, berlin cup 1")
	h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 5, berlin cup 1") // the same once more
	h.wantPartRefused(part(stock.OpRelease, "espresso", 2, "k-3"), stock.InvalidState)
	h.mustPart(part(stock.OpConfirm, "pot", 0, ""), "berlin bean 0")
	h.wantFigures("berlin", "bean", "13 0")
	h.wantFigures("berlin", "cup", "18 1")
	if _, found, err := h.orders.ChangeKit(t.Context(), part(stock.OpRelease, "bean", 0, "")); found || err != nil {
		t.Errorf("a plain product is taken for a kit: %v", err)
	}
}

// Orders are numbered each from 0: their changes are not taken for each other's.
func TestKitsOfTwoOrdersAreReleasedEach(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	for i, want := range []string{"16 4", "16 4"} {
		order := fmt.Sprint("o-", i)
		h.mustReserve(reserve(order, nil, "espresso 2 berlin"), "berlin bean 4, berlin cup 2")
		p := part(stock.OpRelease, "espresso", 0, "")
		h.wantFigures("berlin", "bean", want)
		p.Order.Order = order
		h.mustPart(p, "berlin bean 0, berlin cup 0")
	}
	h.wantFigures("berlin", "bean", "20 0")
}

func TestReleasingASourcedKitTakesTheLastLocationsFirst(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 3", "rome bean 9", "lyon cup 2")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", byPriority(), "espresso 2"), "berlin bean 3, lyon cup 2, rome bean 1")
	h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 2, lyon cup 1, rome bean 0")
	h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 0, lyon cup 0")
	h.wantFigures("rome", "bean", "9 0")
	h.wantFigures("berlin", "bean", "1 0")
}

func TestAKitOfAnOrderThatHasEnded(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
	h.do(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}}})
	h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 0, berlin cup 0")
	h.wantPartRefused(part(stock.OpConfirm, "espresso", 0, ""), stock.InvalidState)
}

// A call that is cut short between the decision and the books, or inside them, leaves a
// change that the next caller carries out to its end.
func TestAKitReleaseThatWasCutShortIsCarriedOut(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"k-1", "k-2"} {
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
		b := &broken{Ledger: h.books, left: 1}
		h.orders = fulfil.New(b, h.catalog, h.catalog)
		if _, _, err := h.orders.ChangeKit(t.Context(), part(stock.OpRelease, "espresso", 1, "k-1")); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		h.wantFigures("berlin", "bean", "16 4") // one component has gone, the other not yet
		h.wantFigures("berlin", "cup", "17 3")
		h.orders = fulfil.New(h.books, h.catalog, h.catalog)
		want := map[string]string{"k-1": "berlin bean 4, berlin cup 2", "k-2": "berlin bean 2, berlin cup 1"}[again]
		h.mustPart(part(stock.OpRelease, "espresso", 1, again), want)
	}
}

// broken carries out only the first commands of a call about parts of orders.
type broken struct {
	*ledger.Ledger
	left int
}

var errCut = errors.New("cut short")

func (b *broken) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	results := b.Ledger.Submit(ctx, requests[:b.left]...)
	for range requests[b.left:] {
		results = append(results, ledger.Result{Err: errCut})
	}
	return results
}

func TestParallelReleasesOfAKitTakeEachTheirs(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 40", "rome cup 40")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", byPriority(), "espresso 10"), "berlin bean 20, rome cup 10")
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			op := stock.OpRelease
			if i%2 == 0 {
				op = stock.OpConfirm
			}
			// Two calls for each key.
			_, _, err := h.orders.ChangeKit(context.Background(), part(op, "espresso", 1, fmt.Sprint("k-", i%6)))
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	h.wantFigures("berlin", "bean", "26 8") // 3 × 2 back, 3 × 2 gone
	h.wantFigures("rome", "cup", "33 4")
}

// A kit holds what its components' lines hold, whatever was done before with the kit, with a
// component, or with the order.
func TestAKitHoldsWhatItsComponentsHold(t *testing.T) {
	t.Parallel()
	order := stock.OrderKey{Tenant: tenant, Order: "o-1"}
	whole := stock.Target{Order: order}
	component := func(product string, n stock.Qty) stock.Target {
		return stock.Target{Order: order, Item: at("berlin", product), Qty: n, Keyed: true}
	}
	want := func(product string, n stock.Qty) stock.Change {
		return stock.Change{Order: order, Keyed: true, Lines: []stock.Wanted{{Demand: stock.Demand{Item: at("berlin", product), Bucket: stock.BucketOf(tenant, "berlin"), Qty: n, Known: true}}}}
	}
	kits := func(t *testing.T) *house {
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.kit("pot", "bean 5")
		h.mustReserve(reserve("o-1", nil, "espresso 3 berlin", "pot 1 berlin", "cup 1 berlin"), "berlin bean 11, berlin cup 4")
		return h
	}
	t.Run("what was withdrawn leaves again, of each kit its own", func(t *testing.T) {
		t.Parallel()
		h := kits(t)
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 5, berlin cup 1")
		h.mustPart(part(stock.OpConfirm, "pot", 0, ""), "berlin bean 0")
		h.do(stock.Withdraw{Target: whole})
		h.mustPart(part(stock.OpConfirm, "pot", 0, "k-1"), "berlin bean 6")
		h.mustPart(part(stock.OpConfirm, "espresso", 2, "k-2"), "berlin bean 2, berlin cup 2")
		h.mustPart(part(stock.OpConfirm, "espresso", 0, "k-3"), "berlin bean 0, berlin cup 1")
		h.wantFigures("berlin", "bean", "9 0")
		h.mustPart(part(stock.OpWithdraw, "pot", 0, "k-4"), "berlin bean 5")
		h.mustPart(part(stock.OpWithdraw, "espresso", 1, "k-5"), "berlin bean 7, berlin cup 2")
		h.mustPart(part(stock.OpWithdraw, "espresso", 1, "k-5"), "berlin bean 7, berlin cup 2")
		h.wantPartRefused(part(stock.OpWithdraw, "espresso", 3, "k-6"), stock.InvalidState)
		h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 5, berlin cup 1")
		h.wantFigures("berlin", "bean", "11 5")
	})
	t.Run("a withdraw of the order takes back what a deduct of the order took", func(t *testing.T) {
		t.Parallel()
		h := kits(t)
		h.do(stock.Confirm{Target: whole})
		h.mustPart(part(stock.OpWithdraw, "pot", 0, ""), "berlin bean 5")
		h.mustPart(part(stock.OpWithdraw, "espresso", 0, ""), "berlin bean 11, berlin cup 3")
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 5, berlin cup 0")
	})
	t.Run("a component that came back alone makes no whole kit", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 2 berlin"), "berlin bean 4, berlin cup 2")
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 0, berlin cup 0")
		h.do(stock.Withdraw{Target: component("bean", 4)})
		h.wantPartRefused(part(stock.OpConfirm, "espresso", 0, "k-1"), stock.InvalidState)
		h.mustPart(part(stock.OpRelease, "espresso", 0, ""), "berlin bean 0")
		h.wantFigures("berlin", "bean", "20 0")
		h.wantFigures("berlin", "cup", "18 0")
	})
	t.Run("what a change holds anew is the kit's", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 20", "berlin cup 20")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", nil, "espresso 2 berlin"), "berlin bean 4, berlin cup 2")
		h.mustPart(part(stock.OpRelease, "espresso", 1, "k-1"), "berlin bean 2, berlin cup 1")
		h.do(want("bean", 6))
		h.do(want("cup", 3))
		h.mustPart(part(stock.OpRelease, "espresso", 3, "k-2"), "berlin bean 0, berlin cup 0")
		h.wantFigures("berlin", "bean", "20 0")
	})
	t.Run("from several slots", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.stock("berlin bean 3", "rome bean 9", "lyon cup 2")
		h.kit("espresso", "bean 2", "cup 1")
		h.mustReserve(reserve("o-1", byPriority(), "espresso 2"), "berlin bean 3, lyon cup 2, rome bean 1")
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 0, lyon cup 0, rome bean 0")
		h.do(stock.Withdraw{Target: whole})
		h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-1"), "berlin bean 1, lyon cup 1")
		h.mustPart(part(stock.OpWithdraw, "espresso", 0, "k-2"), "berlin bean 3, lyon cup 2")
		h.mustPart(part(stock.OpCommit, "espresso", 0, ""), "berlin bean 3, lyon cup 2, rome bean 1")
		h.wantPartRefused(part(stock.OpExtend, "espresso", 0, ""), stock.InvalidState)
		h.mustPart(part(stock.OpConfirm, "espresso", 0, ""), "berlin bean 0, lyon cup 0, rome bean 0")
		h.mustPart(part(stock.OpCommit, "espresso", 0, ""), "berlin bean 0, lyon cup 0, rome bean 0")
		h.wantFigures("rome", "bean", "8 0")
	})
}

// A second parcel under another key is another one, unless one call took all of the kits.
func TestASecondPartOfAKitIsNoRepeatOfTheFirst(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 2 berlin"), "berlin bean 4, berlin cup 2")
	h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-1"), "berlin bean 2, berlin cup 1")
	h.do(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}}})
	h.wantPartRefused(part(stock.OpConfirm, "espresso", 1, "k-2"), stock.InvalidState)
	h.mustPart(part(stock.OpConfirm, "espresso", 1, ""), "berlin bean 0, berlin cup 0")
	h.mustPart(part(stock.OpConfirm, "espresso", 1, "k-1"), "berlin bean 2, berlin cup 1")

	h.mustReserve(reserve("o-2", nil, "espresso 2 berlin"), "berlin bean 4, berlin cup 2")
	for _, key := range []string{"k-3", "k-4"} {
		p := part(stock.OpConfirm, "espresso", 2, key)
		p.Order.Order = "o-2"
		h.mustPart(p, "berlin bean 0, berlin cup 0")
	}
}

// The key of a call that had nothing to change stands for that, also when units have come back since.
func TestTheKeyOfACallThatChangedNothingIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.stock("berlin bean 20", "berlin cup 20")
	h.kit("espresso", "bean 2", "cup 1")
	h.mustReserve(reserve("o-1", nil, "espresso 3 berlin"), "berlin bean 6, berlin cup 3")
	h.mustPart(part(stock.OpConfirm, "espresso", 0, "left"), "berlin bean 0, berlin cup 0")
	h.mustPart(part(stock.OpConfirm, "espresso", 0, "again"), "berlin bean 0, berlin cup 0")
	h.mustPart(part(stock.OpWithdraw, "espresso", 0, "back"), "berlin bean 6, berlin cup 3")
	if p := h.mustPart(part(stock.OpConfirm, "espresso", 0, "again"), "berlin bean 6, berlin cup 3"); !p.Replayed {
		t.Error("a repeat is not said to be one")
	}
	h.mustPart(part(stock.OpConfirm, "espresso", 0, "later"), "berlin bean 0, berlin cup 0")
}
