package ledger

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// ended reports whether what remained of the rule's quota has gone back.
func ended(r *stock.Rule) bool { return r != nil && r.Ended }

// auditRules says what is wrong with the rules that an event changes, given the
// item before it: who sets quotas sets them, and a lapse ends what is over.
func auditRules(from *stock.Item, c *stock.ItemChange, e *auditTurn) string {
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
			if is.Ended && !ended(was) {
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
			if rest := after(from, c, stock.Quota(is.Channel)); rest != 0 {
				return fmt.Sprintf("channel %q has ended and keeps %d", is.Channel, rest)
			}
		default:
			if beginsLots(from, c) && ended(was) && is.Same(&stock.Rule{Channel: is.Channel}) {
				continue // it went with the record of its channel
			}
			return fmt.Sprintf("the rule of channel %q changes by %s", is.Channel, e.Op)
		}
	}
	return auditTurned(from, c, e)
}

// auditTurned says what is wrong with the units that a turn moves: they go from
// quotas that are over to the pool, and are set aside there for orders that wait;
// or are withheld, of lots that have expired.
func auditTurned(from *stock.Item, c *stock.ItemChange, e *auditTurn) string {
	if e.Op != stock.OpLapse {
		return ""
	}
	for _, p := range c.Postings {
		if p.To == stock.Arrived(p.From) || p.From == stock.Arrived(p.To) || expires(from, p, e.at) {
			continue
		}
		channel, quota := p.From.Channel()
		if r := from.Rule(channel); !quota || p.To != stock.Shared || r == nil || !r.Over(e.at) {
			return fmt.Sprintf("a turn moves %d units from %s to %s", p.Qty, p.From, p.To)
		}
	}
	return ""
}
