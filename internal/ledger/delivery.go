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

// Delivery carries what homes in one slot have decided to the legs in other slots,
// where whoever had it decided could not. It is what a projection of the slot's log
// needs (feed.EntryOutput); it runs for as long as the ledger does. Any
// number of nodes may run it.
type Delivery struct {
	l     *legs
	s     *slot.Slot
	hurry chan struct{}

	mu sync.Mutex
	// told is what is known of the decisions behind the cursor, from the log and from
	// those who had them decided.
	told map[decision]*telling
}

// decision is what a record decided of an order.
type decision struct {
	order stock.OrderKey
	seq   engine.Seq
}

// telling is how far a decision has come. It is for good once as many of its entries
// have reached their legs as the record has.
type telling struct {
	entries int // taken in
	told    int // carried by those on this node who had them decided
	failed  bool
	carried bool          // all of them, by Save
	since   time.Duration // of the slot's clock; what was taken in again has waited before
}

// waits reports whether the decision may not have reached its legs.
func (t *telling) waits() bool {
	return !t.carried && t.entries > 0 && (t.failed || t.told < t.entries)
}

const (
	// DeliveryName is the name of the projection, and of its cursor.
	DeliveryName = "legs"
	// DeliveryPace is how often it is to be saved.
	DeliveryPace = 500 * time.Millisecond
)

func newDelivery(l *legs, s *slot.Slot) *Delivery {
	return &Delivery{l: l, s: s, hurry: make(chan struct{}, 1), told: map[decision]*telling{}}
}

// Deliveries returns that of each slot, by number; none when there is one slot.
func (l *legs) Deliveries() []*Delivery {
	if len(l.slots) == 1 {
		return nil
	}
	return l.deliveries
}

// Hurry has a signal when something is to be carried at once.
func (d *Delivery) Hurry() <-chan struct{} { return d.hurry }

// Apply takes in the entries of the next record.
func (d *Delivery) Apply(seq engine.Seq, entries []*stock.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ev := range entries {
		if ev == nil {
			continue
		}
		decides, fills := slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return decides(ev, &c) }),
			slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return fills(ev, &c) })
		if !decides && !fills {
			continue
		}
		t := d.of(decision{stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}, seq})
		t.entries++
		t.failed = t.failed || fills && d.s.AtHome() // nobody else carries it
	}
}

// decides reports whether the event decides of a line whose leg is to follow. Of a
// reserve call the legs have told the home, and so they have of what they got.
func decides(ev *stock.Event, c *stock.LineChange) bool {
	switch ev.Op {
	case stock.OpPlace, stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		return false
	}
	return c.Changed && c.Line.Copied()
}

// fills reports whether the event is of a leg that got what it waited for, or has made
// the copy of one that may have got some before.
func fills(ev *stock.Event, c *stock.LineChange) bool {
	switch ev.Op {
	case stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		return c.Changed && c.Line.Follows()
	case stock.OpPlace, stock.OpPart:
		return c.Changed && c.Line.AwaitsAway()
	}
	return false
}

// of is what is known of a decision; from now on it is waited for.
func (d *Delivery) of(x decision) *telling {
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
	t := d.of(decision{k, seq})
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

// Save carries the decisions that whoever made them had time to carry, and moves the
// cursor to before the first that is left.
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

// carry carries what was decided of the orders, of each as much as can be.
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

// Full reports that it is never too much.
func (d *Delivery) Full() bool { return false }

// Reset forgets what was taken in, not for how long it has waited: it comes again.
func (d *Delivery) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.told {
		t.entries = 0
	}
}

// lateOrder is an order of which decisions are to be carried.
type lateOrder struct {
	key       stock.OrderKey
	decisions []*telling
	last      engine.Seq
}

// late returns the orders that are no longer left to whoever decided, in the order
// of the log.
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
		if t.waits() && (t.failed || t.since <= before) {
			o := found[x.order]
			found[x.order] = lateOrder{x.order, append(o.decisions, t), max(o.last, x.seq)}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b lateOrder) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.key.Tenant, b.key.Tenant), cmp.Compare(a.key.Order, b.key.Order))
	})
}

// reached is the record up to which nothing is left.
func (d *Delivery) reached(to engine.Seq) engine.Seq {
	d.mu.Lock()
	defer d.mu.Unlock()
	for x, t := range d.told {
		if t.waits() {
			to = min(to, x.seq-1)
		}
	}
	return to
}

// forget drops what is known of decisions up to the record: they do not come again.
func (d *Delivery) forget(upTo engine.Seq) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.told, func(x decision, _ *telling) bool { return x.seq <= upTo })
}

// behind reports whether decisions have not reached their legs in the time in which
// whoever made them answers.
func (d *Delivery) behind() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.s.Elapsed() - carryFor
	for _, t := range d.told {
		if t.waits() && (t.failed || t.since <= before) {
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
		if t.waits() {
			orders[x.order] = true
		}
	}
	return len(orders)
}
