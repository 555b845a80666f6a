package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// anAct draws what is to happen to a transfer next, sensible or not.
func anAct(t *rapid.T, d *transfer.Transfer) transfer.Act {
	a := transfer.Act{Tenant: owner, ID: d.ID, Action: map[string]string{
		transfer.Requested: transfer.ActionApprove, transfer.Approved: transfer.ActionShip, transfer.InTransit: transfer.ActionReceive,
	}[d.State]}
	if a.Action == "" || rapid.IntRange(0, 7).Draw(t, "against the grain") == 7 {
		a.Action = rapid.SampledFrom([]string{transfer.ActionCancel, transfer.ActionReceive, transfer.ActionShip, transfer.ActionApprove}).Draw(t, "action")
	}
	if a.Action == transfer.ActionApprove || a.Action == transfer.ActionCancel || rapid.IntRange(0, 3).Draw(t, "all") == 3 {
		return a
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		p := transfer.CallLine{Product: l.Product, Lot: l.Lot, Qty: l.Requested - l.Shipped}
		if a.Action == transfer.ActionReceive {
			p.Qty = l.Transit() / 2
			p.Lost = rapid.SampledFrom([]stock.Qty{0, 0, l.Transit() / 4, l.Transit()}).Draw(t, "lost")
			p.Surplus = rapid.SampledFrom([]stock.Qty{0, 0, 3}).Draw(t, "surplus")
		}
		p.Qty = rapid.SampledFrom([]stock.Qty{p.Qty, p.Qty, 0, p.Qty + 1}).Draw(t, "units")
		a.Lines = append(a.Lines, p)
	}
	return a
}

// someLines draws what is asked for of new products: of some of them it is two lots.
func (w *warehouse) someLines(t *rapid.T) []transfer.CallLine {
	asked := rapid.SampledFrom([]stock.Qty{40, 1, 100, 101})
	var lines []transfer.CallLine
	for range rapid.IntRange(1, 3).Draw(t, "products") {
		product := fmt.Sprint("p", w.products.Add(1))
		for _, lot := range rapid.SampledFrom([][]stock.Lot{{""}, {"", lotOf(t, "B7", "")}, {lotOf(t, "B8", ""), lotOf(t, "B9", "")}}).Draw(t, "lots") {
			lines = append(lines, transfer.CallLine{Product: product, Lot: lot, Qty: asked.Draw(t, "asked")})
		}
	}
	return lines
}

// Whatever happens to a transfer, and wherever the process that does it is killed: no unit
// is for sale twice meanwhile. When another process has completed it the books say what the
// document says, and no account is below zero.
func TestNoUnitIsLostOrDoubledWhereverATransferIsCutOff(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	rapid.Check(t, func(t *rapid.T) {
		healthy := w.transfers(nil)
		route := rapid.SampledFrom([][2]string{{hub, shop}, {hub, mall}, {mall, shop}}).Draw(t, "route")
		d := w.createOf(t, healthy, route[0], route[1], w.someLines(t)...)
		for range rapid.IntRange(1, 7).Draw(t, "acts") {
			a := anAct(t, d)
			if rapid.Bool().Draw(t, "keyed") {
				a.Key = fmt.Sprint("k", w.products.Add(1))
			}
			at := cutAt(rapid.IntRange(-1, 12).Draw(t, "killed at"))
			_, err := w.transfers(at).Act(context.Background(), a)
			if errors.Is(err, errDead) {
				w.neverTwice(t, d, &a)
				w.goOn(t, healthy, &a)
			} else if refusal := (*stock.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
				t.Fatalf("%s: %v", a.Action, err)
			}
			if d, err = healthy.Transfer(context.Background(), owner, d.ID); err != nil {
				t.Fatal(err)
			}
			w.agrees(t, d)
		}
	})
	w.sound(t)
}

// neverTwice checks that of a step that was cut off no unit is in two places.
func (w *warehouse) neverTwice(t fataler, d *transfer.Transfer, a *transfer.Act) {
	t.Helper()
	for i := range d.Lines {
		l := &d.Lines[i]
		most, have := stock.Qty(0), w.of(t, d.From, l.Product, stock.Transit(d.ID))
		for _, one := range d.Lines {
			if one.Product == l.Product {
				most += 110 - one.Lost + one.Surplus
				have += w.of(t, d.From, l.Product, stock.Shared.InLot(one.Lot)) + w.of(t, d.To, l.Product, stock.Shared.InLot(one.Lot))
			}
		}
		for _, p := range a.Lines {
			if p.Product == l.Product {
				most += p.Surplus
			}
		}
		if have > most {
			t.Fatalf("%s of %+v was cut off, and there are %d units, %d at most", a.Action, *l, have, most)
		}
	}
}

// goOn continues what was cut off: by the duty, by the same call, or by another one.
func (w *warehouse) goOn(t *rapid.T, x *transfer.Transfers, a *transfer.Act) {
	var err error
	switch rapid.IntRange(0, 2).Draw(t, "who goes on") {
	case 0:
		look(context.Background(), x.Completion())
	case 1:
		_, err = x.Act(context.Background(), *a)
	case 2:
		_, err = x.Act(context.Background(), transfer.Act{Tenant: owner, ID: a.ID, Action: transfer.ActionShip})
	}
	if refusal := (*stock.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
		t.Fatalf("going on with %s: %v", a.Action, err)
	}
}
