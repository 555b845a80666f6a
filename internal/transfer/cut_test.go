package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// mostContacts is more than one step has with the outside.
const mostContacts = 40

// A process is killed just before and just after everything that each step does outside.
// Whether the duty or the same call continues, the books and the document end as if nothing
// had happened.
func TestAStepThatWasCutOffAnywhereIsCompleted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before []string
		action string
		part   transfer.CallLine // of each line
		state  string
	}{
		{"approve", nil, transfer.ActionApprove, transfer.CallLine{}, transfer.Approved},
		{"ship in part", []string{transfer.ActionApprove}, transfer.ActionShip, transfer.CallLine{Qty: 7}, transfer.InTransit},
		{"ship more than there is", []string{transfer.ActionApprove}, transfer.ActionShip, transfer.CallLine{}, transfer.Approved},
		{"receive in part, with loss and surplus", []string{transfer.ActionApprove, transfer.ActionShip}, transfer.ActionReceive, transfer.CallLine{Qty: 7, Lost: 2, Surplus: 3}, transfer.InTransit},
		{"receive a surplus alone", []string{transfer.ActionApprove, transfer.ActionShip}, transfer.ActionReceive, transfer.CallLine{Surplus: 3}, transfer.InTransit},
		{"receive all", []string{transfer.ActionApprove, transfer.ActionShip}, transfer.ActionReceive, transfer.CallLine{}, transfer.Received},
		{"cancel", []string{transfer.ActionApprove, transfer.ActionShip}, transfer.ActionCancel, transfer.CallLine{}, transfer.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := buildTwo(t) // not shared: the duty completes the steps of all transfers in it
			healthy := w.transfers(nil)
			for _, duty := range []bool{true, false} {
				for n := 0; ; n++ {
					asked := []stock.Qty{40, 30, 20}
					if c.name == "ship more than there is" {
						asked[1] = 101
					}
					d := w.create(t, healthy, mall, shop, asked...)
					for _, action := range c.before {
						act(t, healthy, d.ID, action)
					}
					a := transfer.Act{Tenant: owner, ID: d.ID, Action: c.action, Key: "once"}
					for i := range d.Lines {
						if c.part != (transfer.CallLine{}) {
							part := c.part
							part.Product = d.Lines[i].Product
							a.Lines = append(a.Lines, part)
						}
					}
					at := cutAt(n)
					if _, err := w.transfers(at).Act(t.Context(), a); at.died() != errors.Is(err, errDead) {
						t.Fatalf("cut at %d: %v", n, err)
					}
					w.neverTwice(t, d, &a)
					if duty {
						look(t.Context(), healthy.Completion())
					}
					if _, err := healthy.Act(t.Context(), a); err != nil && (c.state != transfer.Approved || c.action != transfer.ActionShip) {
						t.Fatalf("cut at %d, again: %v", n, err)
					}
					d, err := healthy.Transfer(t.Context(), owner, d.ID)
					if err != nil || d.State != c.state {
						t.Fatalf("cut at %d: %s, %v", n, d.State, err)
					}
					w.agrees(t, d)
					if !at.died() {
						break
					}
					if n > mostContacts {
						t.Fatalf("a step has more than %d contacts", mostContacts)
					}
				}
			}
		})
	}
}

// mixed is a transfer in transit of which the destination takes all but the line in the
// middle: its product is not counted there.
func (w *warehouse) mixed(t *testing.T, x *transfer.Transfers, to string, run int) *transfer.Transfer {
	t.Helper()
	r := transfer.Request{Tenant: owner, From: hub, To: to}
	service := fmt.Sprint("service of ", to, run)
	for _, product := range []string{fmt.Sprint("counted at ", to, run), service, fmt.Sprint("counted at ", to, " too", run)} {
		w.put(t, hub, product, 10)
		r.Lines = append(r.Lines, transfer.CallLine{Product: product, Qty: 4})
	}
	item := stock.ItemKey{Tenant: owner, Location: to, Product: service}
	b, err := atlas{w.directory, len(w.engines)}.Bucket(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.books.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: item, Bucket: b}})[0].Err; err != nil {
		t.Fatal(err)
	}
	o, err := x.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	act(t, x, o.Transfer.ID, transfer.ActionApprove)
	return act(t, x, o.Transfer.ID, transfer.ActionShip)
}

// Units that were brought into a pool are not taken back: they may be sold. A line that the
// destination does not take stays in transit, the others arrive, whether or not they are in
// one bucket, and wherever the receipt was cut off.
func TestALineThatTheDestinationDoesNotTakeStaysInTransit(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	for _, to := range []string{mall, shop} {
		for n := 0; ; n++ {
			d := w.mixed(t, x, to, n)
			id, at := d.ID, cutAt(n)
			_, err := w.transfers(at).Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionReceive, Key: "once"})
			if at.died() != errors.Is(err, errDead) {
				t.Fatalf("cut at %d: %v", n, err)
			}
			o, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionReceive, Key: "once"})
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			w.arrivedBut(t, x, o.Transfer)
			if !at.died() {
				break
			}
			if n > mostContacts {
				t.Fatalf("a step has more than %d contacts", mostContacts)
			}
		}
	}
}

