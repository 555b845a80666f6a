package ledger

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Delivery carries the decisions of homes in one slot to the legs in other slots,
// when the node that had them made could not. It is what a projection of the slot's
// log needs (feed.EntryOutput), and runs as long as the ledger does. Any number of
// nodes may run it.
type Delivery struct {
	l     *legs
	s     *slot.Slot
	hurry chan struct{}

	mu sync.Mutex
	// told is what is known of the decisions behind the cursor, from the log and
	// from the callers on this node that had them made.
	told map[decision]*telling
	// held are the legs in the slot whose homes may not have decided, and the latest
	// decisions.
	held map[heldLeg]*waitingLeg
}

// decision is what a record decided of an order.
type decision struct {
	order stock.OrderKey
	seq   engine.Seq
}

// telling is how far a decision has been carried. It is finished once as many of
// its entries have reached their legs as the record has.
type telling struct {
	entries int // taken in
	told    int // carried by the callers on this node that had them made
	failed  bool
	carried bool          // all of them, by Save
	since   time.Duration // of the slot's clock; an entry that was taken in again has waited before
}

// isUndelivered reports whether the decision may not have reached its legs.
func (t *telling) isUndelivered() bool {
	return !t.carried && t.entries > 0 && (t.failed || t.told < t.entries)
}

const (
	// DeliveryName is the name of the projection, and of its cursor.
	DeliveryName = "legs"
	// DeliveryPace is the time between two saves.
	DeliveryPace = 500 * time.Millisecond
)

func newDelivery(l *legs, s *slot.Slot) *Delivery {
	return &Delivery{l: l, s: s, hurry: make(chan struct{}, 1), told: map[decision]*telling{}, held: map[heldLeg]*waitingLeg{}}
}

// Deliveries returns the delivery of each slot, by number; none when there is one slot.
func (l *Ledger) Deliveries() []*Delivery {
	if len(l.slots) == 1 {
		return nil
	}
	return l.legs.deliveries
}

// Hurry has a signal when something has to be carried at once.
func (d *Delivery) Hurry() <-chan struct{} { return d.hurry }

// Apply takes in the entries of the next record.
func (d *Delivery) Apply(seq engine.Seq, entries []*stock.Event) {
	if decided := d.note(seq, entries); len(decided) > 0 {
		d.l.noteDecided(decided)
	}
}

// note is Apply in the slot. It returns the legs that it decides about as a home.
func (d *Delivery) note(seq engine.Seq, entries []*stock.Event) (decided []heldLeg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ev := range entries {
		if ev == nil {
			continue
		}
		decided = append(decided, d.noteLegs(seq, ev)...)
		decides, fills := slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return isDecision(ev, &c) }),
			slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return fills(ev, &c) })
		if !decides && !fills {
			continue
		}
		t := d.track(decision{stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}, seq})
		t.entries++
		t.failed = t.failed || fills && d.s.AtHome() // no other node carries it
	}
	return decided
}

// isDecision reports whether the event decides about a line whose leg has to follow.
// For a reserve call, and for units that a leg received, the legs have informed the
// home.
func isDecision(ev *stock.Event, c *stock.LineChange) bool {
	switch ev.Op {
	case stock.OpPlace, stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		return false
	}
	return c.Changed && c.Line.Copied()
}

// fills reports whether the event is about a leg that received the units it waited
// for, or has made the copy of a leg that may have received some before.
func fills(ev *stock.Event, c *stock.LineChange) bool {
	switch ev.Op {
	case stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		return c.Changed && c.Line.Follows()
	case stock.OpPlace, stock.OpPart:
		return c.Changed && c.Line.AwaitsAway()
	}
	return false
}

// track returns what is known of a decision, and makes the cursor wait for the
// decision.
func (d *Delivery) track(x decision) *telling {
	t := d.told[x]
	if t == nil {
		t = &telling{since: d.s.Elapsed()}
		d.told[x] = t
	}
	return t
}

// tell notes that this node has carried an entry of a decision, or could not.
func (d *Delivery) tell(k stock.OrderKey, seq engine.Seq, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.track(decision{k, seq})
	if err == nil {
		t.told++
		return
	}
	t.failed = true
	select {
	case d.hurry <- struct{}{}:
	default:
	}
}

