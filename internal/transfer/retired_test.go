package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// retiringBooks retire a product just before a step books its second side.
type retiringBooks struct {
	cutBooks
	second string // its location
	retire func()
}

func (b retiringBooks) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	for _, r := range requests {
		if r.Command.Op() == stock.OpTransfer && r.Command.Reach().Items[0].Location == b.second {
			b.retire()
		}
	}
	return b.cutBooks.Submit(ctx, requests...)
}

// use carries out a command that retires a product or brings it back, where that is
// possible.
func (w *warehouse) use(t *testing.T, location, product string, back bool) error {
	t.Helper()
	item := stock.ItemKey{Tenant: owner, Location: location, Product: product}
	r := ledger.Request{Command: stock.Retire{Item: item, Bucket: stock.BucketOf(owner, location)}}
	if back {
		r.Command = stock.Reinstate{Item: item, Bucket: stock.BucketOf(owner, location)}
	}
	return w.books.Submit(t.Context(), r)[0].Err
}

// sound checks that verify finds nothing wrong with the books.
func (w *warehouse) sound(t *testing.T) {
	t.Helper()
	for i, e := range w.engines {
		if report, err := audit.CheckSlot(t.Context(), e, audit.Options{}); err != nil || !report.OK() {
			t.Errorf("slot %d: %+v, %v", i, report, err)
		}
	}
	if report, err := audit.CheckAcross(t.Context(), w.engines, atlas{w.directory, len(w.engines)}); err != nil || !report.OK() {
		t.Errorf("the books: %+v, %v", report, err)
	}
}

// A source is retired between the two sides of a receipt that the destination then
// refuses: the units are in transit again, wherever the receipt was cut off. They arrive
// when the destination takes them, and go back when the source does.
func TestWhatADestinationRefusesOfARetiredSourceIsNotLost(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	between := 0
	for n := 0; ; n++ {
		product := fmt.Sprint("last ", n)
		w.put(t, hub, product, 4)
		item := stock.ItemKey{Tenant: owner, Location: shop, Product: product}
		open := stock.OpenItem{Item: item, Bucket: stock.BucketOf(owner, shop), Tracked: true}
		if err := w.books.Submit(t.Context(), ledger.Request{Command: open})[0].Err; err != nil {
			t.Fatal(err)
		}
		x := w.transfers(nil)
		o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Lines: []transfer.CallLine{{Product: product, Qty: 4}}})
		if err != nil {
			t.Fatal(err)
		}
		id := o.Transfer.ID
		act(t, x, id, transfer.ActionApprove)
		act(t, x, id, transfer.ActionShip)

		at := cutAt(n)
		books := retiringBooks{cutBooks{w.books, at}, shop, func() {
			if w.of(t, hub, product, stock.Transit(id)) == 0 && w.use(t, hub, product, false) == nil && w.use(t, shop, product, false) == nil {
				between++
			}
		}}
		dies := transfer.New(intake.New(books, w.directory, nil), books, cutDocuments{w.directory.Transfers, at}, w.directory.Replenishments, transfer.WithPatience(-time.Minute))
		var refusal *stock.Refusal
		_, err = dies.Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionReceive})
		if at.died() != errors.Is(err, errDead) || !at.died() && !errors.As(err, &refusal) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		look(t.Context(), x.Completion())
		d, err := x.Transfer(t.Context(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		arrived := w.of(t, shop, product, stock.Shared)
		if there := w.of(t, hub, product, stock.Transit(id)); d.Pending() || there+arrived != 4 || there != d.Lines[0].Transit() {
			t.Errorf("cut at %d: %d are in transit, %d have arrived: %+v", n, there, arrived, d)
		}
		if arrived == 0 {
			w.goesOnOrBack(t, x, d, n%2 == 0)
		}
		if !at.died() {
			break
		}
		if n > mostContacts {
			t.Fatalf("a step has more than %d contacts", mostContacts)
		}
	}
	if between == 0 {
		t.Error("the source was never retired between the two sides")
	}
	w.sound(t)
}

