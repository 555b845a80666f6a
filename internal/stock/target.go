package stock

import (
	"fmt"
	"slices"
)

// Target names the lines of an order that a command is about: the line of
// one item, or, with Item.Product empty, all.
type Target struct {
	Order OrderKey
	// Item may name a lot: then only the line's units of that lot are meant, or,
	// when it has none, of those that have all its attributes.
	Item ItemKey
	// Qty is how many units, 0 for all that is held. It needs Item.
	Qty Qty
	// Keyed says that the command has an idempotency key. A command about a part of the
	// held units needs one.
	Keyed bool
}

// Aim is the target of a command.
func (t Target) Aim() Target { return t }

// SetKeyed notes whether the command has an idempotency key.
func (t *Target) SetKeyed(keyed bool) { t.Keyed = keyed }

// Reach says what the command needs to be judged.
func (t Target) Reach() Reach {
	if t.isWholeOrder() {
		return Reach{Order: t.Order}
	}
	return Reach{Items: []ItemKey{t.Item.Whole()}, Order: t.Order}
}

func (t Target) isWholeOrder() bool { return t.Item.Product == "" }

func (t Target) check() *Refusal {
	if r := checkOrder(t.Order); r != nil {
		return r
	}
	if t.isWholeOrder() {
		switch {
		case t.Qty != 0:
			return invalid("quantity", "a quantity needs product_id")
		case t.Item.Location != "" || t.Item.Lot != "":
			return invalid("location_id", "a location_id needs product_id")
		}
		return nil
	}
	if r := checkItem(t.Item); r != nil {
		return r
	}
	if r := t.Item.LotOf().check(t.Item); r != nil {
		return r
	}
	if t.Item.Tenant != t.Order.Tenant {
		return invalid("tenant", "the item must be of the order's tenant")
	}
	return checkQty("quantity", t.Qty, 0)
}

// repeats reports whether the command, about a line that has ended, is the one that ended it once
// more: all of it, which did that, or as many units as the last time. A repeat under its key finds its
// own outcome, so that many units under another key are another part, unless one call took the whole
// line: last is all that calls of this kind took, and no unit went otherwise.
func (t Target) repeats(ended bool, last, all, otherwise Qty) bool {
	switch {
	case t.Qty == 0:
		return ended
	case !t.Keyed:
		return t.Qty == last
	}
	return t.Qty == last && last == all && otherwise == 0
}

// placed is a line and the bucket it is in.
type placed struct {
	bucket Bucket
	line   *Line
}

// lines returns the lines that are meant.
func (t Target) lines(s State) ([]placed, error) {
	holds := s.Order(t.Order)
	if !slices.ContainsFunc(holds, func(h *Hold) bool { return len(h.Lines) > 0 }) {
		return nil, UnknownOrder(t.Order)
	}
	if t.isWholeOrder() {
		decided := slices.DeleteFunc(collectLines(holds), func(p placed) bool { return p.line.Follows() })
		if len(decided) == 0 {
			return nil, &Elsewhere{Homes: homes(holds)}
		}
		return decided, nil
	}
	var leg *Elsewhere
	for _, h := range holds {
		switch l := h.Find(t.Item.Whole()); {
		case l == nil:
		case l.Follows():
			leg = &Elsewhere{Homes: []Bucket{h.Calls[l.Call].HomeBucket}}
		default:
			return []placed{{h.Key.Bucket, l}}, nil
		}
	}
	if leg != nil {
		return nil, leg
	}
	return nil, NotReserved(t.Order, t.Item)
}

// NotReserved refuses a command about a line that the order does not have.
func NotReserved(k OrderKey, item ItemKey) *Refusal {
	return &Refusal{
		Code: NotFound, Field: "reservation",
		Detail: fmt.Sprintf("order %q has no reservation of product %q at location %q", k.Order, item.Product, item.Location),
	}
}

// UnknownOrder refuses a command about an order that is not known.
func UnknownOrder(k OrderKey) *Refusal {
	return &Refusal{Code: NotFound, Field: "order", Detail: fmt.Sprintf("order %q is not known", k.Order)}
}

func collectLines(holds []*Hold) []placed {
	n := 0
	for _, h := range holds {
		n += len(h.Lines)
	}
	all := make([]placed, 0, n)
	for _, h := range holds {
		for i := range h.Lines {
			all = append(all, placed{h.Key.Bucket, &h.Lines[i]})
		}
	}
	return all
}

// judge is the rule of one line of a target. It may change the line, and post to the draft
// of its item, and reports whether it did; or it returns why the line forbids it. d is nil
// when the line has ended and when its units are in another slot.
type judge func(l *Line, d *draft) (changed bool, r *Refusal)

