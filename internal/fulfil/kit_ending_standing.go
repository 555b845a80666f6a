package fulfil

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// partState is what a part means for the order as it is now.
type partState struct {
	now     stock.Time
	qty     stock.Qty // kits
	lines   []Line    // the units of the components for that
	settled *KitEnded // the answer, when there is nothing to take and that is right
}

func (o *Orders) standing(ctx context.Context, p *KitEnding, r *plannedChoice, kit int) (s partState, err error) {
	holds, now, err := o.books.Order(ctx, p.Order)
	if err != nil {
		return s, err
	}
	k := &r.Kits[kit]
	own := linesOf(holds, now, r, k)
	if len(own) == 0 {
		return s, &stock.Refusal{
			Code: stock.NotFound, Field: "reservation",
			Detail: fmt.Sprintf("order %q has no reservation of product %q", p.Order.Order, p.Product),
		}
	}
	rest, last, final := k.Qty, stock.Qty(0), stock.Op(0)
	for _, c := range r.Changes {
		if c.Kit == kit && !c.Refused {
			rest -= c.Qty
			final = c.Op
			if c.Op == p.Op {
				last = c.Qty
			}
		}
	}
	s.now = now
	again := &KitEnded{Event: eventOf(p, own), At: now}
	switch {
	case rest == 0 && last > 0 && (p.Qty == last || p.Qty == 0 && (p.Op == stock.OpRelease || final == p.Op)):
		s.settled = again // the same call once more
		return s, nil
	case rest > 0 && p.Qty == 0 && areEnded(own, p.Op, r, kit):
		s.settled = again // all of the order was released, or deducted
		return s, nil
	case rest == 0, !slices.ContainsFunc(own, func(l stock.Line) bool { return l.End == stock.Open }):
		return s, endedRefusal(p.Product, own)
	case p.Qty > rest:
		return s, &stock.Refusal{Code: stock.InvalidState, State: stock.StateActive, Detail: fmt.Sprintf("the reservation holds %d of the kit, not %d", rest, p.Qty)}
	case p.Qty > 0 && p.Qty < rest && p.Key == "":
		return s, &stock.Refusal{
			Code: stock.Invalid, Field: "quantity",
			Detail: fmt.Sprintf("a quantity below what is held (%d) needs an Idempotency-Key: a repeat could not be told from a second part", rest),
		}
	}
	if s.qty = p.Qty; s.qty == 0 {
		s.qty = rest
	}
	s.lines, err = share(k, s.qty, own, p.Op)
	return s, err
}

// linesOf are the order's lines of the kit's components in the call, as they
// were planned.
func linesOf(holds []*stock.Hold, now stock.Time, r *plannedChoice, k *Kit) (own []stock.Line) {
	for _, l := range r.Lines {
		if k.Location != "" && k.Location != l.Location || !slices.ContainsFunc(k.Parts, func(p planning.Line) bool { return p.Product == l.Product }) {
			continue
		}
		item := stock.ItemKey{Tenant: r.Tenant, Location: l.Location, Product: l.Product}
		for _, h := range holds {
			if line := h.Find(item); line != nil {
				own = append(own, line.At(now))
			}
		}
	}
	return own
}

// share is the units of the component lines for so many kits: releases take from the last
// line first, deducts from the first, as within one line.
func share(k *Kit, qty stock.Qty, own []stock.Line, op stock.Op) (taken []Line, err error) {
	for _, part := range k.Parts {
		want := part.Qty * qty
		walk := slices.All(own)
		if op == stock.OpRelease {
			walk = slices.Backward(own)
		}
		for _, l := range walk {
			if l.Item.Product != part.Product || l.End != stock.Open || want == 0 {
				continue
			}
			n := min(want, l.Quantity())
			want -= n
			taken = append(taken, Line{Product: l.Item.Product, Location: l.Item.Location, Qty: n})
		}
		if want > 0 {
			return nil, &stock.Refusal{
				Code: stock.InvalidState, State: stock.StateActive,
				Detail: fmt.Sprintf("the order does not hold %d of product %q any more, which the kit is made of", part.Qty*qty, part.Product),
			}
		}
	}
	slices.SortFunc(taken, compareLines)
	return taken, nil
}

// areEnded reports whether all lines have ended as the operation ends them, apart from what
// parts of kits took of them before.
func areEnded(own []stock.Line, op stock.Op, r *plannedChoice, kit int) bool {
	did := false
	for _, l := range own {
		if l.End == stock.Open {
			return false
		}
		whole, others := r.released(l.Item, -1), r.released(l.Item, kit)
		switch {
		case op == stock.OpRelease:
			did = did || l.Released > others && l.End != stock.EndExpired
		case l.End == stock.EndConfirmed:
			did = true
		case l.End != stock.EndReleased || l.Released > whole:
			return false
		}
	}
	return did
}

// released is how many units of the line were given back by parts of kits, without those of
// the kit but.
func (r *plannedChoice) released(item stock.ItemKey, but int) (n stock.Qty) {
	for _, c := range r.Changes {
		if c.Op != stock.OpRelease || c.Refused || c.Kit == but {
			continue
		}
		for _, l := range c.Lines {
			if l.Product == item.Product && l.Location == item.Location {
				n += l.Qty
			}
		}
	}
	return n
}

func endedRefusal(product string, own []stock.Line) *stock.Refusal {
	code, state := stock.InvalidState, own[0].State()
	for _, l := range own {
		if l.End == stock.EndExpired {
			code, state = stock.Expired, l.State()
		}
	}
	return &stock.Refusal{Code: code, State: state, Detail: fmt.Sprintf("the reservation of kit %q has ended: %s", product, state)}
}

func eventOf(p *KitEnding, own []stock.Line) *stock.Event {
	e := &stock.Event{Op: p.Op, Tenant: p.Order.Tenant, Order: p.Order.Order}
	for _, l := range own {
		e.Lines = append(e.Lines, stock.LineChange{Line: l})
	}
	return e
}
