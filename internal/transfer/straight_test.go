package transfer_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// A transfer that is carried out at once and was cut off anywhere arrives when it is
// finished, also where a step was begun and has not ended.
func TestAStraightTransferThatWasCutOffIsFinished(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for n := range 100 {
		d := w.create(t, w.transfers(nil), hub, shop, 40)
		act(t, w.transfers(nil), d.ID, transfer.ActionApprove)
		_, err := w.transfers(cutAt(n)).Finish(t.Context(), owner, d.ID)
		whole := err == nil
		o, err := w.transfers(nil).Finish(t.Context(), owner, d.ID)
		if err != nil || o.Transfer.State != transfer.Received {
			t.Errorf("cut off at contact %d: %+v, %v", n, o, err)
			continue
		}
		w.agrees(t, o.Transfer)
		if whole {
			return
		}
	}
	t.Error("it is never carried out")
}

// straight is a request of 40 units of a new product, of which hub has 100.
func (w *warehouse) straight(t *testing.T) transfer.Request {
	t.Helper()
	product := fmt.Sprint("p", w.products.Add(1))
	w.put(t, hub, product, 100)
	w.put(t, shop, product, 10)
	return transfer.Request{Tenant: owner, ID: "of " + product, From: hub, To: shop, Lines: []transfer.CallLine{{Product: product, Qty: 40}}}
}

// A server that dies over a transfer that is carried out at once leaves it to the others.
func TestOthersCompleteAStraightTransfer(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for n := range 100 {
		r := w.straight(t)
		if _, err := w.transfers(cutAt(n)).Straight(t.Context(), r); err == nil {
			return
		}
		look(t.Context(), w.transfers(nil).Completion())
		d, err := w.transfers(nil).Transfer(t.Context(), owner, r.ID)
		if errors.Is(err, catalog.ErrUnknown) {
			continue // it was cut off before it was written
		}
		if err != nil || d.State != transfer.Received {
			t.Errorf("cut off at contact %d: %+v, %v", n, d, err)
			continue
		}
		w.agrees(t, d)
	}
	t.Error("it is never carried out")
}

// Units that their destination refuses go back, and a server that dies over that leaves it to the others.
// Takes refuses the same before.
func TestAStraightTransferThatIsRefusedGoesBack(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for n := range 100 {
		r := w.straight(t)
		w.put(t, shop, r.Lines[0].Product, stock.MaxQty-10)
		if err := w.transfers(nil).Takes(t.Context(), []transfer.Request{r}); !errors.As(err, new(*stock.Refusal)) {
			t.Fatalf("asked before: %v", err)
		}
		_, err := w.transfers(cutAt(n)).Straight(t.Context(), r)
		whole := errors.As(err, new(*stock.Refusal))
		if err == nil {
			t.Fatal("it is received")
		}
		look(t.Context(), w.transfers(nil).Completion())
		d, err := w.transfers(nil).Transfer(t.Context(), owner, r.ID)
		if errors.Is(err, catalog.ErrUnknown) {
			continue
		}
		if err != nil || d.State != transfer.Cancelled {
			t.Errorf("cut off at contact %d: %+v, %v", n, d, err)
		} else if has := w.of(t, hub, r.Lines[0].Product, stock.Shared); has != 100 {
			t.Errorf("cut off at contact %d: hub has %d", n, has)
		}
		if whole {
			return
		}
	}
	t.Error("it is never refused")
}
