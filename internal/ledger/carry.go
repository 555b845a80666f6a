package ledger

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// What a home has decided is carried to the legs by whoever had it decided,
// before he answers, and by this projection of the home's log when he could
// not: at least once, and settling twice changes nothing.

const (
	// carryEvery is how often what is left to carry is looked at.
	carryEvery = 500 * time.Millisecond
	// carryLate is how long a decision is left to whoever made it.
	carryLate = 2 * time.Second
	// carryFor bounds how long the answer to a decision waits for the legs.
	carryFor = 2 * time.Second
	// legsCursor names the place in the log up to which all was carried.
	legsCursor = "legs"
)

// copies are the orders of which a line in another slot was decided here and
// may not have been carried yet. The memory's lock guards it.
type copies struct {
	orders map[stock.OrderKey]decision
	noted  engine.Seq // the newest record that had one
	stored engine.Seq // the cursor as it was last stored
}

// decision is what is left to carry of an order.
type decision struct {
	first, last engine.Seq
	since       time.Duration // of the clock; 0: not seen by the projection yet
}

func (c *copies) note(k stock.OrderKey, seq engine.Seq) {
	if c.orders == nil {
		c.orders = map[stock.OrderKey]decision{}
	}
	d, ok := c.orders[k]
	if !ok {
		d.first = seq
	}
	d.last = seq
	c.orders[k], c.noted = d, max(c.noted, seq)
}

// hurry makes the order's decisions up to the record late.
func (c *copies) hurry(k stock.OrderKey, seq engine.Seq) {
	c.note(k, max(seq, c.orders[k].last)) // the record may not have been met here yet
	d := c.orders[k]
	d.since = math.MinInt64
	c.orders[k] = d
}

// carried forgets the order's decisions up to the record.
func (c *copies) carried(k stock.OrderKey, seq engine.Seq) {
	if d, ok := c.orders[k]; ok && d.last <= seq {
		delete(c.orders, k)
	}
}

// lateOrder is an order of which decisions up to a record are to be carried.
type lateOrder struct {
	key stock.OrderKey
	seq engine.Seq
}

// late returns the orders that have waited since before the moment, in the
// order of the log.
func (c *copies) late(now, before time.Duration) []lateOrder {
	var late []lateOrder
	for k, d := range c.orders {
		switch {
		case d.since == 0:
			d.since = max(now, 1)
			c.orders[k] = d
		case d.since <= before:
			late = append(late, lateOrder{k, d.last})
		}
	}
	slices.SortFunc(late, func(a, b lateOrder) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.key.Tenant, b.key.Tenant), cmp.Compare(a.key.Order, b.key.Order))
	})
	return late
}

// upTo is the record up to which nothing is left, of a log that ends at head.
func (c *copies) upTo(head engine.Seq) engine.Seq {
	for _, d := range c.orders {
		head = min(head, d.first-1)
	}
	return head
}

// tell carries to the legs what an event at a home decided, when their buckets
// are on their way as soon as they have come. What does not succeed is left to
// the projection, which tries at once and again.
func (l *Ledger) tell(ctx context.Context, ev *stock.Event, at Position) {
	if !slices.ContainsFunc(ev.Lines, func(c stock.LineChange) bool { return c.Changed && c.Line.Copied() }) {
		return
	}
	l.slots[at.Slot].at(ctx, PointHome)
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), carryFor)
	defer cancel()
	waits, stop := context.WithTimeout(ctx, carryFor) // many may wait one after another, for one caller
	defer stop()
	order := stock.OrderKey{Tenant: ev.Tenant, Order: ev.Order}
	var lines []*stock.Line
	for i := range ev.Lines {
		if ev.Lines[i].Changed && ev.Lines[i].Line.Copied() {
			lines = append(lines, &ev.Lines[i].Line)
		}
	}
	err := l.still(waits, func() error { return l.settle(within, order, lines, ev.Note) })
	l.slots[at.Slot].told(order, at.Seq, err)
}

// told notes whether the legs have heard of the order's decisions up to the
// record.
func (s *slot) told(k stock.OrderKey, seq engine.Seq, err error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	if err != nil {
		s.m.copies.hurry(k, seq)
		return
	}
	s.m.copies.carried(k, seq)
}

// settle brings the legs of the home's lines to where these are.
func (l *Ledger) settle(ctx context.Context, order stock.OrderKey, lines []*stock.Line, note stock.Note) error {
	parts := map[*slot][]Request{}
	for _, c := range lines {
		s, b, err := l.slotOfItem(ctx, c.Item)
		if err != nil {
			return err
		}
		all := settles(order, c, note)
		for i := range all {
			all[i].about = []stock.Bucket{b}
		}
		parts[s] = append(parts[s], all...)
	}
	var all errgroup.Group
	for s, requests := range parts {
		all.Go(func() error {
			for _, res := range s.carryOut(s.apart(ctx), requests) {
				var refusal *stock.Refusal
				// A leg that was dropped, long after it ended, is not there.
				if res.Err != nil && (!errors.As(res.Err, &refusal) || refusal.Code != stock.NotFound) {
					return res.Err
				}
			}
			return nil
		})
	}
	return all.Wait()
}

