package ledger

import (
	"cmp"
	"context"
	"errors"
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
	// untold are the orders of which decisions were taken in and are not known to
	// have reached their legs.
	untold map[stock.OrderKey]decision
	// done is up to which record this node has carried decisions of an order itself.
	done map[stock.OrderKey]engine.Seq
	rush bool // nothing is left to those who decided
}

// decision is what is left to carry of an order.
type decision struct {
	first, last engine.Seq
	since       time.Duration // of the slot's clock
}

const (
	// DeliveryName is the name of the projection, and of its cursor.
	DeliveryName = "legs"
	// DeliveryPace is how often it is to be saved.
	DeliveryPace = 500 * time.Millisecond
)

func newDelivery(l *legs, s *slot.Slot) *Delivery {
	return &Delivery{l: l, s: s, hurry: make(chan struct{}, 1), untold: map[stock.OrderKey]decision{}, done: map[stock.OrderKey]engine.Seq{}}
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
		if ev == nil || ev.Op == stock.OpPlace { // its legs told the home
			continue
		}
		if !slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return c.Changed && c.Line.Copied() }) {
			continue
		}
		k := stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}
		if d.done[k] >= seq {
			continue
		}
		t, ok := d.untold[k]
		if !ok {
			t = decision{first: seq, since: d.s.Elapsed()}
		}
		t.last = seq
		d.untold[k] = t
	}
}

// told notes that this node has carried the order's decisions up to the record, or
// could not.
func (d *Delivery) told(k stock.OrderKey, seq engine.Seq, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.rush = true
		select {
		case d.hurry <- struct{}{}:
		default:
		}
		return
	}
	d.done[k] = max(d.done[k], seq)
	if t, ok := d.untold[k]; ok && t.last <= seq {
		delete(d.untold, k)
	}
}

// Cursor returns up to where all decisions have reached their legs.
func (d *Delivery) Cursor(ctx context.Context) (engine.Seq, error) {
	return d.s.Engine().Cursor(ctx, DeliveryName)
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
			d.forget(at)
			return from, engine.ErrMoved // another node has carried them
		}
		for _, o := range late {
			err := d.l.carryOrder(d.s.Apart(ctx), d.s, o.key)
			if errors.Is(err, slot.ErrMoving) {
				continue // it is late again next time
			}
			if err != nil {
				return from, err
			}
			d.told(o.key, o.last, nil)
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

// Full reports that it is never too much.
func (d *Delivery) Full() bool { return false }

// Reset forgets what was taken in.
func (d *Delivery) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.untold)
}

// lateOrder is an order of which decisions up to a record are to be carried.
type lateOrder struct {
	key  stock.OrderKey
	last engine.Seq
}

// late returns the orders that are no longer left to whoever decided, in the order
// of the log.
func (d *Delivery) late() (late []lateOrder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.s.Elapsed() - carryLate
	for k, t := range d.untold {
		if d.rush || t.since <= before {
			late = append(late, lateOrder{k, t.last})
		}
	}
	d.rush = false
	slices.SortFunc(late, func(a, b lateOrder) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.key.Tenant, b.key.Tenant), cmp.Compare(a.key.Order, b.key.Order))
	})
	return late
}

// reached is the record up to which nothing is left.
func (d *Delivery) reached(to engine.Seq) engine.Seq {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.untold {
		to = min(to, t.first-1)
	}
	return to
}

// forget drops what this node has carried up to the record: it does not come again.
func (d *Delivery) forget(upTo engine.Seq) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, seq := range d.done {
		if seq <= upTo {
			delete(d.done, k)
		}
	}
}

// waiting is how many orders have decisions that may not have reached their legs.
func (d *Delivery) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.untold)
}
