package fulfil

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// partState is what a change means for the order as it is now.
type partState struct {
	now     stock.Time
	qty     stock.Qty   // kits
	lines   []Line      // the units of the components for that
	settled *KitChanged // the answer, when there is nothing to change and that is right
}

func (o *Orders) standing(ctx context.Context, p *KitChange, r *plannedChoice, kit int) (s partState, err error) {
	holds, now, err := o.books.Order(ctx, p.Order)
	if err != nil {
		return s, err
	}
	own := linesOf(holds, now, r, &r.Kits[kit])
	if len(own) == 0 {
		return s, &stock.Refusal{
			Code: stock.NotFound, Field: "reservation",
			Detail: fmt.Sprintf("order %q has no reservation of product %q", p.Order.Order, p.Product),
		}
	}
	s.now = now
	parts := r.partsOf(kit, own)
	again := false
	switch {
	case !p.moves():
		s.lines, again, err = p.deadlines(parts, own)
	case p.Op == stock.OpWithdraw:
		again, err = p.withdrawn(&s, parts, own)
	case !slices.ContainsFunc(parts, func(k kitPart) bool { return k.held > 0 }):
		if again = p.repeats(r, kit, parts, own); !again {
			err = endedRefusal(p.Product, own)
		}
	default:
		err = p.held(&s, parts)
	}
	if again {
		s.settled = &KitChanged{Event: eventOf(p, own), At: now}
	}
	return s, err
}

// held says what a release or a deduct takes of the components, which hold something. A kit
// never leaves in part: a deduct of the rest is refused where the components hold different
// numbers of kits.
func (p *KitChange) held(s *partState, parts []kitPart) error {
	rest, least := wholeKits(parts, func(k kitPart) stock.Qty { return k.held })
	n := p.Qty
	switch {
	case n > rest:
		return &stock.Refusal{Code: stock.InvalidState, State: stock.StateActive, Detail: fmt.Sprintf("the reservation holds %d of the kit, not %d: it holds %d of product %q", rest, n, least.held, least.product)}
	case n > 0 && n < rest && p.Key == "":
		return partNeedsKey("held", rest)
	case n == 0 && p.Op == stock.OpConfirm:
		for _, k := range parts {
			if k.held != rest*k.each {
				return &stock.Refusal{Code: stock.InvalidState, State: stock.StateActive, Detail: fmt.Sprintf(
					"the order does not hold whole kits: %d of product %q and %d of product %q. Name the components, or a quantity of the kit", k.held, k.product, least.held, least.product)}
			}
		}
	}
	if s.qty = n; n == 0 {
		s.qty = rest
	}
	for _, k := range parts {
		want := n * k.each
		if n == 0 {
			want = k.held
		}
		// Releases take from the last line first, deducts from the first, as within one line.
		walk := slices.All(k.lines)
		if p.Op == stock.OpRelease {
			walk = slices.Backward(k.lines)
		}
		for _, l := range walk {
			if l.End == stock.Open {
				want -= s.take(&l, min(want, l.Quantity()))
			}
		}
	}
	slices.SortFunc(s.lines, compareLines)
	return nil
}

// withdrawn says what a withdraw takes back of the components. It refuses what the books would
// refuse of one of them.
func (p *KitChange) withdrawn(s *partState, parts []kitPart, own []stock.Line) (again bool, err error) {
	some := false
	for i := range parts {
		k := &parts[i]
		may := stock.Qty(0)
		for _, l := range k.lines {
			if l.End == stock.EndExpired {
				return false, endedRefusal(p.Product, own)
			}
			may += stock.Withdrawable(&l)
		}
		k.left = min(k.left, may)
		some = some || k.left > 0
	}
	rest, _ := wholeKits(parts, func(k kitPart) stock.Qty { return k.left })
	n := p.Qty
	switch {
	case !some:
		if left := slices.IndexFunc(own, func(l stock.Line) bool { return l.Confirmed > 0 && stock.Withdrawable(&l) == 0 }); left >= 0 {
			return false, p.judgeWithdraw(&own[left], 0)
		}
		if again = n == 0 && slices.ContainsFunc(parts, func(k kitPart) bool { return k.held > 0 }); !again {
			err = endedRefusal(p.Product, own)
		}
		return again, err
	case n > rest:
		return false, &stock.Refusal{Code: stock.InvalidState, State: own[0].State(), Detail: fmt.Sprintf("%d of the kit can be taken back, not %d", rest, n)}
	case n > 0 && n < rest && p.Key == "":
		return false, partNeedsKey("deducted", rest)
	}
	if s.qty = n; n == 0 {
		s.qty = rest
	}
	for _, k := range parts {
		want := n * k.each
		if n == 0 {
			want = k.left
		}
		for _, l := range slices.Backward(k.lines) { // the last to leave come back first
			took := s.take(&l, min(want, stock.Withdrawable(&l)))
			if want -= took; took == 0 {
				continue
			}
			if err := p.judgeWithdraw(&l, took); err != nil {
				return false, err
			}
		}
	}
	slices.SortFunc(s.lines, compareLines)
	return false, nil
}

