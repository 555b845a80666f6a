package world

import "fmt"

// In some runs of one slot, clients follow scripts: calls about one order whose chances of meeting
// each other are small among calls that are made up one by one.

// join makes up the calls, one after another, of an order that has a product at two locations, and
// then wants all of it at one. Mostly the lines differ in their deadline, or in whether they are
// committed.
func join(c *client, cmd *command) {
	const calls = 6
	order, n := fmt.Sprintf("j-%s-%d", c.name, c.joined/calls), c.joined%calls
	c.joined++
	cmd.item, cmd.key = itemKey{"p0", c.w.locations[n%2]}, "k"
	switch n {
	case 0, 1:
		cmd.verb, cmd.qty = "restock", 3
	case 2, 3:
		cmd.verb, cmd.order, cmd.ttl, cmd.lines = "reserve", order, c.someTime(), []demand{{cmd.item, 1}}
		cmd.item = itemKey{}
	case 4:
		cmd.verb, cmd.order = []string{"commit", "check"}[c.rnd.IntN(2)], order
		if cmd.reads() {
			cmd.order, cmd.key = "", ""
		}
	default:
		cmd.verb, cmd.order, cmd.to = "relocate", order, c.w.locations[0]
	}
}

// comeBack makes up the calls, one after another, of an order whose units leave and come back, some
// of them more than once.
func comeBack(c *client, cmd *command) {
	const calls = 6
	order, n := fmt.Sprintf("b-%s-%d", c.name, c.back/calls), c.back%calls
	c.back++
	cmd.item, cmd.key = itemKey{"p0", c.w.locations[0]}, "k"
	switch n {
	case 0:
		cmd.verb, cmd.qty = "restock", 3
	case 1:
		cmd.verb, cmd.order, cmd.ttl, cmd.lines = "reserve", order, 600, []demand{{cmd.item, 2}}
		cmd.item = itemKey{}
	case 2:
		cmd.verb, cmd.order, cmd.item = "deduct", order, itemKey{}
	default:
		cmd.item.location = c.pick(c.w.locations)
		cmd.verb, cmd.to, cmd.order, cmd.qty, cmd.fact = "return", c.account(cmd.item), order, 1+c.rnd.Int64N(2), c.rnd.IntN(4) == 0
	}
}
