package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// The verdicts of an explanation that are no causes (stock.Cause).
const (
	enough     = "enough"
	notEnough  = "not_enough"
	notCounted = "not_counted"
	neverKept  = "unknown"
	overOrder  = "over_order_limit"
)

func (s *accountChapter) explainAvailability(ctx context.Context, c *call, r *holdfastv1.ExplainAvailabilityRequest) (*holdfastv1.Explanation, error) {
	q := question{product: r.ProductId, location: r.LocationId, channel: r.ChannelId, requested: 1, ahead: r.AcceptPromised}
	if r.Quantity != nil {
		q.requested = stock.Qty(r.GetQuantity())
	}
	var f requestForm
	f.item(q.product, q.location)
	f.optionalID("channel_id", q.channel, maxChannel)
	f.requireRange("quantity", int64(q.requested), 1, maxQty)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: q.product, Location: q.location})
	if err != nil {
		return nil, err
	}
	parts, err := s.parts(ctx, c.tenant, q.product)
	if err != nil {
		return nil, err
	}
	explain := from.explainItems
	if parts != nil {
		explain = func(ctx context.Context, tenant string, q question) (*holdfastv1.Explanation, error) {
			return from.explainKit(ctx, tenant, q, parts)
		}
	}
	a, err := explain(ctx, c.tenant, q)
	if err != nil {
		return nil, err
	}
	a.ProductId, a.Requested = q.product, int64(q.requested)
	a.Unit, a.Scale = spell(known.Unit)
	return a, nil
}

// explainItems explains a product that has units of its own.
func (s *readSource) explainItems(ctx context.Context, tenant string, q question) (*holdfastv1.Explanation, error) {
	levels, now, err := s.readEveryLevel(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	places, err := s.directory.Places(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.Explanation{AsOf: timeOf(now)}
	var verdict reserveForecast
	var available stock.Qty
	for i := range levels {
		l := &levels[i]
		if l.Item == nil {
			continue
		}
		at := catalog.FindPlace(places, l.Key.Location)
		it, met := explainItem(l, q, at == nil || at.Active, now)
		out.Items = append(out.Items, it)
		available = summed(available, stock.Qty(it.Available))
		verdict.add(met)
	}
	out.Available = int64(available)
	out.Verdict, out.Obtains = verdict.verdict(q.requested, available)
	return out, nil
}

// explainItem explains one item, and returns why a reserve of it alone would fail: ""
// when it can draw the available units.
func explainItem(l *ledger.Level, q question, active bool, now stock.Time) (_ *holdfastv1.ItemExplanation, met string) {
	it := l.Now()
	f := it.Figures()
	out := &holdfastv1.ItemExplanation{
		LocationId: l.Key.Location, Tracked: it.Tracked, OnSale: it.OnSale, Active: active, OnHand: int64(f.OnHand),
		Oversold: -int64(it.Of(stock.Oversold)), LowStockThreshold: int64(it.Threshold), Version: int64(it.Version), UpdatedAt: timeOf(it.UpdatedAt),
	}
	for _, p := range it.Explain(q.channel, "", now) {
		if !active && (p.Cause == stock.CauseOpen || p.Cause == stock.CauseAhead) {
			p.Cause, p.At = stock.CausePlaceClosed, 0
		}
		out.Parts = append(out.Parts, unitsExplained(p))
		if p.Cause == stock.CauseOpen || q.ahead && p.Cause == stock.CauseAhead {
			out.Available += int64(p.Qty)
		}
	}
	r := it.Rule(q.channel)
	if r != nil {
		out.MaxUnitsPerOrder, out.MaxUnitsPerCustomer = int64(r.MaxOrder), int64(r.MaxCustomer)
	}
	switch {
	case !active:
		met = string(stock.CausePlaceClosed)
	case !it.OnSale:
		met = string(stock.CauseOffSale)
	case !it.Sells(q.channel):
		met = string(stock.CauseChannelOff)
	case !it.Tracked:
		met = notCounted
	case r.Over(now):
		met = string(stock.CauseOver)
	case !r.Opens(now):
		met = string(stock.CauseNotBegun)
	case r != nil && r.MaxOrder > 0 && q.requested > r.MaxOrder:
		met = overOrder
	}
	return out, met
}

func unitsExplained(p stock.Explained) *holdfastv1.UnitsExplanation {
	lot, whole, _ := p.Account.Lot()
	out := &holdfastv1.UnitsExplanation{
		Cause: string(p.Cause), Quantity: int64(p.Qty), Account: string(whole), At: timeOf(p.At), Lot: attributesOf(lot),
	}
	if of, ok := whole.Channel(); ok {
		out.ChannelId = &of
	}
	return out
}

// reserveForecast is the result of a reserve over several items. If one of them has units that can
// be drawn, those count. Otherwise the obstacle of the first counts.
type reserveForecast struct {
	items    int
	counted  bool   // one of them sells what it has
	free     bool   // one that sells is not counted
	obstacle string // of the first that sells nothing
}

func (o *reserveForecast) add(met string) {
	o.items++
	switch met {
	case "":
		o.counted = true
	case notCounted:
		o.free = true
	default:
		if o.obstacle == "" {
			o.obstacle = met
		}
	}
}

func (o *reserveForecast) verdict(requested, available stock.Qty) (verdict string, obtains int64) {
	switch {
	case o.items == 0:
		return neverKept, 0
	case o.free:
		return notCounted, int64(requested)
	case !o.counted:
		return o.obstacle, 0
	case available >= requested:
		return enough, int64(requested)
	}
	return notEnough, int64(available)
}

// explainKit explains a kit by its components.
func (s *readSource) explainKit(ctx context.Context, tenant string, q question, parts []planning.Line) (*holdfastv1.Explanation, error) {
	of, now, err := s.components(ctx, tenant, q, parts)
	if err != nil {
		return nil, err
	}
	kit := kitOf(parts, of)
	out := &holdfastv1.Explanation{AsOf: timeOf(now), Available: int64(kit.available)}
	for i, p := range parts {
		c := &holdfastv1.ComponentExplanation{ProductId: p.Product, Quantity: int64(p.Qty), Available: int64(of[i].available)}
		if of[i].counted() {
			c.Kits = new(int64(of[i].available / p.Qty))
		}
		out.Components = append(out.Components, c)
	}
	switch {
	case kit.items == 0:
		out.Verdict = neverKept
	case !kit.onSale:
		out.Verdict, out.Available = string(stock.CauseOffSale), 0
	case !kit.tracked:
		out.Verdict, out.Obtains, out.Available = notCounted, int64(q.requested), 0
	case kit.available >= q.requested:
		out.Verdict, out.Obtains = enough, int64(q.requested)
	default:
		out.Verdict, out.Obtains = notEnough, int64(kit.available)
	}
	return out, nil
}
