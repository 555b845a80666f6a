package fulfil

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// KitChange is a call about a kit that an order has reserved: it moves units of its
// components, or their deadlines.
type KitChange struct {
	Order   stock.OrderKey
	Op      stock.Op // OpRelease, OpConfirm, OpWithdraw, OpCommit or OpExtend of package stock
	Product string   // the kit
	// Location is where the reserve named the kit. With Anywhere it may also be a kit whose
	// locations were chosen.
	Location string
	Anywhere bool
	Qty      stock.Qty  // kits; 0 for the rest
	TTL      stock.Time // of an extend or a withdraw
	Left     stock.Time // when the units left, of a confirm; 0: just now
	Note     stock.Note
	Key      string // the caller's idempotency key, "" when there is none
}

// KitChanged is the outcome of a KitChange: an event with the component lines it was about, as they
// were afterwards, and the places in the books that show it.
type KitChanged struct {
	Event     *stock.Event
	At        stock.Time
	Positions []ledger.Position
	Replayed  bool
}

// change is a call about a kit as it was decided. It is kept before the books are
// asked for the components, so that the next caller can carry it out to its end.
type change struct {
	Op   stock.Op
	Kit  int       // index into Kits
	Qty  stock.Qty // kits
	Key  [16]byte  // of the caller, zero without one
	Text string    `json:",omitempty"` // the reason
	// TTL and Left are those of the call.
	TTL  stock.Time `json:",omitempty"`
	Left stock.Time `json:",omitempty"`
	// Wish is what a change of the order asks for, of OpChange.
	Wish *wish `json:",omitempty"`
	// Lines are what it takes of the components, At when it was decided, by the books'
	// clock. Done says that the books have carried it out; Refused that they have refused
	// it, or a part of it: the lines had ended otherwise.
	Lines []Line
	At    stock.Time
	Done  bool `json:",omitempty"`
	// Void says that there was nothing to change: it was so already. Its key stands for that.
	Void    bool `json:",omitempty"`
	Refused bool `json:",omitempty"`
}

// open reports whether the books' result for the change is not yet known.
func (c *change) open() bool { return !c.Done && !c.Refused }

// changeKept is how long the next caller may carry out a change that was cut short: the
// books keep the keys of its commands for 7 days, and it must not be taken twice.
const changeKept = stock.Time(6 * 24 * 3600 * 1000)

// ChangeKit moves exactly what is held for so many kits of the order, or has left with them,
// all components or none; a commit or an extend moves the deadlines of their lines. found is
// false when the order has no such kit. The answers to repeats are those for a line of a
// plain product.
func (o *Orders) ChangeKit(ctx context.Context, p KitChange) (changed *KitChanged, found bool, err error) {
	k := p.keyed(o.choices)
	return k.carryOut(ctx, func(r *plannedChoice, number int) (*KitChanged, error) {
		return o.repeat(ctx, &p, r, number)
	}, func(rows []*plannedChoice) (*KitChanged, bool, error) {
		r, kit, err := o.find(ctx, &p, rows)
		if err != nil || r == nil {
			return nil, false, err
		}
		changed, err := o.changePlanned(ctx, k, &p, r, kit)
		return changed, true, err
	})
}

func (o *Orders) changePlanned(ctx context.Context, k *keyedChange, p *KitChange, r *plannedChoice, kit int) (*KitChanged, error) {
	if last := len(r.Changes) - 1; last >= 0 && r.Changes[last].open() {
		if err := o.finish(ctx, p.Order, r, last); err != nil {
			return nil, err
		}
	}
	s, err := o.standing(ctx, p, r, kit)
	var refusal *stock.Refusal
	if s.settled != nil || errors.As(err, &refusal) {
		// The books were read after the row: a twin of this part may have made the changes
		// of the lines since then.
		if stale := o.unchanged(ctx, r); stale != nil {
			return nil, stale
		}
	}
	if err != nil {
		return nil, k.keepRefusal(ctx, err)
	}
	c := change{Op: p.Op, Kit: kit, Qty: s.qty, Key: k.id, Text: p.Note.Reason, TTL: p.TTL, Left: p.Left, Lines: s.lines, At: s.now}
	if s.settled != nil {
		if p.Key != "" {
			c.Qty, c.Left, c.Lines, c.Done, c.Void = p.Qty, 0, nil, true, true // its key stands for that
			_, err = o.keepChange(ctx, k, r, c)
		}
		return s.settled, err
	}
	if p.Key == "" && !p.moves() {
		return o.submit(ctx, p.Order, &c, func(Line) string { return "" }) // the same once more does the same
	}
	kept, err := o.keepChange(ctx, k, r, c)
	if err != nil {
		return nil, err
	}
	return o.carryOut(ctx, p.Order, kept, len(kept.Changes)-1)
}