// Cursor returns up to where all decisions have reached their legs.
func (d *Delivery) Cursor(ctx context.Context) (engine.Seq, error) {
	at, err := d.s.Engine().Cursor(ctx, DeliveryName)
	if err == nil {
		d.forget(at)
	}
	return at, err
}

// Save carries the decisions that their callers did not carry in time, and moves the
// cursor to the position before the first decision that is left.
func (d *Delivery) Save(ctx context.Context, from, to engine.Seq) (engine.Seq, error) {
	if late := d.late(); len(late) > 0 {
		at, err := d.Cursor(ctx)
		if err != nil {
			return from, err
		}
		if at != from {
			return from, engine.ErrMoved // another node has carried them
		}
		for some := range slices.Chunk(late, carryOrders) {
			if err := d.carry(ctx, some); err != nil {
				return from, err
			}
		}
	}
	if err := d.settleUndecided(d.s.Apart(ctx)); err != nil {
		return from, err
	}
	reached := d.reached(to)
	if reached == from {
		return from, nil
	}
	if err := d.s.Engine().SetCursor(ctx, DeliveryName, from, reached); err != nil {
		return from, err
	}
	d.forget(reached)
	return reached, nil
}

// carry carries the decisions about the orders, for each as many as it can.
func (d *Delivery) carry(ctx context.Context, late []lateOrder) error {
	orders := make([]stock.OrderKey, len(late))
	for i := range late {
		orders[i] = late[i].key
	}
	results, err := d.l.carryOrders(d.s.Apart(ctx), d.s, orders)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, o := range late {
		switch {
		case results[i] == nil:
			for _, t := range o.decisions {
				t.carried = true
			}
		case !errors.Is(results[i], slot.ErrMoving): // else it is late again next time
			err = results[i]
		}
	}
	return err
}

// Full reports false: there is never too much.
func (d *Delivery) Full() bool { return false }

// Reset forgets the entries that were taken in, which come again, but not how long
// they have waited.
func (d *Delivery) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.told {
		t.entries = 0
	}
}

// lateOrder is an order with decisions that have to be carried.
type lateOrder struct {
	key       stock.OrderKey
	decisions []*telling
	last      engine.Seq
}

// late returns the orders that are no longer left to the callers that had them
// decided, in the order of the log.
func (d *Delivery) late() []lateOrder {
	patience := carryLate
	if !d.s.AtHome() {
		patience = carryLast
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.s.Elapsed() - patience
	found := map[stock.OrderKey]lateOrder{}
	for x, t := range d.told {
		if t.isUndelivered() && (t.failed || t.since <= before) {
			o := found[x.order]
			found[x.order] = lateOrder{x.order, append(o.decisions, t), max(o.last, x.seq)}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b lateOrder) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.key.Tenant, b.key.Tenant), cmp.Compare(a.key.Order, b.key.Order))
	})
}

// reached is the record up to which all decisions are carried.
func (d *Delivery) reached(to engine.Seq) engine.Seq {
	d.mu.Lock()
	defer d.mu.Unlock()
	for x, t := range d.told {
		if t.isUndelivered() {
			to = min(to, x.seq-1)
		}
	}
	return d.waitsFor(to)
}

// forget drops what is known of decisions up to the record: they do not come again.
func (d *Delivery) forget(upTo engine.Seq) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.told, func(x decision, _ *telling) bool { return x.seq <= upTo })
	d.forgetHeld(upTo)
}

// isBehind reports whether decisions have not reached their legs in the time in which
// the callers that had them made are answered.
func (d *Delivery) isBehind() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.s.Elapsed() - carryFor
	for _, t := range d.told {
		if t.isUndelivered() && (t.failed || t.since <= before) {
			return true
		}
	}
	return false
}

// waiting is how many orders have decisions that may not have reached their legs.
func (d *Delivery) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	orders := map[stock.OrderKey]bool{}
	for x, t := range d.told {
		if t.isUndelivered() {
			orders[x.order] = true
		}
	}
	return len(orders)
}
