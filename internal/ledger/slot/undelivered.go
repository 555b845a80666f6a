package slot

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
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

// LateOrder is an order of which decisions up to a record are to be carried.
type LateOrder struct {
	Key stock.OrderKey
	Seq engine.Seq
}

// late returns the orders that have waited since before the moment, in the
// order of the log.
func (c *copies) late(now, before time.Duration) []LateOrder {
	var late []LateOrder
	for k, d := range c.orders {
		switch {
		case d.since == 0:
			d.since = max(now, 1)
			c.orders[k] = d
		case d.since <= before:
			late = append(late, LateOrder{k, d.last})
		}
	}
	slices.SortFunc(late, func(a, b LateOrder) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Key.Tenant, b.Key.Tenant), cmp.Compare(a.Key.Order, b.Key.Order))
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

// Told notes whether the legs have heard of the order's decisions up to the
// record.
func (s *Slot) Told(k stock.OrderKey, seq engine.Seq, err error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	if err != nil {
		s.m.copies.hurry(k, seq)
		return
	}
	s.m.copies.carried(k, seq)
}

// StoreDelivered stores up to where nothing is left to carry, and forgets what
// another node has carried.
func (s *Slot) StoreDelivered(ctx context.Context) error {
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

// FindUndelivered notes what was decided behind the stored cursor, when a slot starts.
func (s *Slot) FindUndelivered(ctx context.Context) error {
	at, err := s.eng.Cursor(ctx, legsCursor)
	if err != nil {
		return err
	}
	s.m.copies.stored = at
	for at < s.m.seq {
		records, err := s.eng.Read(ctx, at, ReadLimit)
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

// Undelivered returns the orders of which decisions have waited for longer than
// grace to be carried to their legs, in the order of the log.
func (s *Slot) Undelivered(grace time.Duration) []LateOrder {
	now := s.o.clock.Elapsed()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	return s.m.copies.late(now, now-grace)
}

// legsCursor names the place in the log up to which all was carried.
const legsCursor = "legs"
