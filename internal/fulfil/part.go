package fulfil

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// Part is a release or a deduct of a kit that an order has reserved.
type Part struct {
	Order   stock.OrderKey
	Op      stock.Op // stock.OpRelease or stock.OpConfirm
	Product string   // the kit
	// Location is where the reserve named the kit. With Anywhere it may also be
	// one whose locations were chosen.
	Location string
	Anywhere bool
	Qty      stock.Qty // kits; 0 for the rest
	Note     stock.Note
	Key      string // the caller's idempotency key, "" when there is none
}

// Parted is what became of a Part: an event with the component lines it was
// about, as they were afterwards, and the places in the books that show it.
type Parted struct {
	Event     *stock.Event
	At        stock.Time
	Positions []ledger.Position
	Replayed  bool
}

// change is a release or deduct of a kit as it was decided. It is kept before
// the books are asked for the components, so that whoever comes next carries
// it out to its end.
type change struct {
	Op   stock.Op
	Kit  int       // index into Kits
	Qty  stock.Qty // kits
	Key  [16]byte  // of the caller, zero without one
	Text string    `json:",omitempty"` // the reason
	// Lines are what it takes of the components, At when it was decided, by the
	// books' clock. Done says that the books have carried it out.
	Lines []Line
	At    stock.Time
	Done  bool `json:",omitempty"`
}

// changeKept is for how long a change that was cut short is carried out by who
// comes next: the books keep the keys it is sent under for 7 days, and it must
// not be taken twice.
const changeKept = stock.Time(6 * 24 * 3600 * 1000)

// Part gives back, or lets leave, exactly what is held for so many kits of the
// order, all components or none. found is false when the order has no such
// kit. The answers to repeats are those for a line of a plain product.
func (o *Orders) Part(ctx context.Context, p Part) (parted *Parted, found bool, err error) {
	for range maxRounds {
		choices, _, err := o.choices.Choices(ctx, p.Order.Tenant, p.Order.Order, nil)
		if err != nil {
			return nil, false, err
		}
		rows, err := readRows(choices)
		if err != nil {
			return nil, false, err
		}
		r, kit := p.find(rows)
		if r == nil {
			return nil, false, nil
		}
		parted, err := o.part(ctx, &p, r, kit)
		if !errors.Is(err, catalog.ErrStale) {
			return parted, true, err
		}
	}
	return nil, true, ErrContended
}

// find returns the newest call of the order that has the kit, and which of its
// kits that is.
func (p *Part) find(rows []*row) (*row, int) {
	for _, r := range slices.Backward(rows) {
		for i, k := range r.Kits {
			if !r.None && k.Product == p.Product && (k.Location == p.Location || k.Location == "" && p.Anywhere) {
				return r, i
			}
		}
	}
	return nil, 0
}

func (o *Orders) part(ctx context.Context, p *Part, r *row, kit int) (*Parted, error) {
	key := [16]byte{}
	if p.Key != "" {
		key = keyID(strconv.Itoa(int(p.Op)), p.Key)
		for i := range r.Changes {
			c := &r.Changes[i]
			switch {
			case c.Key != key:
			case c.Kit != kit || c.Text != p.Note.Reason || p.Qty != 0 && p.Qty != c.Qty:
				return nil, ledger.ErrKeyReused
			default:
				parted, err := o.carryOut(ctx, p.Order, r, i)
				if parted != nil {
					parted.Replayed = true
				}
				return parted, err
			}
		}
	}
	if last := len(r.Changes) - 1; last >= 0 && !r.Changes[last].Done {
		if err := o.finish(ctx, p.Order, r, last); err != nil {
			return nil, err
		}
	}
	s, err := o.standing(ctx, p, r, kit)
	if err != nil || s.settled != nil {
		return s.settled, err
	}
	choice, err := r.with(change{Op: p.Op, Kit: kit, Qty: s.qty, Key: key, Text: p.Note.Reason, Lines: s.lines, At: s.now})
	if err == nil {
		err = o.choices.Choose(ctx, choice, nil)
	}
	if err != nil {
		return nil, err
	}
	changed, err := readRows([]catalog.Choice{*choice})
	if err != nil {
		return nil, err
	}
	return o.carryOut(ctx, p.Order, changed[0], len(changed[0].Changes)-1)
}

// with is the row with one change more.
func (r *row) with(c change) (*catalog.Choice, error) {
	p := r.plan
	p.Changes = append(slices.Clone(p.Changes), c)
	return r.next(p)
}

