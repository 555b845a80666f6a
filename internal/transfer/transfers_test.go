package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

const later = stock.Time(1_800_000_000_000)

// create requests a transfer of new products, that many units of each, of which
// the source has 100 and the destination 10.
func (w *warehouse) create(t fataler, x *transfer.Transfers, from, to string, asked ...stock.Qty) *transfer.Transfer {
	t.Helper()
	lines := make([]transfer.CallLine, len(asked))
	for i, n := range asked {
		lines[i] = transfer.CallLine{Product: fmt.Sprint("p", w.products.Add(1)), Qty: n}
	}
	return w.createOf(t, x, from, to, lines...)
}

// createOf is create with lines that are given: of each line's product and lot, from has 100 and to has 10.
func (w *warehouse) createOf(t fataler, x *transfer.Transfers, from, to string, lines ...transfer.CallLine) *transfer.Transfer {
	t.Helper()
	for _, l := range lines {
		w.putLot(t, from, l.Product, l.Lot, 100)
		w.putLot(t, to, l.Product, l.Lot, 10)
	}
	r := transfer.Request{Tenant: owner, From: from, To: to, Expected: later, Reason: "fill up", Reference: "PO-1", Operator: "ann", Lines: lines}
	o, err := x.Create(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return o.Transfer
}

func act(t fataler, x *transfer.Transfers, id, action string, lines ...transfer.CallLine) *transfer.Transfer {
	t.Helper()
	o, err := x.Act(context.Background(), transfer.Act{Tenant: owner, ID: id, Action: action, Lines: lines})
	if err != nil {
		t.Fatalf("%s: %v", action, err)
	}
	return o.Transfer
}

// agrees checks that the books say what the document says, to the unit: then
// what both locations have, less the surplus and with the loss, never changes.
func (w *warehouse) agrees(t fataler, d *transfer.Transfer) {
	t.Helper()
	for i := range d.Lines {
		l := &d.Lines[i]
		var all transfer.Line // of the product, of all its lots
		for _, one := range d.Lines {
			if one.Product == l.Product {
				all.Requested, all.Shipped, all.Received = all.Requested+one.Requested, all.Shipped+one.Shipped, all.Received+one.Received
				all.Lost, all.Surplus, all.Returned = all.Lost+one.Lost, all.Surplus+one.Surplus, all.Returned+one.Returned
			}
		}
		incoming := stock.Qty(0)
		switch d.State {
		case transfer.Approved:
			incoming = all.Requested
		case transfer.InTransit:
			incoming = all.Transit()
		}
		for _, c := range []struct {
			location string
			account  stock.Account
			want     stock.Qty
		}{
			{d.From, stock.Shared.InLot(l.Lot), 100 - l.Shipped + l.Returned},
			{d.From, stock.Transit(d.ID), all.Transit()},
			{d.To, stock.Shared.InLot(l.Lot), 10 + l.Received + l.Surplus},
			{d.To, stock.Incoming(d.ID), incoming},
			{d.From, stock.Discrepancy, all.Lost},
			{d.To, stock.Discrepancy, -all.Surplus},
			{d.From, stock.Adjustment, all.Received},
			{d.To, stock.Adjustment, -all.Received},
		} {
			if got := w.of(t, c.location, l.Product, c.account); got != c.want {
				t.Fatalf("%s, line %+v: %d units in %s at %s, the document says %d", d.State, *l, got, c.account, c.location, c.want)
			}
		}
	}
}

func TestATransferFromRequestToReceipt(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	d := w.create(t, x, hub, shop, 40, 5)
	if d.State != transfer.Requested || d.ID == "" || d.Number == 0 || d.Operator != "ann" {
		t.Fatalf("created %+v", d)
	}
	w.agrees(t, d)
	w.agrees(t, act(t, x, d.ID, transfer.ActionApprove))
	w.agrees(t, act(t, x, d.ID, transfer.ActionShip))
	first, second := d.Lines[0].Product, d.Lines[1].Product
	d = act(t, x, d.ID, transfer.ActionReceive, transfer.CallLine{Product: first, Qty: 30, Lost: 4}, transfer.CallLine{Product: second, Qty: 5, Surplus: 2})
	if d.State != transfer.InTransit || d.Lines[0].Transit() != 6 || d.Lines[1].Surplus != 2 {
		t.Fatalf("received in part: %+v", d)
	}
	w.agrees(t, d)
	d = act(t, x, d.ID, transfer.ActionReceive)
	if d.State != transfer.Received || len(d.Steps) != 5 {
		t.Fatalf("received: %+v", d)
	}
	w.agrees(t, d)
	again, err := x.Transfer(t.Context(), owner, d.ID)
	if err != nil || again.Lines[0] != d.Lines[0] || again.State != d.State {
		t.Errorf("read again: %+v, %v", again, err)
	}
}

func TestWhatATransferRefuses(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	short := w.create(t, x, hub, shop, 101, 100)
	act(t, x, short.ID, transfer.ActionApprove)
	moving := w.create(t, x, hub, shop, 9)
	act(t, x, moving.ID, transfer.ActionApprove)
	act(t, x, moving.ID, transfer.ActionShip)
	product := moving.Lines[0].Product
	for _, c := range []struct {
		name string
		act  transfer.Act
		code stock.Code
	}{
		{"to ship more than there is, and nothing of it", transfer.Act{ID: short.ID, Action: transfer.ActionShip}, stock.Insufficient},
		{"to ship more than was asked for", transfer.Act{ID: short.ID, Action: transfer.ActionShip, Lines: []transfer.CallLine{{Product: short.Lines[1].Product, Qty: 101}}}, stock.InvalidState},
		{"to ship nothing", transfer.Act{ID: short.ID, Action: transfer.ActionShip, Lines: []transfer.CallLine{{Product: short.Lines[1].Product}}}, stock.Invalid},
		{"to receive what was not shipped", transfer.Act{ID: short.ID, Action: transfer.ActionReceive}, stock.InvalidState},
		{"to ship twice", transfer.Act{ID: moving.ID, Action: transfer.ActionShip}, stock.InvalidState},
		{"to receive more than was shipped", transfer.Act{ID: moving.ID, Action: transfer.ActionReceive, Lines: []transfer.CallLine{{Product: product, Qty: 10}}}, stock.InvalidState},
		{"to lose more than was shipped", transfer.Act{ID: moving.ID, Action: transfer.ActionReceive, Lines: []transfer.CallLine{{Product: product, Qty: 5, Lost: 5}}}, stock.InvalidState},
		{"a product that is not on it", transfer.Act{ID: moving.ID, Action: transfer.ActionReceive, Lines: []transfer.CallLine{{Product: "x", Qty: 5}}}, stock.Invalid},
		{"a product twice", transfer.Act{ID: moving.ID, Action: transfer.ActionReceive, Lines: []transfer.CallLine{{Product: product, Qty: 1}, {Product: product, Qty: 1}}}, stock.Invalid},
		{"a lot that is not on it", transfer.Act{ID: moving.ID, Action: transfer.ActionReceive, Lines: []transfer.CallLine{{Product: product, Lot: lotOf(t, "B7", ""), Qty: 5}}}, stock.Invalid},
		{"a loss when shipping", transfer.Act{ID: short.ID, Action: transfer.ActionShip, Lines: []transfer.CallLine{{Product: product, Qty: 1, Lost: 1}}}, stock.Invalid},
	} {
		c.act.Tenant = owner
		_, err := x.Act(t.Context(), c.act)
		var refusal *stock.Refusal
		if !errors.As(err, &refusal) || refusal.Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
	for _, id := range []string{short.ID, moving.ID} {
		d, err := x.Transfer(t.Context(), owner, id)
		if err != nil {
			t.Fatal(err)
		}
		w.agrees(t, d)
	}
	if _, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: "none", Action: transfer.ActionShip}); !errors.Is(err, catalog.ErrUnknown) {
		t.Errorf("of a transfer that is not there: %v", err)
	}
	var refusal *stock.Refusal
	if _, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: "nowhere", Lines: []transfer.CallLine{{Product: product, Qty: 1}}}); !errors.As(err, &refusal) || refusal.Code != stock.NotFound {
		t.Errorf("to a location that nobody knows: %v", err)
	}
	if _, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: hub, Lines: []transfer.CallLine{{Product: product, Qty: 1}}}); !errors.As(err, &refusal) || refusal.Code != stock.Invalid {
		t.Errorf("to where the units are: %v", err)
	}
}

