package items

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/server/kit"
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

func (s *Inventory) explainAvailability(ctx context.Context, c *kit.Call, r *holdfastv1.ExplainAvailabilityRequest) (*holdfastv1.Explanation, error) {
	q := kit.Question{Product: r.ProductId, Location: r.LocationId, Channel: r.ChannelId, Requested: 1, Ahead: r.AcceptPromised}
	if r.Quantity != nil {
		q.Requested = stock.Qty(r.GetQuantity())
	}
	var f kit.Form
	f.Item(q.Product, q.Location)
	f.OptionalID("channel_id", q.Channel, kit.MaxChannel)
	f.RequireRange("quantity", int64(q.Requested), 1, kit.MaxQty)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, "")
	if err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: q.Product, Location: q.Location})
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(ctx, s.core, c.Tenant, q.Product)
	if err != nil {
		return nil, err
	}
	var a *holdfastv1.Explanation
	if parts != nil {
		a, err = explainKit(ctx, from, c.Tenant, q, parts)
	} else {
		a, err = explainItems(ctx, from, c.Tenant, q)
	}
	if err != nil {
		return nil, err
	}
	a.ProductId, a.Requested = q.Product, int64(q.Requested)
	a.Unit, a.Scale = kit.Spell(known.Unit)
	return a, nil
}

// explainItems explains a product that has units of its own.
func explainItems(ctx context.Context, s *kit.Source, tenant string, q kit.Question) (*holdfastv1.Explanation, error) {
	levels, now, err := s.ReadEveryLevel(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	places, err := s.Core.Directory.Places(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.Explanation{AsOf: kit.TimeOf(now)}
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
		available = kit.Summed(available, stock.Qty(it.Available))
		verdict.add(met)
	}
	out.Available = int64(available)
	out.Verdict, out.Obtains = verdict.verdict(q.Requested, available)
	return out, nil
}

// explainItem explains one item, and returns why a reserve of it alone would fail: ""
// when it can draw the available units.
func explainItem(l *ledger.Level, q kit.Question, active bool, now stock.Time) (_ *holdfastv1.ItemExplanation, met string) {
	it := l.Now()
	f := it.Figures()
	out := &holdfastv1.ItemExplanation{
		LocationId: l.Key.Location, Tracked: it.Tracked, OnSale: it.OnSale, Active: active, OnHand: int64(f.OnHand),
		Oversold: -int64(it.Of(stock.Oversold)), LowStockThreshold: int64(it.Threshold), Version: int64(it.Version), UpdatedAt: kit.TimeOf(it.UpdatedAt),
	}
	for _, p := range it.Explain(q.Channel, "", now) {
		if !active && (p.Cause == stock.CauseOpen || p.Cause == stock.CauseAhead) {
			p.Cause, p.At = stock.CausePlaceClosed, 0
		}
		out.Parts = append(out.Parts, unitsExplained(p))
		if p.Cause == stock.CauseOpen || q.Ahead && p.Cause == stock.CauseAhead {
			out.Available += int64(p.Qty)
		}
	}
	r := it.Rule(q.Channel)
	if r != nil {
		out.MaxUnitsPerOrder, out.MaxUnitsPerCustomer = int64(r.MaxOrder), int64(r.MaxCustomer)
	}
	switch {
	case !active:
		met = string(stock.CausePlaceClosed)
	case !it.OnSale:
		met = string(stock.CauseOffSale)
	case !it.Sells(q.Channel):
		met = string(stock.CauseChannelOff)
	case !it.Tracked:
		met = notCounted
	case r.Over(now):
		met = string(stock.CauseOver)
	case !r.Opens(now):
		met = string(stock.CauseNotBegun)
	case r != nil && r.MaxOrder > 0 && q.Requested > r.MaxOrder:
		met = overOrder
	}
	return out, met
}

func unitsExplained(p stock.Explained) *holdfastv1.UnitsExplanation {
	lot, whole, _ := p.Account.Lot()
	out := &holdfastv1.UnitsExplanation{
		Cause: string(p.Cause), Quantity: int64(p.Qty), Account: string(whole), At: kit.TimeOf(p.At), Lot: kit.AttributesOf(lot),
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
func explainKit(ctx context.Context, s *kit.Source, tenant string, q kit.Question, parts []planning.Line) (*holdfastv1.Explanation, error) {
	of, now, err := components(ctx, s, tenant, q, parts)
	if err != nil {
		return nil, err
	}
	built := kitOf(parts, of)
	out := &holdfastv1.Explanation{AsOf: kit.TimeOf(now), Available: int64(built.available)}
	for i, p := range parts {
		c := &holdfastv1.ComponentExplanation{ProductId: p.Product, Quantity: int64(p.Qty), Available: int64(of[i].available)}
		if of[i].counted() {
			c.Kits = new(int64(of[i].available / p.Qty))
		}
		out.Components = append(out.Components, c)
	}
	switch {
	case built.items == 0:
		out.Verdict = neverKept
	case !built.onSale:
		out.Verdict, out.Available = string(stock.CauseOffSale), 0
	case !built.tracked:
		out.Verdict, out.Obtains, out.Available = notCounted, int64(q.Requested), 0
	case built.available >= q.Requested:
		out.Verdict, out.Obtains = enough, int64(q.Requested)
	default:
		out.Verdict, out.Obtains = notEnough, int64(built.available)
	}
	return out, nil
}
