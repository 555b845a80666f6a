package fulfil

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// unclaimed refuses a call for products that the order has asked for in
// another call, or holds from elsewhere.
func (w *walk) unclaimed(ctx context.Context) error {
	holds, now, err := w.books.Order(ctx, w.Order)
	if err != nil {
		return err
	}
	for _, r := range w.rows {
		// The books no longer know the key of an older choice: unheld looks at the order's lines.
		if r.None || r.Print == w.print || r != latest(w.rows, r.Print) || !w.claims(r) || now-stock.Time(r.At.UnixMilli()) > changeKept {
			continue
		}
		switch held, err := w.holds(ctx, w.Order, r, w.Note); {
		case err != nil:
			return err
		case held:
			return &stock.Refusal{
				Code:   stock.AlreadyExists,
				Detail: fmt.Sprintf("the order has reserved some of these products with other quantities or on channel %q", r.Channel),
			}
		}
	}
	return w.unheld(ctx, holds, now)
}

// claims reports whether the choice of another call is about something that this call may
// not hold as well: what it asked for too, or, like in unheld, a component.
func (w *walk) claims(r *plannedChoice) bool {
	return overlap(r.Asked, w.lines) || slices.ContainsFunc(r.Lines, func(l Line) bool {
		return w.conflictsWith(stock.ItemKey{Location: l.Location, Product: l.Product})
	})
}

// holds reports whether the books hold the choice. The caller that made the choice may be
// on the way to them, or may never have asked them: then they are asked for it.
func (o *Orders) holds(ctx context.Context, order stock.OrderKey, r *plannedChoice, note stock.Note) (bool, error) {
	command, err := o.place(ctx, order, &r.plan, note)
	if err != nil {
		return false, err
	}
	var refusal *stock.Refusal
	res := o.books.Submit(ctx, ledger.Request{Command: command, Key: r.booked()})[0]
	if res.Err != nil && !errors.As(res.Err, &refusal) {
		return false, res.Err
	}
	return res.Err == nil, nil
}

// overlap reports whether two calls ask for the same product at the same
// location, or anywhere.
func overlap(a, b []Line) bool {
	return slices.ContainsFunc(a, func(x Line) bool {
		return slices.ContainsFunc(b, func(y Line) bool {
			return x.Product == y.Product && (x.Location == y.Location || x.Location == "" || y.Location == "")
		})
	})
}

// unheld refuses a call for what the order holds already, wherever: by a plain reserve, or
// by one whose choice is no longer kept.
func (w *walk) unheld(ctx context.Context, holds []*stock.Hold, now stock.Time) error {
	for _, h := range holds {
		for i := range h.Lines {
			l := h.Lines[i].At(now)
			if !w.conflictsWith(l.Item) {
				continue
			}
			// A twin of this call may have been faster.
			choices, _, err := w.choices.Choices(ctx, w.Order.Tenant, w.Order.Order, nil)
			if err != nil {
				return err
			}
			if !w.areAll(choices) {
				return catalog.ErrStale
			}
			code := stock.AlreadyExists
			switch l.End {
			case stock.Open:
			case stock.EndExpired:
				code = stock.Expired
			default:
				code = stock.InvalidState
			}
			return &stock.Refusal{
				Code: code, State: l.State(),
				Detail: fmt.Sprintf("the order has a reservation of product %q at location %q", l.Item.Product, l.Item.Location),
			}
		}
	}
	return nil
}

// areAll reports whether the choices are those that the walk has read.
func (w *walk) areAll(choices []catalog.Choice) bool {
	return slices.EqualFunc(choices, w.rows, func(c catalog.Choice, r *plannedChoice) bool { return c.Number == r.Number && c.Version == r.Version })
}

// conflictsWith reports whether the call may not hold anything next to a line of the item: of lines
// that are chosen none of the products; of a kit at a location not the kit itself, from
// before it was one.
func (w *walk) conflictsWith(item stock.ItemKey) bool {
	if w.Rules != nil {
		return slices.ContainsFunc(w.needs, func(l Line) bool { return l.Product == item.Product })
	}
	return slices.ContainsFunc(w.kits, func(k Kit) bool { return k.Product == item.Product && k.Location == item.Location })
}