// keepChange keeps a change of the row, and its key, before the books are asked for it. It returns the row with it.
func (o *Orders) keepChange(ctx context.Context, k *keyedChange, r *plannedChoice, c change) (*plannedChoice, error) {
	p := r.plan
	p.Changes = append(slices.Clone(p.Changes), c)
	choice, err := r.next(p)
	if err == nil {
		err = o.choices.Choose(ctx, choice, k.keyed(""))
	}
	if err != nil {
		return nil, err
	}
	return &plannedChoice{Choice: *choice, plan: p}, nil
}

// moves reports whether the change moves units.
func (p *KitChange) moves() bool { return p.Op != stock.OpCommit && p.Op != stock.OpExtend }

// unchanged is catalog.ErrStale when the row has changed since it was read.
func (o *Orders) unchanged(ctx context.Context, r *plannedChoice) error {
	choices, _, err := o.choices.Choices(ctx, r.Tenant, r.Order, nil)
	if err == nil && !slices.ContainsFunc(choices, func(c catalog.Choice) bool { return c.Number == r.Number && c.Version == r.Version }) {
		err = catalog.ErrStale
	}
	return err
}

// carryOut asks the books for the components of a change and notes the outcome. Each
// component is a command of its own, under a key that follows from the change: it is taken
// once however often this is done.
func (o *Orders) carryOut(ctx context.Context, order stock.OrderKey, r *plannedChoice, number int) (*KitChanged, error) {
	c := &r.Changes[number]
	changed, err := o.submit(ctx, order, c, func(l Line) string { return r.bookedPart(number, l) })
	var refusal *stock.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return nil, err
	}
	if c.open() {
		if err := o.note(ctx, r, number, refusal); err != nil {
			return nil, err
		}
	}
	return changed, err
}

// submit asks the books for the components of a change.
func (o *Orders) submit(ctx context.Context, order stock.OrderKey, c *change, key func(Line) string) (*KitChanged, error) {
	requests := make([]ledger.Request, 0, len(c.Lines)+1)
	for _, l := range c.Lines {
		requests = append(requests, ledger.Request{Command: c.command(order, l), Key: key(l)})
	}
	if c.Wish != nil {
		r, err := o.wished(ctx, order, c, key(Line{}))
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
	changed := &KitChanged{Event: &stock.Event{Op: c.Op, Tenant: order.Tenant, Order: order.Order}}
	var refusal *stock.Refusal
	for _, res := range o.books.Submit(ctx, requests...) {
		if res.Err != nil {
			if !errors.As(res.Err, &refusal) {
				return nil, res.Err
			}
			continue
		}
		changed.Event.Lines = append(changed.Event.Lines, res.Event.Lines...)
		changed.Positions = append(changed.Positions, res.Position)
		changed.At = max(changed.At, res.At)
	}
	if refusal != nil {
		return nil, refusal
	}
	return changed, nil
}

// command is what the change asks of one line of a component.
func (c *change) command(order stock.OrderKey, l Line) stock.Command {
	t := stock.Target{Order: order, Item: stock.ItemKey{Tenant: order.Tenant, Location: l.Location, Product: l.Product}, Qty: l.Qty, Keyed: true}
	note := stock.Note{Reason: c.Text}
	switch c.Op {
	case stock.OpConfirm:
		return stock.Confirm{Target: t, At: c.Left, Note: note}
	case stock.OpWithdraw:
		return stock.Withdraw{Target: t, TTL: c.TTL, Note: note}
	case stock.OpCommit:
		return stock.Commit{Target: t, Note: note}
	case stock.OpExtend:
		return stock.Extend{Target: t, TTL: c.TTL, Note: note}
	}
	return stock.Release{Target: t, Note: note}
}

// note keeps the books' result for a change.
func (o *Orders) note(ctx context.Context, r *plannedChoice, number int, refusal *stock.Refusal) error {
	p := r.plan
	p.Changes = slices.Clone(p.Changes)
	c := &p.Changes[number]
	c.Done, c.Refused = refusal == nil, refusal != nil
	if c.Wish != nil && refusal != nil && refusal.Code == stock.VersionConflict {
		c.Key = [16]byte{} // the caller's key stands for the change that is made up anew
	}
	choice, err := r.next(p)
	if err == nil {
		err = o.choices.Choose(ctx, choice, nil)
	}
	if errors.Is(err, catalog.ErrStale) {
		err = nil // somebody else has noted it and continued
	}
	return err
}

// bookedPart is the idempotency key under which the books keep the outcome of one component
// of a change; see booked.
func (r *plannedChoice) bookedPart(number int, l Line) string {
	return strings.Join([]string{"\x00kit", r.Order, strconv.Itoa(r.Number), strconv.Itoa(number), l.Location, l.Product}, "\x00")
}

// finish carries out a change that was cut short, so that the next one is judged by what is
// left. A change that is too old stays as it is.
func (o *Orders) finish(ctx context.Context, order stock.OrderKey, r *plannedChoice, number int) error {
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
	return catalog.ErrStale // the row has changed: look again
}
