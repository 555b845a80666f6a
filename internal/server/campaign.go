package server

import (
	"math"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// This file has what quotas of campaigns and key accounts have in addition to
// figures: their rules.

// rule checks the rule of a channel.
func (f *requestForm) rule(channel string, r *holdfastv1.QuotaRule) {
	if r == nil {
		return
	}
	f.moment("rule.starts_at", r.GetStartsAt())
	f.moment("rule.ends_at", r.GetEndsAt())
	if starts, ends := r.GetStartsAt(), r.GetEndsAt(); ends != nil && starts != nil && !ends.AsTime().After(starts.AsTime()) {
		f.refuse("rule.ends_at", "must be after starts_at")
	}
	f.requireRange("rule.priority", r.GetPriority(), 0, math.MaxUint32)
	f.quantity("rule.max_units_per_order", r.GetMaxUnitsPerOrder(), 0, "")
	f.quantity("rule.max_units_per_customer", r.GetMaxUnitsPerCustomer(), 0, "")
	f.requireRange("rule.max_holds_per_customer", r.GetMaxHoldsPerCustomer(), 0, math.MaxUint32)
	f.ids("rule.lends_to", r.GetLendsTo(), stock.MaxLends, maxChannel)
	if slices.Contains(r.GetLendsTo(), channel) {
		f.refuse("rule.lends_to", "must not name the channel itself")
	}
	if r.GetLendsToAll() && len(r.GetLendsTo()) > 0 {
		f.refuse("rule.lends_to", "and lends_to_all exclude each other")
	}
}

// moment accepts a time or nothing.
func (f *requestForm) moment(field string, at *timestamppb.Timestamp) {
	if at != nil && (at.CheckValid() != nil || at.GetSeconds() <= 0) {
		f.refuse(field, "must be a time after 1970")
	}
}

// ruleOf is the rule in the request.
func ruleOf(r *holdfastv1.QuotaRule) *stock.Rule {
	if r == nil {
		return nil
	}
	lends := slices.Clone(r.GetLendsTo())
	slices.Sort(lends)
	return &stock.Rule{
		Starts: momentOf(r.GetStartsAt()), Ends: momentOf(r.GetEndsAt()), Priority: uint32(r.GetPriority()),
		MaxOrder: stock.Qty(r.GetMaxUnitsPerOrder()), MaxCustomer: stock.Qty(r.GetMaxUnitsPerCustomer()), MaxHolds: uint32(r.GetMaxHoldsPerCustomer()),
		Alone: r.DrawsShared != nil && !r.GetDrawsShared(), Lends: slices.Compact(lends), LendsAll: r.GetLendsToAll(),
	}
}

// momentOf is the time in milliseconds, 0 when it is left out.
func momentOf(at *timestamppb.Timestamp) stock.Time {
	if at == nil {
		return 0
	}
	return stock.Time(at.AsTime().UnixMilli())
}

// renderRule shows a rule, nil when there is none.
func renderRule(r *stock.Rule) *holdfastv1.QuotaRule {
	if r == nil {
		return nil
	}
	shared := !r.Alone
	return &holdfastv1.QuotaRule{
		Priority: int64(r.Priority), MaxUnitsPerOrder: int64(r.MaxOrder), MaxUnitsPerCustomer: int64(r.MaxCustomer),
		MaxHoldsPerCustomer: int64(r.MaxHolds), DrawsShared: &shared, LendsTo: r.Lends, LendsToAll: r.LendsAll, Ended: r.Ended,
		StartsAt: timeOf(r.Starts), EndsAt: timeOf(r.Ends),
	}
}