// goesOnOrBack receives the units that are in transit, or cancels the transfer, where their
// place is in use again.
func (w *warehouse) goesOnOrBack(t *testing.T, x *transfer.Transfers, d *transfer.Transfer, on bool) {
	t.Helper()
	at, action := hub, transfer.ActionCancel
	if on {
		at, action = shop, transfer.ActionReceive
	}
	product := d.Lines[0].Product
	_, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: d.ID, Action: action})
	if refusal, is := errors.AsType[*stock.Refusal](err); err != nil && (!is || refusal.Code != stock.InvalidState) {
		t.Errorf("%s while it is retired: %v", action, err)
	}
	if err != nil {
		if err := w.use(t, at, product, true); err != nil {
			t.Fatal(err)
		}
		act(t, x, d.ID, action)
	}
	if n := w.of(t, at, product, stock.Shared); n != 4 || w.of(t, hub, product, stock.Transit(d.ID)) != 0 {
		t.Errorf("%s: %d are at %s", action, n, at)
	}
}

// A transfer with a date is cancelled when its source has no room for the units, and its
// destination is retired as soon as nothing is announced to it. Wherever the step was cut
// off, the units are in transit and announced. They arrive when the destination is in use
// again, and go back when the source has room.
func TestWhatASourceDoesNotTakeBackIsAnnouncedAgain(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	between := 0
	for n := 0; ; n++ {
		product := fmt.Sprint("dated ", n)
		x := w.transfers(nil)
		id := w.announced(t, x, product)
		w.count(t, hub, product, stock.MaxQty)

		at := cutAt(n)
		books := retiringBooks{cutBooks{w.books, at}, hub, func() {
			if w.of(t, shop, product, stock.Incoming(id)) == 0 && w.use(t, shop, product, false) == nil {
				between++
			}
		}}
		dies := transfer.New(intake.New(books, w.directory, nil), books, cutDocuments{w.directory.Transfers, at}, w.directory.Replenishments, transfer.WithPatience(-time.Minute))
		var refusal *stock.Refusal
		_, err := dies.Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionCancel})
		if at.died() != errors.Is(err, errDead) || !at.died() && !errors.As(err, &refusal) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		look(t.Context(), x.Completion())
		d, err := x.Transfer(t.Context(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		sent, announced := w.of(t, hub, product, stock.Transit(id)), w.of(t, shop, product, stock.Incoming(id))
		if d.Pending() || d.State != transfer.InTransit || sent != 4 || announced != 4 {
			t.Errorf("cut at %d: %d are in transit, %d announced: %+v", n, sent, announced, d)
		}
		w.count(t, hub, product, 0)
		w.goesOnOrBack(t, x, d, n%2 == 0)
		if !at.died() {
			break
		}
		if n > mostContacts {
			t.Fatalf("a step has more than %d contacts", mostContacts)
		}
	}
	if between == 0 {
		t.Error("the destination was never retired between the two sides")
	}
	w.sound(t)
}

// announced has four units of a product on their way from the hub to the shop, where they
// are announced.
func (w *warehouse) announced(t *testing.T, x *transfer.Transfers, product string) (id string) {
	t.Helper()
	w.put(t, hub, product, 4)
	o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Lines: []transfer.CallLine{{Product: product, Qty: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	id = o.Transfer.ID
	later := stock.Time(time.Now().Add(time.Hour).UnixMilli())
	if _, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionApprove, Expected: later}); err != nil {
		t.Fatal(err)
	}
	act(t, x, id, transfer.ActionShip)
	return id
}

// count sets what is on hand of a product at a location.
func (w *warehouse) count(t *testing.T, location, product string, n stock.Qty) {
	t.Helper()
	item := stock.ItemKey{Tenant: owner, Location: location, Product: product}
	c := stock.Adjust{Item: item, Bucket: stock.BucketOf(owner, location), Set: true, SetTo: n}
	if err := w.books.Submit(t.Context(), ledger.Request{Command: c})[0].Err; err != nil {
		t.Fatal(err)
	}
}
