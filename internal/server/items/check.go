package items

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

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
func (s *supply) add(l *ledger.Level, q kit.Question) {
	if l.Item == nil {
		return
	}
	l = l.Back(q.Own[l.Key])
	if s.items == 0 {
		s.tracked = true
	}
	s.items++
	if !l.Item.Sells(q.Channel) {
		return
	}
	s.onSale = true
	s.tracked = s.tracked && l.Item.Tracked
	s.available = kit.Summed(s.available, l.Available(q.Channel))
	if q.Ahead {
		s.addAhead(l, q.Channel)
	}
	s.threshold = kit.Summed(s.threshold, l.Item.Threshold)
}

func (s *supply) addAhead(l *ledger.Level, channel string) {
	n, at := l.Ahead(channel)
	s.ahead = kit.Summed(s.ahead, n)
	s.available = kit.Summed(s.available, n)
	if n > 0 && at != 0 && (s.promised == 0 || at < s.promised) {
		s.promised = at
	}
}

// answer converts it to the words of the API.
func (s *supply) answer(q kit.Question, now stock.Time) *holdfastv1.Availability {
	a := &holdfastv1.Availability{ProductId: q.Product, Requested: int64(q.Requested), AsOf: kit.TimeOf(now)}
	if q.Location != "" {
		a.LocationId = &q.Location
	}
	if s.items > 0 && s.onSale && !s.tracked {
		a.InStock, a.Status = true, kit.InStock
		return a
	}
	n := int64(s.available)
	a.Available = &n
	a.InStock = s.onSale && s.available >= q.Requested
	a.Status = kit.StatusOf(true, s.onSale, s.available, s.threshold)
	a.Promised = int64(s.ahead)
	a.PromiseDate = kit.TimeOf(s.promised)
	return a
}

func (s *Inventory) checkAvailability(ctx context.Context, c *kit.Call, r *holdfastv1.CheckAvailabilityRequest) (*holdfastv1.Availability, error) {
	q := kit.Question{Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Requested: 1, Ahead: r.AcceptPromised}
	if r.Quantity != nil {
		q.Requested = stock.Qty(r.GetQuantity())
	}
	var f kit.Form
	f.Item(q.Product, q.Location)
	f.OptionalID("channel_id", q.Channel, kit.MaxChannel)
	f.RequireRange("quantity", int64(q.Requested), 1, kit.MaxQty)
	f.Consistency(r.Consistency)
	f.OwnOrder(r.OrderId, r.Consistency)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location})
	if err != nil {
		return nil, err
	}
	if q.Own, err = kit.OwnHolds(ctx, s.core.Books, c, r.OrderId); err != nil {
		return nil, err
	}
	got, now, err := supplyOf(ctx, from, c.Tenant, q)
	if err != nil {
		return nil, err
	}
	a := got.answer(q, now)
	a.Unit, a.Scale = kit.Spell(known.Unit)
	return a, nil
}

// supply answers a question. For a kit it answers how many can be built.
func supplyOf(ctx context.Context, s *kit.Source, tenant string, q kit.Question) (*supply, stock.Time, error) {
	parts, err := partsOf(ctx, s.Core, tenant, q.Product)
	if err != nil {
		return nil, 0, err
	}
	if parts != nil {
		return supplyOfKit(ctx, s, tenant, q, parts)
	}
	levels, now, err := s.Levels(ctx, tenant, q)
	if err != nil {
		return nil, 0, err
	}
	got := new(supply)
	for i := range levels {
		got.add(&levels[i], q)
	}
	return got, now, nil
}
