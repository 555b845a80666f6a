package world

import "fmt"

// shuttle is about an order over two slots that leaves and comes back, again and again. No bucket
// moves in the runs that have it: lines that have ended do not learn of each other when one of them
// moves.
func (c *client) shuttle() command {
	cmd := command{version: -1, key: "k", sundry: &sundry{}}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	n := len(c.w.shuttles)
	if n == 0 || n < 3 && c.rnd.IntN(4) == 0 {
		cmd.verb, cmd.ttl = "reserve", 1800
		for _, location := range c.w.locations[:2] {
			cmd.lines = append(cmd.lines, demand{itemKey{"s0", location}, 1})
		}
		cmd.order = fmt.Sprintf("s-%s-%d", c.name, c.sent)
		c.w.shuttles = append(c.w.shuttles, cmd.order)
		return cmd
	}
	cmd.order = c.w.shuttles[c.rnd.IntN(n)]
	switch k := c.rnd.IntN(10); {
	case k < 4:
		cmd.verb = "deduct"
	case k < 9:
		body := object{"order_id": cmd.order}
		if c.rnd.IntN(3) == 0 {
			body["product_id"], body["location_id"] = "s0", c.w.locations[c.rnd.IntN(2)]
		}
		cmd.verb, cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "withdraw", "POST", "/v1/inventory/withdraw", body
	default:
		cmd.verb, cmd.item = "release", itemKey{"s0", c.w.locations[c.rnd.IntN(2)]}
	}
	return cmd
}

// shuttling reports whether orders shuttle in this run.
func (w *world) shuttling() bool { return w.cfg.Slots > 1 && w.travel.every == 0 }