// carry is the projection, for all slots.
func (l *Ledger) carry(ctx context.Context) error {
	var all sync.WaitGroup
	for _, s := range l.slots {
		all.Go(func() {
			ctx := s.apart(ctx)
			for s.o.sleep(ctx, carryEvery) == nil {
				if err := l.carrySlot(ctx, s); err != nil && ctx.Err() == nil && s.stopped() == nil {
					s.o.log.Warn("decisions are not carried to other slots", "slot", s.number, "err", err)
				}
			}
		})
	}
	all.Wait()
	return nil
}

// carrySlot carries what is late, asks the homes of legs that are past their
// deadline, and remembers how far it has come. One at a time: a second one would not
// see what the first has taken.
func (l *Ledger) carrySlot(ctx context.Context, s *slot) error {
	s.carrying.Lock()
	defer s.carrying.Unlock()
	if s.number == 0 {
		l.giveBackLate(ctx)
	}
	now := s.o.clock.Elapsed()
	s.m.mu.Lock()
	s.m.dues()
	s.m.dropLeft()
	late := s.m.copies.late(now, now-carryLate)
	overdue := s.m.legs.overdue(s.clock.Now()-toTime(carryLate), sweepSlice)
	s.m.mu.Unlock()
	defer func() {
		s.m.mu.Lock()
		s.m.dues()
		s.m.legs.giveBack(overdue)
		s.m.mu.Unlock()
	}()
	for _, o := range late {
		err := l.carryOrder(ctx, s, o.key)
		if errors.Is(err, ErrMoving) {
			continue // it is late again next time
		}
		if err != nil {
			return err
		}
		s.told(o.key, o.seq, nil)
	}
	asked := map[stock.OrderKey]bool{}
	for _, leg := range overdue {
		if k := leg.orderKey(); !asked[k] {
			asked[k] = true
			if _, err := l.resolve(ctx, s, k, false); err != nil && !errors.Is(err, ErrMoving) {
				return err
			}
		}
	}
	return s.storeCarried(ctx)
}

// carryOrder carries all that the slot has decided of the order.
func (l *Ledger) carryOrder(ctx context.Context, s *slot, k stock.OrderKey) error {
	part, _, err := s.orderPart(ctx, k)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(part.hidden, func(b stock.Bucket) bool { return part.stages.of(b) == stock.Coming }) {
		return ErrMoving
	}
	var lines []*stock.Line
	for _, h := range part.holds {
		for i := range h.Lines {
			if h.Lines[i].Copied() {
				lines = append(lines, &h.Lines[i])
			}
		}
	}
	return l.settle(ctx, k, lines, stock.Note{})
}

// storeCarried stores up to where nothing is left to carry, and forgets what
// another node has carried.
func (s *slot) storeCarried(ctx context.Context) error {
	s.m.mu.Lock()
	c := s.m.copies
	noted, stored, upTo := c.noted, c.stored, c.upTo(s.m.seq)
	s.m.mu.Unlock()
	if noted <= stored {
		return nil
	}
	at, err := s.eng.Cursor(ctx, legsCursor)
	if err != nil {
		return err
	}
	if at < upTo {
		err = s.eng.SetCursor(ctx, legsCursor, at, upTo)
		if errors.Is(err, engine.ErrMoved) {
			return nil // another node has come further
		}
		if err != nil {
			return err
		}
		at = upTo
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	c.stored = at
	for k, d := range c.orders {
		if d.last <= at {
			delete(c.orders, k)
		}
	}
	return nil
}

// recarry notes what was decided behind the stored cursor, when a slot starts.
func (s *slot) recarry(ctx context.Context) error {
	at, err := s.eng.Cursor(ctx, legsCursor)
	if err != nil {
		return err
	}
	s.m.copies.stored = at
	for at < s.m.seq {
		records, err := s.eng.Read(ctx, at, readLimit)
		if errors.Is(err, engine.ErrGone) {
			return nil // what has been archived was carried long ago
		}
		if err != nil {
			return err
		}
		if len(records) == 0 {
			return nil
		}
		for i := range records {
			if records[i].Seq > s.m.seq {
				break
			}
			v, err := stock.ParseRecord(records[i].Body)
			if err != nil {
				return errors.Join(err, engine.ErrBroken)
			}
			err = v.Events(func(_ int, ev *stock.Event) error {
				s.m.noteCopies(ev, records[i].Seq)
				return nil
			})
			if err != nil {
				return err
			}
		}
		at = records[len(records)-1].Seq
	}
	return nil
}
