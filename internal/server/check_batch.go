package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// productLocation is the key by which the lines of a batch are summed.
type productLocation struct{ product, location string }

// batchCheck answers up to 500 lines. Equal lines are judged by their sum: otherwise two
// lines of three could both find the same four units enough.
func (s *inventoryChapter) batchCheck(ctx context.Context, c *call, r *holdfastv1.BatchCheckRequest) (*holdfastv1.BatchCheckResponse, error) {
	if err := checkLines(r); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	refs := make([]catalog.Ref, len(r.Items))
	for i, it := range r.Items {
		refs[i] = catalog.Ref{Tenant: c.tenant, Product: it.ProductId, Location: it.LocationId}
	}
	own, err := s.ownHolds(ctx, c, r.OrderId)
	if err != nil {
		return nil, err
	}
	known, err := s.directory.KnownAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	questions := make([]question, len(r.Items))
	sums := map[productLocation]stock.Qty{}
	for i, it := range r.Items {
		n, err := s.asked(ctx, c, i, it, &known[i])
		if err != nil {
			return nil, err
		}
		questions[i] = question{it.ProductId, it.LocationId, r.ChannelId, n, r.AcceptPromised, own}
		at := productLocation{it.ProductId, it.LocationId}
		if sums[at] += n; sums[at] > stock.MaxQty {
			return nil, invalid("items["+itoa(i)+"].quantity", "the quantities of equal lines add up to more than %d", maxQty)
		}
	}
	supplies, now, err := from.supplies(ctx, c.tenant, questions, known)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.BatchCheckResponse{Items: make([]*holdfastv1.Availability, len(questions)), AllInStock: true}
	for i, q := range questions {
		at := productLocation{q.product, q.location}
		if !known[i].Product || q.location != "" && !known[i].Location {
			out.Items[i] = unknownLine(q, now)
		} else {
			whole := q
			whole.requested = sums[at]
			out.Items[i] = supplies[at].answer(whole, now)
			out.Items[i].Requested = int64(q.requested)
			out.Items[i].Unit, out.Items[i].Scale = spell(known[i].Unit)
		}
		out.AllInStock = out.AllInStock && out.Items[i].InStock
	}
	return out, nil
}

func checkLines(r *holdfastv1.BatchCheckRequest) error {
	var f requestForm
	f.optionalID("channel_id", r.ChannelId, maxChannel)
	f.consistency(r.Consistency)
	f.ownOrder(r.OrderId, r.Consistency)
	if n := len(r.Items); n < 1 || n > maxChecks {
		f.refuse("items", "must have 1 to "+itoa(maxChecks)+" elements")
		return f.err()
	}
	for i, it := range r.Items {
		f.enter("items", i)
		f.item(it.GetProductId(), it.GetLocationId())
		if it.Quantity != nil || it.QuantityDecimal != "" {
			f.quantity("quantity", it.GetQuantity(), 1, it.GetQuantityDecimal())
		}
	}
	return f.err()
}

// asked is how many units a line asks for, in smallest units.
func (s *inventoryChapter) asked(ctx context.Context, c *call, i int, it *holdfastv1.CheckItem, known *catalog.Knowledge) (stock.Qty, error) {
	switch {
	case it.QuantityDecimal != "":
		exact, err := s.door.LookUpExactly(ctx, []catalog.Ref{{Tenant: c.tenant, Product: it.ProductId}})
		if err != nil {
			return 0, err
		}
		known.Unit = exact[0].Unit
		return quantity{"items[" + itoa(i) + "].quantity", 0, it.QuantityDecimal, 1}.inUnit(known.Unit)
	case it.Quantity != nil:
		return stock.Qty(it.GetQuantity()), nil
	default:
		return 1, nil
	}
}

// supplies reads the items of the questions: all named items as of one moment, and the
// sums over locations product by product.
func (s *readSource) supplies(ctx context.Context, tenant string, questions []question, known []catalog.Knowledge) (map[productLocation]*supply, stock.Time, error) {
	found := map[productLocation]*supply{}
	var keys []stock.ItemKey
	var now stock.Time
	for i, q := range questions {
		at := productLocation{q.product, q.location}
		if found[at] != nil || !known[i].Product || q.location != "" && !known[i].Location {
			continue
		}
		parts, err := s.parts(ctx, tenant, q.product)
		if err != nil {
			return nil, 0, err
		}
		if parts != nil {
			kit, when, err := s.kit(ctx, tenant, q, parts)
			if err != nil {
				return nil, 0, err
			}
			found[at], now = kit, earlier(now, when)
			continue
		}
		found[at] = &supply{}
		if q.location != "" {
			keys = append(keys, stock.ItemKey{Tenant: tenant, Location: q.location, Product: q.product})
			continue
		}
		levels, when, err := s.levels(ctx, tenant, q)
		if err != nil {
			return nil, 0, err
		}
		for j := range levels {
			found[at].add(&levels[j], q)
		}
		now = earlier(now, when)
	}
	if len(keys) == 0 && now != 0 {
		return found, now, nil
	}
	levels, when, err := s.items(ctx, keys)
	if err == nil {
		levels, err = s.active(ctx, tenant, levels)
	}
	if err != nil {
		return nil, 0, err
	}
	for j := range levels {
		found[productLocation{levels[j].Key.Product, levels[j].Key.Location}].add(&levels[j], questions[0])
	}
	return found, earlier(now, when), nil
}

// earlier is the earlier of two times, of which a is 0 before there is one.
func earlier(a, b stock.Time) stock.Time {
	if a == 0 {
		return b
	}
	return min(a, b)
}

func unknownLine(q question, now stock.Time) *holdfastv1.Availability {
	var none int64
	a := &holdfastv1.Availability{
		ProductId: q.product, Requested: int64(q.requested), Available: &none, Status: unknown, AsOf: timeOf(now),
	}
	if q.location != "" {
		a.LocationId = &q.location
	}
	return a
}