// carryOut asks the books for the components of a change and notes that it is
// done. Each component is a command of its own, under a key that follows from
// the change: it is taken once however often this is done.
func (o *Orders) carryOut(ctx context.Context, order stock.OrderKey, r *row, number int) (*Parted, error) {
	c := &r.Changes[number]
	requests := make([]ledger.Request, len(c.Lines))
	for i, l := range c.Lines {
		t := stock.Target{Order: order, Item: stock.ItemKey{Tenant: order.Tenant, Location: l.Location, Product: l.Product}, Qty: l.Qty, Keyed: true}
		var command stock.Command = stock.Release{Target: t, Note: stock.Note{Reason: c.Text}}
		if c.Op == stock.OpConfirm {
			command = stock.Confirm{Target: t, Note: stock.Note{Reason: c.Text}}
		}
		requests[i] = ledger.Request{Command: command, Key: r.bookedPart(number, l)}
	}
	parted := &Parted{Event: &stock.Event{Op: c.Op, Tenant: order.Tenant, Order: order.Order}}
	for _, res := range o.books.Submit(ctx, requests...) {
		if res.Err != nil {
			return nil, res.Err
		}
		parted.Event.Lines = append(parted.Event.Lines, res.Event.Lines...)
		parted.Positions = append(parted.Positions, res.Position)
		parted.At = max(parted.At, res.At)
	}
	if c.Done {
		return parted, nil
	}
	p := r.plan
	p.Changes = slices.Clone(p.Changes)
	p.Changes[number].Done = true
	choice, err := r.next(p)
	if err == nil {
		err = o.choices.Choose(ctx, choice, nil)
	}
	if errors.Is(err, catalog.ErrStale) {
		err = nil // somebody else has noted it, and gone on
	}
	return parted, err
}

// bookedPart is the idempotency key under which the books keep what became of
// one component of a change; see booked.
func (r *row) bookedPart(number int, l Line) string {
	return strings.Join([]string{"\x00kit", r.Order, strconv.Itoa(r.Number), strconv.Itoa(number), l.Location, l.Product}, "\x00")
}

// finish carries out a change that was cut short, so that the next one is
// judged by what is left. What is too old stays as it is.
func (o *Orders) finish(ctx context.Context, order stock.OrderKey, r *row, number int) error {
	_, now, err := o.books.Order(ctx, order)
	if err != nil {
		return err
	}
	if now-r.Changes[number].At > changeKept {
		return nil
	}
	var refusal *stock.Refusal
	if _, err := o.carryOut(ctx, order, r, number); err != nil && !errors.As(err, &refusal) {
		return err
	}
	if refusal != nil {
		return nil // its lines have ended since: nothing is left to take
	}
	return catalog.ErrStale // the row has changed: look again
}

// standing is what a part comes to as the order stands.
type standing struct {
	now     stock.Time
	qty     stock.Qty // kits
	lines   []Line    // what that takes of the components
	settled *Parted   // the answer, when there is nothing to take and that is right
}

func (o *Orders) standing(ctx context.Context, p *Part, r *row, kit int) (s standing, err error) {
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
	rest, last := k.Qty, stock.Qty(0)
	for _, c := range r.Changes {
		if c.Kit == kit {
			rest -= c.Qty
			if c.Op == p.Op {
				last = c.Qty
			}
		}
	}
	s.now = now
	again := &Parted{Event: eventOf(p, own), At: now}
	switch {
	case rest == 0 && last > 0 && (p.Qty == 0 || p.Qty == last):
		s.settled = again // the same once more
		return s, nil
	case p.Qty == 0 && ended(own, p.Op):
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
func linesOf(holds []*stock.Hold, now stock.Time, r *row, k *Kit) (own []stock.Line) {
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

// share is what so many kits take of the component lines: releases from the
// last line, deducts from the first, as within one line.
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

// ended reports whether all lines have ended as the operation ends them.
func ended(own []stock.Line, op stock.Op) bool {
	released := false
	for _, l := range own {
		if l.End == stock.Open || op == stock.OpConfirm && l.End != stock.EndConfirmed {
			return false
		}
		released = released || l.Released > 0 && l.End != stock.EndExpired
	}
	return op == stock.OpConfirm || released
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

func eventOf(p *Part, own []stock.Line) *stock.Event {
	e := &stock.Event{Op: p.Op, Tenant: p.Order.Tenant, Order: p.Order.Order}
	for _, l := range own {
		e.Lines = append(e.Lines, stock.LineChange{Line: l})
	}
	return e
}
