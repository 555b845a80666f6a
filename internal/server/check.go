package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// question asks how much one reserve could take of a product, at a location or,
// without one, over all.
type question struct {
	product, location, channel string
	requested                  stock.Qty
	ahead                      bool // counts what is sold before it arrives
	own                        own  // counts as free
}

// supply is the answer to a question.
type supply struct {
	available stock.Qty
	threshold stock.Qty
	tracked   bool
	onSale    bool
	items     int
	// ahead is the part of available that has not arrived yet. promised is when the first
	// of it should arrive.
	ahead    stock.Qty
	promised stock.Time
}

// add adds the part of one item. An item that is not on sale on the channel adds nothing.
func (s *supply) add(l *ledger.Level, q question) {
	if l.Item == nil {
		return
	}
	l = l.Back(q.own[l.Key])
	if s.items == 0 {
		s.tracked = true
	}
	s.items++
	if !l.Item.Sells(q.channel) {
		return
	}
	s.onSale = true
	s.tracked = s.tracked && l.Item.Tracked
	s.available = summed(s.available, l.Available(q.channel))
	if q.ahead {
		s.addAhead(l, q.channel)
	}
	s.threshold = summed(s.threshold, l.Item.Threshold)
}

func (s *supply) addAhead(l *ledger.Level, channel string) {
	n, at := l.Ahead(channel)
	s.ahead = summed(s.ahead, n)
	s.available = summed(s.available, n)
	if n > 0 && at != 0 && (s.promised == 0 || at < s.promised) {
		s.promised = at
	}
}

// answer converts it to the words of the API.
func (s *supply) answer(q question, now stock.Time) *holdfastv1.Availability {
	a := &holdfastv1.Availability{ProductId: q.product, Requested: int64(q.requested), AsOf: timeOf(now)}
	if q.location != "" {
		a.LocationId = &q.location
	}
	if s.items > 0 && s.onSale && !s.tracked {
		a.InStock, a.Status = true, inStock
		return a
	}
	n := int64(s.available)
	a.Available = &n
	a.InStock = s.onSale && s.available >= q.requested
	a.Status = statusOf(true, s.onSale, s.available, s.threshold)
	a.Promised = int64(s.ahead)
	a.PromiseDate = timeOf(s.promised)
	return a
}

func (s *inventoryChapter) checkAvailability(ctx context.Context, c *call, r *holdfastv1.CheckAvailabilityRequest) (*holdfastv1.Availability, error) {
	q := question{product: r.ProductId, location: r.LocationId, channel: r.ChannelId, requested: 1, ahead: r.AcceptPromised}
	if r.Quantity != nil {
		q.requested = stock.Qty(r.GetQuantity())
	}
	var f requestForm
	f.item(q.product, q.location)
	f.optionalID("channel_id", q.channel, maxChannel)
	f.requireRange("quantity", int64(q.requested), 1, maxQty)
	f.consistency(r.Consistency)
	f.ownOrder(r.OrderId, r.Consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.product, Location: q.location})
	if err != nil {
		return nil, err
	}
	if q.own, err = s.ownHolds(ctx, c, r.OrderId); err != nil {
		return nil, err
	}
	got, now, err := from.supply(ctx, c.tenant, q)
	if err != nil {
		return nil, err
	}
	a := got.answer(q, now)
	a.Unit, a.Scale = spell(known.Unit)
	return a, nil
}

// supply answers a question. For a kit it answers how many can be built.
func (s *readSource) supply(ctx context.Context, tenant string, q question) (*supply, stock.Time, error) {
	parts, err := s.parts(ctx, tenant, q.product)
	if err != nil {
		return nil, 0, err
	}
	if parts != nil {
		return s.kit(ctx, tenant, q, parts)
	}
	levels, now, err := s.levels(ctx, tenant, q)
	if err != nil {
		return nil, 0, err
	}
	got := new(supply)
	for i := range levels {
		got.add(&levels[i], q)
	}
	return got, now, nil
}

// levels reads the items of a question, except those at locations that take no new
// orders.
func (s *readSource) levels(ctx context.Context, tenant string, q question) ([]ledger.Level, stock.Time, error) {
	levels, now, err := s.readEveryLevel(ctx, tenant, q)
	if err == nil {
		levels, err = s.active(ctx, tenant, levels)
	}
	return levels, now, err
}

// readEveryLevel reads the items of a question at all locations.
func (s *readSource) readEveryLevel(ctx context.Context, tenant string, q question) ([]ledger.Level, stock.Time, error) {
	if q.location == "" {
		return s.product(ctx, engine.ProductKey{Tenant: tenant, Product: q.product})
	}
	return s.items(ctx, []stock.ItemKey{{Tenant: tenant, Location: q.location, Product: q.product}})
}

// active removes the levels at locations that take no new orders.
func (s *readSource) active(ctx context.Context, tenant string, levels []ledger.Level) ([]ledger.Level, error) {
	places, err := s.directory.Places(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(levels, func(l ledger.Level) bool {
		at := catalog.FindPlace(places, l.Key.Location)
		return at != nil && !at.Active
	}), nil
}
