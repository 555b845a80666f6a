package world

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// lotPolicy says how the lots of an item are drawn.
type lotPolicy struct {
	draw     int // an index of draws
	leadDays int64
}

// The orders of drawing: by expiry where something expires and by arrival else, by
// expiry, by arrival.
const (
	usual = iota
	fefo
	fifo
)

// draws are their names.
var draws = [...]string{usual: "usual", fefo: "fefo", fifo: "fifo"}

const millisOfDay = 24 * 60 * 60 * 1000

// sells reports whether units of a lot that was not recalled may be sold.
func (p lotPolicy) sells(n int, now int64) bool {
	expires := lots[n].expires()
	return expires == 0 || now < max(1, expires-p.leadDays*millisOfDay)
}

// drawLots sets a policy. With a lead every lot that expires is off sale.
func (c *client) drawLots(cmd *command) {
	cmd.verb, cmd.draw.draw = "lot_policy", c.rnd.IntN(len(draws))
	if c.rnd.IntN(5) == 0 {
		cmd.draw.leadDays = 1
	}
}

// drawBy takes over a policy. Lots that are no longer sold under it are withheld; what
// was withheld before stays so.
func (it facts) drawBy(c *command, now int64) {
	it.policy = c.draw
	for n := range lots {
		it.arriveForSale(n, 0, now)
	}
}

// policyOf is what the log says of a policy.
func policyOf(p stock.LotPolicy) lotPolicy { return lotPolicy{int(p.Draw), int64(p.LeadDays)} }

// fitPolicy says why the answer does not show the policy of the item, "" when it does.
func (a *answer) fitPolicy(it *item) string {
	b := &a.body
	if b.Draw != draws[it.policy.draw] || b.LeadDays != it.policy.leadDays || b.Version != it.version {
		return fmt.Sprintf("the policy of %+v", *it)
	}
	return ""
}
