package client

import (
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Rule is what a channel may do with its quota of a product: the rule of a campaign
// or of a key account. A zero field sets no limit. Units are smallest ones.
type Rule struct {
	// StartsAt and EndsAt bound the time in which the quota may be drawn. What
	// remains at the end returns to the shared pool automatically.
	StartsAt, EndsAt time.Time
	// Priority orders the quotas that lend: the lowest lends first.
	Priority int64
	// MaxUnitsPerOrder is the most units that one order may hold. MaxUnitsPerCustomer is
	// the most units that one customer may hold and have bought in the period.
	// MaxHoldsPerCustomer is how many open reservations a customer may have.
	MaxUnitsPerOrder, MaxUnitsPerCustomer, MaxHoldsPerCustomer int64
	// Alone denies orders on the channel the shared pool.
	Alone bool
	// LendsTo names channels that may draw this quota when theirs is not enough;
	// LendsToAll: all may.
	LendsTo    []string
	LendsToAll bool
	// Ended reports, in answers, that the end has passed and the remaining units were returned.
	Ended bool
}

func (r *Rule) message() *holdfastv1.QuotaRule {
	if r == nil {
		return nil
	}
	m := &holdfastv1.QuotaRule{
		Priority: r.Priority, MaxUnitsPerOrder: r.MaxUnitsPerOrder, MaxUnitsPerCustomer: r.MaxUnitsPerCustomer,
		MaxHoldsPerCustomer: r.MaxHoldsPerCustomer, LendsTo: r.LendsTo, LendsToAll: r.LendsToAll,
		StartsAt: stampOf(r.StartsAt), EndsAt: stampOf(r.EndsAt),
	}
	if r.Alone {
		m.DrawsShared = new(bool)
	}
	return m
}

func ruleOf(m *holdfastv1.QuotaRule) *Rule {
	if m == nil {
		return nil
	}
	return &Rule{
		Priority: m.GetPriority(), MaxUnitsPerOrder: m.GetMaxUnitsPerOrder(), MaxUnitsPerCustomer: m.GetMaxUnitsPerCustomer(),
		MaxHoldsPerCustomer: m.GetMaxHoldsPerCustomer(), Alone: m.DrawsShared != nil && !m.GetDrawsShared(),
		LendsTo: m.GetLendsTo(), LendsToAll: m.GetLendsToAll(), Ended: m.GetEnded(),
		StartsAt: timeOf(m.GetStartsAt()), EndsAt: timeOf(m.GetEndsAt()),
	}
}