func TestACancelledTransferGivesBackWhatIsInTransit(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	for name, steps := range map[string][]string{
		"before it is approved": nil,
		"before it is shipped":  {transfer.ActionApprove},
		"after it was shipped":  {transfer.ActionApprove, transfer.ActionShip},
	} {
		d := w.create(t, x, hub, mall, 40, 7, 3)
		for _, s := range steps {
			act(t, x, d.ID, s)
		}
		d = act(t, x, d.ID, transfer.ActionCancel)
		if d.State != transfer.Cancelled {
			t.Errorf("%s: %s", name, d.State)
		}
		w.agrees(t, d)
		if again := act(t, x, d.ID, transfer.ActionCancel); len(again.Steps) != len(d.Steps) {
			t.Errorf("%s: cancelled twice, %d steps", name, len(again.Steps))
		}
	}
}

func TestUnitsOfAChannelLeaveItsQuotaAndComeBackToIt(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	w.put(t, hub, "quota", 10)
	w.put(t, shop, "quota", 1)
	item := stock.ItemKey{Tenant: owner, Location: hub, Product: "quota"}
	spot := func(a stock.Account) stock.Spot {
		return stock.Spot{Item: item, Bucket: stock.BucketOf(owner, hub), Account: a}
	}
	if err := w.books.Submit(t.Context(), ledger.Request{Command: stock.Move{From: spot(stock.Shared), To: spot(stock.Quota("web")), Qty: 4}})[0].Err; err != nil {
		t.Fatal(err)
	}
	o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Channel: "web", Lines: []transfer.CallLine{{Product: "quota", Qty: 5}}})
	if err != nil {
		t.Fatal(err)
	}
	act(t, x, o.Transfer.ID, transfer.ActionApprove)
	var refusal *stock.Refusal
	_, err = x.Act(t.Context(), transfer.Act{Tenant: owner, ID: o.Transfer.ID, Action: transfer.ActionShip})
	if !errors.As(err, &refusal) || len(refusal.Shortages) != 1 || refusal.Shortages[0].Available != 4 {
		t.Fatalf("more than the quota: %v", err)
	}
	act(t, x, o.Transfer.ID, transfer.ActionShip, transfer.CallLine{Product: "quota", Qty: 3})
	if n := w.of(t, hub, "quota", stock.Quota("web")); n != 1 {
		t.Errorf("%d left in the quota", n)
	}
	act(t, x, o.Transfer.ID, transfer.ActionCancel)
	if n := w.of(t, hub, "quota", stock.Quota("web")); n != 4 {
		t.Errorf("%d back in the quota", n)
	}
	if n := w.of(t, shop, "quota", stock.Incoming(o.Transfer.ID)); n != 0 {
		t.Errorf("%d incoming of a transfer without a date", n)
	}
}

func TestARepeatedCallHasTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	x := w.transfers(nil)
	w.put(t, hub, "again", 100)
	r := transfer.Request{Tenant: owner, Key: "k", From: hub, To: shop, Lines: []transfer.CallLine{{Product: "again", Qty: 9}}}
	made, err := x.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	id := made.Transfer.ID
	early := transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionShip, Key: "early"}
	_, refused := x.Act(t.Context(), early)
	calls := []transfer.Act{
		{Action: transfer.ActionApprove, Key: "k"},
		{Action: transfer.ActionShip, Key: "k"},
		{Action: transfer.ActionReceive, Key: "k", Lines: []transfer.CallLine{{Product: "again", Qty: 2}}},
		{Action: transfer.ActionReceive, Key: "k2", Lines: []transfer.CallLine{{Product: "again", Qty: 2}}},
		{Action: transfer.ActionCancel, Key: "k"},
	}
	var answers []*transfer.Transfer
	for i := range calls {
		calls[i].Tenant, calls[i].ID = owner, id
		o, err := x.Act(t.Context(), calls[i])
		if err != nil || o.Replayed {
			t.Fatalf("%s: %+v, %v", calls[i].Action, o, err)
		}
		answers = append(answers, o.Transfer)
	}
	for i := range calls {
		o, err := x.Act(t.Context(), calls[i])
		if err != nil || !o.Replayed || o.Transfer.State != answers[i].State || o.Transfer.Lines[0] != answers[i].Lines[0] || len(o.Transfer.Steps) != len(answers[i].Steps) {
			t.Errorf("%s again: %+v, %v; want %+v", calls[i].Action, o, err, answers[i])
		}
		other := calls[i]
		other.Reason = "another request"
		if _, err := x.Act(t.Context(), other); !errors.Is(err, ledger.ErrKeyReused) {
			t.Errorf("another %s with the key: %v", other.Action, err)
		}
	}
	o, err := x.Act(t.Context(), early)
	if err == nil || refused == nil || err.Error() != refused.Error() || !o.Replayed {
		t.Errorf("a refusal again: %+v, %v; want %v", o, err, refused)
	}
	again, err := x.Create(t.Context(), r)
	if err != nil || !again.Replayed || again.Transfer.ID != id || again.Transfer.State != transfer.Requested {
		t.Errorf("created again: %+v, %v", again, err)
	}
	r.Lines[0].Qty++
	if _, err := x.Create(t.Context(), r); !errors.Is(err, ledger.ErrKeyReused) {
		t.Errorf("another transfer with the key: %v", err)
	}
}

func TestOneParcelIsReceivedOnce(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for _, c := range []struct {
		name string
		key  func(i int) string
		ok   int
	}{
		{"by calls with the same key", func(int) string { return "k" }, 8},
		{"by calls with keys of their own", func(i int) string { return fmt.Sprint("k", i) }, 1},
		{"by calls without keys", func(int) string { return "" }, 1},
	} {
		x := w.transfers(nil)
		d := w.create(t, x, hub, mall, 40, 7)
		act(t, x, d.ID, transfer.ActionApprove)
		act(t, x, d.ID, transfer.ActionShip)
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = w.transfers(nil).Act(t.Context(), transfer.Act{Tenant: owner, ID: d.ID, Action: transfer.ActionReceive, Key: c.key(i)})
			})
		}
		all.Wait()
		ok := 0
		for _, err := range errs {
			var refusal *stock.Refusal
			if err == nil {
				ok++
			} else if !errors.As(err, &refusal) || refusal.Code != stock.InvalidState {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if ok != c.ok {
			t.Errorf("%s: %d were told that it is received, want %d", c.name, ok, c.ok)
		}
		d, err := x.Transfer(t.Context(), owner, d.ID)
		if err != nil || d.State != transfer.Received {
			t.Fatalf("%s: %+v, %v", c.name, d, err)
		}
		w.agrees(t, d)
	}
}
