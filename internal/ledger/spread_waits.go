package ledger

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A line that waits for units changes by itself when they arrive, so it must lie
// where its order is decided. One whose item goes to another bucket would be a leg
// as soon as one of the two leaves the slot: it stays where it is until it has its
// units, and so does its location.

// WaitingError says that a location's items cannot change places, because orders
// wait for one of them. Those that have changed stay where they are: the same
// change goes on when nobody waits any more.
type WaitingError struct {
	Item   stock.ItemKey
	Orders int       // that wait for it
	Units  stock.Qty // that they wait for
}

// Error names the product, and what is to be done.
func (e *WaitingError) Error() string {
	return fmt.Sprintf(
		"orders wait for product %q at location %q (orders: %d, units: %d): let them get their units or release them, and sell nothing ahead there until the location has changed",
		e.Item.Product, e.Item.Location, e.Orders, e.Units)
}

// rooted reports whether the line waits where the change takes its item away.
func (w waiter) rooted(k stock.ItemKey, c *stock.Spread) bool {
	own, share := stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	if k.Tenant != c.Tenant || k.Location != c.Location || own == share {
		return false
	}
	return w.bucket == own && c.On || w.bucket == share && !c.On
}

// rooted returns what keeps the location from changing in the slot as the memory
// has it: the first product in byte order that orders wait for.
func (m *memory) rooted(c *stock.Spread) error {
	m.dues()
	var first *WaitingError
	for k, queue := range m.waits.items {
		for _, w := range queue {
			first = first.meet(k, w, c)
		}
	}
	return first.orNone()
}

// rooted is that of the memory as the group would leave it.
func (g *group) rooted(c *stock.Spread) error {
	keys := map[stock.ItemKey]bool{}
	g.m.dues()
	for k := range g.m.waits.items {
		keys[k] = true
	}
	for _, t := range g.items {
		keys[t.key] = true
	}
	var first *WaitingError
	for k := range keys {
		for w := range g.queue(k) {
			first = first.meet(k, w, c)
		}
	}
	return first.orNone()
}

// meet counts the line when it is of the first product.
func (e *WaitingError) meet(k stock.ItemKey, w waiter, c *stock.Spread) *WaitingError {
	switch {
	case !w.rooted(k, c) || e != nil && e.Item.Compare(k) < 0:
		return e
	case e == nil || e.Item != k:
		e = &WaitingError{Item: k}
	}
	e.Orders++
	e.Units += w.units
	return e
}

func (e *WaitingError) orNone() error {
	if e == nil {
		return nil
	}
	return e
}

// rooted looks at all slots before anything changes. What comes after that is
// met by the record of each change.
func (v *spreader) rooted(ctx context.Context) error {
	c := stock.Spread{Tenant: v.to.Tenant, Location: v.to.Location, On: v.to.On}
	errs := make([]error, len(v.l.slots))
	for i, s := range v.l.slots {
		_, err := s.look(ctx, func(m *memory, _ stock.Time) engine.Want {
			errs[i] = m.rooted(&c)
			return engine.Want{}
		})
		if err != nil {
			return err
		}
	}
	if at := slices.IndexFunc(errs, func(err error) bool { return err != nil }); at >= 0 {
		return errs[at]
	}
	return nil
}
