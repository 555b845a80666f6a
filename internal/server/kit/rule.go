package kit

import (
	"math"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/stock"
)

// Rule checks the rule of a channel.
func (f *Form) Rule(channel string, r *holdfastv1.QuotaRule) {
	if r == nil {
		return
	}
	f.Moment("rule.starts_at", r.GetStartsAt())
	f.Moment("rule.ends_at", r.GetEndsAt())
	if starts, ends := r.GetStartsAt(), r.GetEndsAt(); ends != nil && starts != nil && !ends.AsTime().After(starts.AsTime()) {
		f.Refuse("rule.ends_at", "must be after starts_at")
	}
	f.RequireRange("rule.priority", r.GetPriority(), 0, math.MaxUint32)
	f.Quantity("rule.max_units_per_order", r.GetMaxUnitsPerOrder(), 0, "")
	f.Quantity("rule.max_units_per_customer", r.GetMaxUnitsPerCustomer(), 0, "")
	f.RequireRange("rule.max_holds_per_customer", r.GetMaxHoldsPerCustomer(), 0, math.MaxUint32)
	f.IDs("rule.lends_to", r.GetLendsTo(), stock.MaxLends, MaxChannel)
	if slices.Contains(r.GetLendsTo(), channel) {
		f.Refuse("rule.lends_to", "must not name the channel itself")
	}
	if r.GetLendsToAll() && len(r.GetLendsTo()) > 0 {
		f.Refuse("rule.lends_to", "and lends_to_all exclude each other")
	}
}

// RuleOf is the rule in the request.
func RuleOf(r *holdfastv1.QuotaRule) *stock.Rule {
	if r == nil {
		return nil
	}
	lends := slices.Clone(r.GetLendsTo())
	slices.Sort(lends)
	return &stock.Rule{
		Starts: MomentOf(r.GetStartsAt()), Ends: MomentOf(r.GetEndsAt()), Priority: uint32(r.GetPriority()),
		MaxOrder: stock.Qty(r.GetMaxUnitsPerOrder()), MaxCustomer: stock.Qty(r.GetMaxUnitsPerCustomer()), MaxHolds: uint32(r.GetMaxHoldsPerCustomer()),
		Alone: r.DrawsShared != nil && !r.GetDrawsShared(), Lends: slices.Compact(lends), LendsAll: r.GetLendsToAll(),
	}
}

// RenderRule shows a rule, nil when there is none.
func RenderRule(r *stock.Rule) *holdfastv1.QuotaRule {
	if r == nil {
		return nil
	}
	shared := !r.Alone
	return &holdfastv1.QuotaRule{
		Priority: int64(r.Priority), MaxUnitsPerOrder: int64(r.MaxOrder), MaxUnitsPerCustomer: int64(r.MaxCustomer),
		MaxHoldsPerCustomer: int64(r.MaxHolds), DrawsShared: &shared, LendsTo: r.Lends, LendsToAll: r.LendsAll, Ended: r.Ended,
		StartsAt: TimeOf(r.Starts), EndsAt: TimeOf(r.Ends),
	}
}
