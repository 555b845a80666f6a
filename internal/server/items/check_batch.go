package items

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// productLocation is the key by which the lines of a batch are summed.
type productLocation struct{ product, location string }

// batchCheck answers up to 500 lines. Equal lines are judged by their sum: otherwise two
// lines of three could both find the same four units enough.
func (s *Inventory) batchCheck(ctx context.Context, c *kit.Call, r *holdfastv1.BatchCheckRequest) (*holdfastv1.BatchCheckResponse, error) {
	if err := checkLines(r); err != nil {
		return nil, err
	}
	if c.Weigh != nil && !c.Weigh(len(r.Items)) {
		return nil, &kit.Problem{Code: kit.CodeRate, Detail: "too many lines without a key from this address", RetryAfter: kit.Wait}
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	refs := make([]catalog.Ref, len(r.Items))
	for i, it := range r.Items {
		refs[i] = catalog.Ref{Tenant: c.Tenant, Product: it.ProductId, Location: it.LocationId}
	}
	own, err := kit.OwnHolds(ctx, s.core.Books, c, r.OrderId)
	if err != nil {
		return nil, err
	}
	known, err := s.core.Directory.KnownAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	questions := make([]kit.Question, len(r.Items))
	sums := map[productLocation]stock.Qty{}
	for i, it := range r.Items {
		n, err := s.asked(ctx, c, i, it, &known[i])
		if err != nil {
			return nil, err
		}
		questions[i] = kit.Question{Product: it.ProductId, Location: it.LocationId, Channel: r.ChannelId, Requested: n, Ahead: r.AcceptPromised, Own: own}
		at := productLocation{it.ProductId, it.LocationId}
		if sums[at] += n; sums[at] > stock.MaxQty {
			return nil, kit.Invalid("items["+kit.Itoa(i)+"].quantity", "the quantities of equal lines add up to more than %d", kit.MaxQty)
		}
	}
	supplies, now, err := supplies(ctx, from, c.Tenant, questions, known)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.BatchCheckResponse{Items: make([]*holdfastv1.Availability, len(questions)), AllInStock: true}
	for i, q := range questions {
		at := productLocation{q.Product, q.Location}
		if !known[i].Product || q.Location != "" && !known[i].Location {
			out.Items[i] = unknownLine(q, now)
		} else {
			whole := q
			whole.Requested = sums[at]
			out.Items[i] = supplies[at].answer(whole, now)
			out.Items[i].Requested = int64(q.Requested)
			out.Items[i].Unit, out.Items[i].Scale = kit.Spell(known[i].Unit)
		}
		out.AllInStock = out.AllInStock && out.Items[i].InStock
	}
	return out, nil
}

func checkLines(r *holdfastv1.BatchCheckRequest) error {
	var f kit.Form
	f.OptionalID("channel_id", r.ChannelId, kit.MaxChannel)
	f.Consistency(r.Consistency)
	f.OwnOrder(r.OrderId, r.Consistency)
	if n := len(r.Items); n < 1 || n > kit.MaxChecks {
		f.Refuse("items", "must have 1 to "+kit.Itoa(kit.MaxChecks)+" elements")
		return f.Err()
	}
	for i, it := range r.Items {
		f.Enter("items", i)
		f.Item(it.GetProductId(), it.GetLocationId())
		if it.Quantity != nil || it.QuantityDecimal != "" {
			f.Quantity("quantity", it.GetQuantity(), 1, it.GetQuantityDecimal())
		}
	}
	return f.Err()
}

// asked is how many units a line asks for, in smallest units.
func (s *Inventory) asked(ctx context.Context, c *kit.Call, i int, it *holdfastv1.CheckItem, known *catalog.Knowledge) (stock.Qty, error) {
	switch {
	case it.QuantityDecimal != "":
		exact, err := s.core.Door.LookUpExactly(ctx, []catalog.Ref{{Tenant: c.Tenant, Product: it.ProductId}})
		if err != nil {
			return 0, err
		}
		known.Unit = exact[0].Unit
		return kit.Quantity{Field: "items[" + kit.Itoa(i) + "].quantity", Number: 0, Decimal: it.QuantityDecimal, Least: 1}.InUnit(known.Unit)
	case it.Quantity != nil:
		return stock.Qty(it.GetQuantity()), nil
	default:
		return 1, nil
	}
}

// supplies reads the items of the questions: all named items as of one moment, and the
// sums over locations product by product.
func supplies(ctx context.Context, s *kit.Source, tenant string, questions []kit.Question, known []catalog.Knowledge) (map[productLocation]*supply, stock.Time, error) {
	found := map[productLocation]*supply{}
	var keys []stock.ItemKey
	var now stock.Time
	for i, q := range questions {
		at := productLocation{q.Product, q.Location}
		if found[at] != nil || !known[i].Product || q.Location != "" && !known[i].Location {
			continue
		}
		parts, err := partsOf(ctx, s.Core, tenant, q.Product)
		if err != nil {
			return nil, 0, err
		}
		if parts != nil {
			built, when, err := supplyOfKit(ctx, s, tenant, q, parts)
			if err != nil {
				return nil, 0, err
			}
			found[at], now = built, earlier(now, when)
			continue
		}
		found[at] = &supply{}
		if q.Location != "" {
			keys = append(keys, stock.ItemKey{Tenant: tenant, Location: q.Location, Product: q.Product})
			continue
		}
		levels, when, err := s.Levels(ctx, tenant, q)
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
	levels, when, err := s.Items(ctx, keys)
	if err == nil {
		levels, err = s.Active(ctx, tenant, levels)
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

func unknownLine(q kit.Question, now stock.Time) *holdfastv1.Availability {
	var none int64
	a := &holdfastv1.Availability{
		ProductId: q.Product, Requested: int64(q.Requested), Available: &none, Status: kit.Unknown, AsOf: kit.TimeOf(now),
	}
	if q.Location != "" {
		a.LocationId = &q.Location
	}
	return a
}