// arrivedBut checks that all of a mixed transfer has arrived but the line in the
// middle, and takes that back.
func (w *warehouse) arrivedBut(t *testing.T, x *transfer.Transfers, d *transfer.Transfer) {
	t.Helper()
	if d.State != transfer.InTransit || d.Lines[0].Received != 4 || d.Lines[1].Received != 0 || d.Lines[2].Received != 4 {
		t.Fatalf("received at %s: %+v", d.To, d)
	}
	if why := d.Steps[len(d.Steps)-1].Refused(); why == nil || why.Code != stock.InvalidState {
		t.Errorf("the history does not say why: %v", why)
	}
	for i, want := range []stock.Qty{0, 4, 0} {
		if n := w.of(t, hub, d.Lines[i].Product, stock.Transit(d.ID)); n != want {
			t.Errorf("%s: %d in transit, want %d", d.Lines[i].Product, n, want)
		}
		if n := w.of(t, d.To, d.Lines[i].Product, stock.Shared); n != 4-want {
			t.Errorf("%s: %d have arrived, want %d", d.Lines[i].Product, n, 4-want)
		}
	}
	var refusal *stock.Refusal
	if _, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: d.ID, Action: transfer.ActionReceive}); !errors.As(err, &refusal) {
		t.Errorf("the rest is received: %v", err)
	}
	d = act(t, x, d.ID, transfer.ActionCancel)
	if n := w.of(t, hub, d.Lines[1].Product, stock.Shared); d.State != transfer.Cancelled || n != 10 {
		t.Errorf("cancelled, %d are back: %+v", n, d)
	}
}

// While a receipt is cut off between its two sides nothing is in transit at the source,
// which may be retired then. The units in transit arrive all the same.
func TestWhatASourceThatIsRetiredHasSentArrives(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	retired := 0
	for n := 0; ; n++ {
		product := fmt.Sprint("last ", n)
		w.put(t, hub, product, 4)
		o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Lines: []transfer.CallLine{{Product: product, Qty: 4}}})
		if err != nil {
			t.Fatal(err)
		}
		id := o.Transfer.ID
		act(t, x, id, transfer.ActionApprove)
		act(t, x, id, transfer.ActionShip)
		at := cutAt(n)
		if _, err := w.transfers(at).Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionReceive}); at.died() != errors.Is(err, errDead) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		arrived := w.of(t, shop, product, stock.Shared)
		retire := stock.Retire{Item: stock.ItemKey{Tenant: owner, Location: hub, Product: product}, Bucket: stock.BucketOf(owner, hub)}
		if w.books.Submit(t.Context(), ledger.Request{Command: retire})[0].Err == nil && arrived == 0 {
			retired++
		}
		look(t.Context(), x.Completion())
		d, err := x.Transfer(t.Context(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if d.State == transfer.InTransit { // it was cut off before it was begun
			d = act(t, x, id, transfer.ActionReceive)
		}
		if n := w.of(t, shop, product, stock.Shared); d.State != transfer.Received || n != 4 {
			t.Errorf("%d have arrived: %+v", n, d)
		}
		if !at.died() {
			break
		}
	}
	if retired == 0 {
		t.Error("the source was never retired between the two sides")
	}
}

// The two locations are kept in two files. The process is killed and all is
// opened anew after each step that it was cut off in.
func TestATransferBetweenTwoFilesSurvivesRestarts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	files := func() []engine.Engine {
		engines := make([]engine.Engine, 2)
		for i := range engines {
			var err error
			if engines[i], err = sqlite.Open(t.Context(), filepath.Join(folder, fmt.Sprint("slot", i, ".db"))); err != nil {
				t.Fatal(err)
			}
		}
		return engines
	}
	var w *warehouse
	open := func() {
		if w != nil {
			w.close(t)
		}
		w = openOn(t, filepath.Join(folder, "catalog.db"), files()...)
	}
	open()
	w.settle(t)
	d := w.create(t, w.transfers(nil), hub, mall, 40, 7, 3)
	for _, a := range []transfer.Act{
		{Action: transfer.ActionApprove}, {Action: transfer.ActionShip}, {Action: transfer.ActionReceive, Lines: []transfer.CallLine{
			{Product: d.Lines[0].Product, Qty: 30, Lost: 1}, {Product: d.Lines[1].Product, Surplus: 2}, {Product: d.Lines[2].Product, Qty: 3},
		}}, {Action: transfer.ActionCancel},
	} {
		a.Tenant, a.ID, a.Key = owner, d.ID, "once"
		for n := 2; ; n += 3 {
			at := cutAt(n)
			_, err := w.transfers(at).Act(t.Context(), a)
			if err == nil {
				break
			}
			if !errors.Is(err, errDead) {
				t.Fatalf("%s: %v", a.Action, err)
			}
			w.neverTwice(t, d, &a)
			open()
		}
		var err error
		if d, err = w.transfers(nil).Transfer(t.Context(), owner, d.ID); err != nil {
			t.Fatal(err)
		}
		w.agrees(t, d)
	}
	if d.State != transfer.Cancelled || d.Lines[0].Returned != 9 || d.Lines[1].Returned != 7 {
		t.Errorf("it ended as %+v", d)
	}
	w.close(t)
}

func TestADutyCompletesWhatNobodyAsksFor(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	d := w.create(t, x, hub, shop, 40)
	act(t, x, d.ID, transfer.ActionApprove)
	if _, err := w.transfers(cutAt(4)).Act(t.Context(), transfer.Act{Tenant: owner, ID: d.ID, Action: transfer.ActionShip}); !errors.Is(err, errDead) {
		t.Fatal(err)
	}
	if n := look(t.Context(), x.Completion()); n != 1 {
		t.Errorf("%d completed", n)
	}
	if n := look(t.Context(), x.Completion()); n != 0 {
		t.Errorf("%d completed again", n)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := duty.New(slog.New(slog.DiscardHandler), x.Duties()...).Run(ctx); err != nil {
		t.Error(err)
	}
	d, err := x.Transfer(t.Context(), owner, d.ID)
	if err != nil || d.State != transfer.InTransit {
		t.Fatalf("%+v, %v", d, err)
	}
	w.agrees(t, d)
}
