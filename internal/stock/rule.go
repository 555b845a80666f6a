package stock

import (
	"cmp"
	"fmt"
	"slices"
)

// Rule is what a campaign or a key account may do with its quota of one item. A rule that
// is zero except for Channel is empty; an item keeps no such rule.
type Rule struct {
	Channel string
	// Starts and Ends bound the time in which the quota may be drawn: from Starts, until
	// before Ends; 0: no bound.
	Starts, Ends Time
	// Priority: of several that lend, the lowest gives first.
	Priority uint32
	// MaxOrder is the most units of the item that one order may hold, MaxCustomer
	// the most that one customer may hold and have bought, MaxHolds how many
	// open order lines a customer may have; 0: no limit.
	MaxOrder, MaxCustomer Qty
	MaxHolds              uint32
	// Alone keeps the channel from the shared pool: it draws its own quota, and quotas that
	// are lent to it.
	Alone bool
	// Lends names the channels that may draw the quota, by name; LendsAll: all
	// may.
	Lends    []string
	LendsAll bool
	// Ended says that the rest of the quota at the end has gone back to the pool.
	Ended bool
	// Wants is the quota that a campaign's document wants. It is 0 once somebody has set the
	// quota or the rule by hand: then the document no longer changes the quota by itself.
	Wants Qty
}

// MaxLends is how many channels a quota may be lent to by name; a rule that lends to more
// lends to all.
const MaxLends = 100

// Same reports whether the rules are the same in every field.
func (r *Rule) Same(o *Rule) bool {
	a, b := *r, *o
	a.Lends, b.Lends = nil, nil
	return slices.Equal(r.Lends, o.Lends) && a.Channel == b.Channel && a.Starts == b.Starts && a.Ends == b.Ends &&
		a.Priority == b.Priority && a.MaxOrder == b.MaxOrder && a.MaxCustomer == b.MaxCustomer && a.MaxHolds == b.MaxHolds &&
		a.Alone == b.Alone && a.LendsAll == b.LendsAll && a.Ended == b.Ended && a.Wants == b.Wants
}

// SaysSame reports whether the rules say the same to orders, whoever set them.
func (r *Rule) SaysSame(o *Rule) bool {
	a, b := Rule{}, Rule{}
	if r != nil {
		a = *r
	}
	if o != nil {
		b = *o
	}
	a.Channel, a.Ended, a.Wants = b.Channel, b.Ended, b.Wants
	return a.Same(&b)
}

// AtTill is what of the rule counts in the books of a till: its time and its limits. Which quota a
// till draws is decided where it gets its units.
func (r *Rule) AtTill() Rule {
	return Rule{Channel: r.Channel, Starts: r.Starts, Ends: r.Ends, MaxOrder: r.MaxOrder, MaxCustomer: r.MaxCustomer, MaxHolds: r.MaxHolds}
}

// Says reports whether the rule says anything.
func (r *Rule) Says() bool { return !r.isEmpty() }

// isEmpty reports whether the rule is empty.
func (r *Rule) isEmpty() bool { return r.Same(&Rule{Channel: r.Channel}) }

// Opens reports whether the quota may be drawn now.
func (r *Rule) Opens(now Time) bool { return r == nil || now >= r.Starts && !r.Over(now) }

// Over reports whether its time is over for good.
func (r *Rule) Over(now Time) bool { return r != nil && (r.Ended || r.Ends != 0 && now >= r.Ends) }

// lends reports whether the channel may draw the quota.
func (r *Rule) lends(channel string) bool {
	if r.LendsAll {
		return r.Channel != channel
	}
	_, named := slices.BinarySearch(r.Lends, channel)
	return named
}

// limitsCustomers reports whether the rule limits what a customer may have.
func (r *Rule) limitsCustomers() bool { return r != nil && (r.MaxCustomer > 0 || r.MaxHolds > 0) }

// validate reports what can never be true of a rule.
func (r *Rule) validate() error {
	switch {
	case r.Starts < 0 || r.Ends < 0 || r.Ends != 0 && r.Ends <= r.Starts:
		return fmt.Errorf("rule of channel %q is from %d to %d", r.Channel, r.Starts, r.Ends)
	case min(r.MaxOrder, r.MaxCustomer, r.Wants) < 0:
		return fmt.Errorf("rule of channel %q has limits below zero", r.Channel)
	case r.Ended && r.Ends == 0:
		return fmt.Errorf("rule of channel %q has ended and has no end", r.Channel)
	}
	return nil
}

// Rule returns the item's rule of the channel, nil when it has none.
func (i *Item) Rule(channel string) *Rule {
	if len(i.Rules) == 0 {
		return nil
	}
	at, ok := i.findRule(channel)
	if !ok {
		return nil
	}
	return &i.Rules[at]
}

func (i *Item) findRule(channel string) (at int, ok bool) {
	return slices.BinarySearchFunc(i.Rules, channel, func(r Rule, id string) int { return cmp.Compare(r.Channel, id) })
}

// setRule stores the rule, or removes it when it is empty. The caller owns i.Rules.
func (i *Item) setRule(r Rule) {
	at, ok := i.findRule(r.Channel)
	switch {
	case ok && r.isEmpty():
		i.Rules = slices.Delete(i.Rules, at, at+1)
		if len(i.Rules) == 0 {
			i.Rules = nil
		}
	case ok:
		i.Rules[at] = r
	case !r.isEmpty():
		i.Rules = slices.Insert(i.Rules, at, r)
	}
}

// check says why a rule cannot be set; nil when it can.
func (r *Rule) check() *Refusal {
	switch {
	case r.Starts < 0:
		return invalid("starts_at", "a campaign cannot start before 1970")
	case r.Ends < 0 || r.Ends != 0 && r.Ends <= r.Starts:
		return invalid("ends_at", "a campaign must end after it starts")
	case len(r.Lends) > MaxLends:
		return invalid("lends_to", "a quota may be lent to at most %d channels by name, there are %d", MaxLends, len(r.Lends))
	case r.LendsAll && len(r.Lends) > 0:
		return invalid("lends_to", "a quota is lent to all or to those named, not both")
	}
	for _, l := range []struct {
		name string
		qty  Qty
	}{{"max_units_per_order", r.MaxOrder}, {"max_units_per_customer", r.MaxCustomer}, {"quota", r.Wants}} {
		if bad := checkQty(l.name, l.qty, 0); bad != nil {
			return bad
		}
	}
	for n, id := range r.Lends {
		if !Quota(id).Valid() || id == r.Channel || n > 0 && r.Lends[n-1] >= id {
			return invalid("lends_to", "the channels that a quota is lent to must be others, each once and in order: %q", id)
		}
	}
	return nil
}