// judgeEach judges every line that is meant. The command is granted when at least one line takes
// it or is already in that state; lines that have ended otherwise stay as they are. If an
// active line forbids a confirm, it forbids it for all lines: no order leaves in part when
// it was to leave whole.
func (t Target) judgeEach(s State, now Time, op Op, note Note, rule judge) (Event, error) {
	if r := t.check(); r != nil {
		return Event{}, r
	}
	lines, err := t.lines(s)
	if err != nil {
		return Event{}, err
	}
	e := Event{Op: op, Tenant: t.Order.Tenant, Order: t.Order.Order, Lines: make([]LineChange, len(lines)), Note: note}
	var refused *Refusal
	granted := false
	for i, p := range lines {
		c := &e.Lines[i]
		*c = LineChange{Bucket: p.bucket, Line: p.line.At(now)}
		active := c.Line.End == Open
		r, err := checkNotKept(&c.Line), error(nil)
		if r != nil && r.Field == ThroughRedis {
			return Event{}, r // soon it can be judged together with the others
		}
		if r == nil || op == OpCommit && c.Line.Deadline == 0 {
			r, err = e.turn(s, now, c, rule, len(lines)-i)
		}
		switch {
		case err != nil:
			return Event{}, err
		case r != nil && active && op == OpConfirm:
			return Event{}, r
		case r == nil:
			granted = true
		case refused == nil || r.Code == Expired:
			refused = r
		}
	}
	if !granted {
		return Event{}, refused
	}
	return e, nil
}

// turn lets the rule change one line and books its postings. An item is in the event only
// when its line changed.
func (e *Event) turn(s State, now Time, c *LineChange, rule judge, left int) (*Refusal, error) {
	back := e.Op == OpWithdraw && c.Line.Confirmed > 0
	if c.Line.End != Open && !back {
		_, r := rule(&c.Line, nil)
		return r, nil
	}
	if c.Line.Copied() {
		changed, r := rule(&c.Line, nil)
		if changed {
			c.Changed, c.Line.UpdatedAt = true, now
		}
		return r, nil
	}
	it, err := heldItem(s, e.Order, &c.Line)
	if err != nil {
		return nil, err
	}
	if e.Items == nil {
		e.Items = make([]ItemChange, 0, left)
	}
	e.Items = append(e.Items, ItemChange{})
	was := c.Line
	d := edit(it, &e.Items[len(e.Items)-1])
	changed, r := rule(&c.Line, &d)
	if !changed {
		e.Items = e.Items[:len(e.Items)-1]
		return r, nil
	}
	c.Changed = true
	c.Line.UpdatedAt = now
	if err := d.end(now, "quantity"); err != nil {
		return nil, err
	}
	return nil, e.use(s, now, c.Bucket, &was, &c.Line)
}

// heldItem returns the item of an open line. If the item, or anything drawn, is missing,
// the books are broken.
func heldItem(s State, order string, l *Line) (*Item, error) {
	it := s.Item(l.Item)
	if it == nil || l.End == Open && l.Quantity() <= 0 {
		return nil, fmt.Errorf("%w: order %q holds %d of product %q at location %q, opened: %t",
			ErrBroken, order, l.Quantity(), l.Item.Product, l.Item.Location, it != nil)
	}
	return it, nil
}

// units is how many units of an open line the target asks for.
func (t Target) units(l *Line) (Qty, *Refusal) {
	if lot := t.Item.LotOf(); lot != "" {
		return t.unitsOf(lot, l)
	}
	held := l.Quantity()
	switch {
	case t.Qty == 0:
		return held, nil
	case t.Qty > held:
		return 0, &Refusal{
			Code: InvalidState, State: l.State(),
			Detail: fmt.Sprintf("the reservation holds %d, not %d", held, t.Qty),
		}
	case t.Qty < held && !t.Keyed:
		return 0, partNeedsKey(held)
	}
	return t.Qty, nil
}

func partNeedsKey(held Qty) *Refusal {
	return invalid("quantity",
		"a quantity below what is held (%d) needs an Idempotency-Key: a repeat could not be told from a second part", held)
}

// refuseEnded refuses to change a line that no longer holds anything.
func refuseEnded(l *Line) *Refusal {
	code := InvalidState
	if l.End == EndExpired {
		code = Expired
	}
	return &Refusal{
		Code: code, State: l.State(),
		Detail: fmt.Sprintf("the reservation of product %q at location %q has ended: %s", l.Item.Product, l.Item.Location, l.State()),
	}
}

// checkOrder refuses a key that cannot name an order.
func checkOrder(k OrderKey) *Refusal {
	if k.Order == "" {
		return invalid("order_id", "order_id is missing")
	}
	if k.Tenant == "" {
		return invalid("tenant", "the tenant is missing")
	}
	return nil
}

// Named returns the item whose line is meant; false when all lines are.
func (t Target) Named() (ItemKey, bool) { return t.Item.Whole(), !t.isWholeOrder() }
