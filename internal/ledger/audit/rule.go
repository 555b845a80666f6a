package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// hasEnded reports whether what remained of the rule's quota has gone back.
func hasEnded(r *stock.Rule) bool { return r != nil && r.Ended }

// checkRules says what is wrong with the rules that an event changes, given the
// item before it: only an operation that sets quotas sets them, and a lapse ends
// those that are over.
func checkRules(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if len(c.Rules) > 0 && !c.Changed {
		return "rules change and the item does not"
	}
	for i := range c.Rules {
		is := &c.Rules[i]
		if slices.ContainsFunc(c.Rules[:i], func(o stock.Rule) bool { return o.Channel == is.Channel }) {
			return fmt.Sprintf("the rule of channel %q is in it twice", is.Channel)
		}
		was := from.Rule(is.Channel)
		switch e.Op {
		case stock.OpQuota:
			if is.Ended && !hasEnded(was) {
				return fmt.Sprintf("the rule of channel %q is set as one that has ended", is.Channel)
			}
		case stock.OpLapse:
			if was == nil || was.Ended || was.Ends == 0 || was.Ends > e.at {
				return fmt.Sprintf("the rule of channel %q ends before its time", is.Channel)
			}
			want := *was
			want.Ended = true
			if !want.Same(is) {
				return fmt.Sprintf("the rule of channel %q is %+v, after its end it should only have ended: %+v", is.Channel, *is, *was)
			}
			if rest := balanceAfter(from, c, stock.Quota(is.Channel)); rest != 0 {
				return fmt.Sprintf("channel %q has ended and keeps %d", is.Channel, rest)
			}
		case stock.OpMove, stock.OpAllot, stock.OpQuotaReset:
			if want := withoutWants(was); !want.Same(is) {
				return fmt.Sprintf("the rule of channel %q changes by %s", is.Channel, e.Op)
			}
		default:
			if beginsLots(from, c) && hasEnded(was) && is.Same(&stock.Rule{Channel: is.Channel}) {
				continue // it went with the record of its channel
			}
			return fmt.Sprintf("the rule of channel %q changes by %s", is.Channel, e.Op)
		}
	}
	return checkTurned(from, c, e)
}

// withoutWants is the rule when its campaign no longer sets the quota.
func withoutWants(was *stock.Rule) (r stock.Rule) {
	if was != nil {
		r = *was
	}
	r.Wants = 0
	return r
}

// checkTurned says what is wrong with the units that a turn moves: they go from
// quotas that are over to the pool, and are set aside there for orders that wait;
// or are withheld, of lots that have expired.
func checkTurned(from *stock.Item, c *stock.ItemChange, e *followedEvent) string {
	if e.Op != stock.OpLapse {
		return ""
	}
	for _, p := range c.Postings {
		if p.To == stock.Arrived(p.From) || p.From == stock.Arrived(p.To) || isExpiry(from, p, e.at) {
			continue
		}
		channel, quota := p.From.Channel()
		if r := from.Rule(channel); !quota || p.To != stock.Shared || r == nil || !r.Over(e.at) {
			return fmt.Sprintf("a turn moves %d units from %s to %s", p.Qty, p.From, p.To)
		}
	}
	return ""
}