func (p *KitChange) judgeWithdraw(l *stock.Line, n stock.Qty) error {
	c := stock.Withdraw{Target: stock.Target{Order: p.Order, Item: l.Item, Qty: n, Keyed: true}, TTL: p.TTL}
	if r := c.Judge(l); r != nil {
		return r
	}
	return nil
}

// deadlines are the lines whose deadline a commit or an extend moves: those that hold units of
// the kit. A kit of which a component has expired gets no deadline.
func (p *KitChange) deadlines(parts []kitPart, own []stock.Line) (lines []Line, again bool, err error) {
	if p.Qty != 0 {
		return nil, false, refuseInvalid("quantity", "a deadline belongs to the whole reservation, not to a part of it")
	}
	hasLeft := false
	for _, k := range parts {
		hasLeft = hasLeft || k.left > 0
		for _, l := range k.lines {
			switch {
			case l.End == stock.EndExpired:
				return nil, false, endedRefusal(p.Product, own)
			case l.End != stock.Open || k.held == 0:
			case p.Op == stock.OpExtend && l.Deadline == 0:
				return nil, false, &stock.Refusal{Code: stock.InvalidState, State: l.State(), Detail: fmt.Sprintf(
					"the reservation of product %q at location %q is committed and has no deadline", l.Item.Product, l.Item.Location)}
			default:
				lines = append(lines, Line{Product: l.Item.Product, Location: l.Item.Location})
			}
		}
	}
	if len(lines) == 0 {
		if p.Op == stock.OpCommit && hasLeft {
			return nil, true, nil // it was so until the units left
		}
		return nil, false, endedRefusal(p.Product, own)
	}
	slices.SortFunc(lines, compareLines)
	return lines, false, nil
}

// take notes units of a line, if there are any, and returns how many.
func (s *partState) take(l *stock.Line, n stock.Qty) stock.Qty {
	if n > 0 {
		s.lines = append(s.lines, Line{Product: l.Item.Product, Location: l.Item.Location, Qty: n})
	}
	return n
}

// wholeKits is of how many kits the components have all, and the component that has least.
func wholeKits(parts []kitPart, has func(kitPart) stock.Qty) (kits stock.Qty, least kitPart) {
	for i, k := range parts {
		if n := has(k) / k.each; i == 0 || n < kits {
			kits, least = n, k
		}
	}
	return kits, least
}

func partNeedsKey(is string, n stock.Qty) *stock.Refusal {
	return &stock.Refusal{
		Code: stock.Invalid, Field: "quantity",
		Detail: fmt.Sprintf("a quantity below what is %s (%d) needs an Idempotency-Key: a repeat could not be told from a second part", is, n),
	}
}

// repeats reports whether a release or a deduct of a kit that holds nothing is the one that
// ended it once more: all of it, which did that, or as many kits as the last time. Under
// another key so many kits are another part, unless one call took all of them.
func (p *KitChange) repeats(r *plannedChoice, kit int, parts []kitPart, own []stock.Line) bool {
	var last *change
	final, parcels := stock.Op(0), 0
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Kit != kit || c.Refused || c.Void || c.Op == stock.OpCommit || c.Op == stock.OpExtend {
			continue
		}
		parcels++
		if final = c.Op; c.Op == p.Op {
			last = c
		}
	}
	if p.Op == stock.OpConfirm && !slices.ContainsFunc(parts, func(k kitPart) bool { return k.left > 0 }) {
		return false // what had left came back
	}
	switch {
	case p.Qty > 0 && last == nil, p.Qty > 0 && last.Qty != p.Qty:
		return false
	case p.Qty > 0:
		return p.Key == "" || parcels == 1 && last.Qty == r.Kits[kit].Qty
	case last != nil && (p.Op == stock.OpRelease || final == p.Op):
		return true
	}
	return areEnded(own, p.Op, r, kit) // all of the order was released, or deducted
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

// areEnded reports whether all lines have ended as the change ends them, apart from what
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
		if c.Wish != nil && !c.Refused {
			for _, m := range c.Wish.Moves {
				if m.Kit != but && m.Product == item.Product && m.Location == item.Location {
					n += max(-m.Qty, 0)
				}
			}
		}
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

func eventOf(p *KitChange, own []stock.Line) *stock.Event {
	e := &stock.Event{Op: p.Op, Tenant: p.Order.Tenant, Order: p.Order.Order}
	for _, l := range own {
		e.Lines = append(e.Lines, stock.LineChange{Line: l})
	}
	return e
}
