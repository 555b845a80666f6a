package world

import (
	"fmt"
	"slices"
)

func (c *client) pick(list []string) string { return list[c.rnd.IntN(len(list))] }

func (c *client) anyItem() itemKey { return itemKey{c.pick(c.w.products), c.pick(c.w.locations)} }

// fill makes a command up, or a batch of up to most.
func (c *client) fill(p *parcel, most int) {
	if c.carries {
		c.put(p, carrier{c}.makeTransfer())
		return
	}
	if rival, ok := (packer{c}).rival(); ok {
		c.put(p, rival)
		return
	}
	if c.w.blended && c.rnd.IntN(3) > 0 {
		c.put(p, blender{c}.makeBlended())
		return
	}
	if c.w.shuttling() && c.rnd.IntN(3) == 0 {
		c.put(p, c.shuttle())
		return
	}
	if c.w.shortages && c.rnd.IntN(3) == 0 {
		c.put(p, clerk{c}.rule())
		return
	}
	if c.w.gaps && c.rnd.IntN(2) == 0 {
		fillLong(c, p, most)
		return
	}
	if c.w.mixed && c.rnd.IntN(6) == 0 && (mixer{c}).fill(p, most) {
		return
	}
	if c.rnd.IntN(5) == 0 {
		if c.w.sourced && c.rnd.IntN(3) == 0 {
			c.put(p, packer{c}.makePack())
		} else {
			c.put(p, c.makeSundry())
		}
		return
	}
	cmd := c.make()
	c.put(p, cmd)
	if cmd.key == "" || verbs[cmd.verb].batch == "" || c.rnd.IntN(8) > 0 {
		return
	}
	for range min(most-1, 1+c.rnd.IntN(4)) {
		if cmd := c.make(); verbs[cmd.verb].batch != "" {
			cmd.key = "k"
			c.put(p, cmd)
		}
	}
}

// make makes a command up.
func (c *client) make() command {
	cmd := command{item: c.anyItem(), version: -1}
	if c.rnd.IntN(10) < 6 {
		cmd.key = "k"
	}
	if c.w.scripted && c.rnd.IntN(2) == 0 {
		[]func(*client, *command){join, comeBack}[c.rnd.IntN(2)](c, &cmd)
		return cmd
	}
	if c.w.lotwise && c.w.has[cmd.item] == byLots && c.rnd.IntN(3) == 0 {
		c.ofLots(&cmd)
		return cmd
	}
	if c.w.lotwise && c.w.isSeveral() && c.rnd.IntN(6) == 0 {
		cmd.verb = []string{"release", "deduct"}[c.rnd.IntN(2)]
		if c.inLots(&cmd) {
			return cmd
		}
	}
	switch k := c.rnd.IntN(100); {
	case k < 6:
		c.facts(&cmd)
	case k < 35:
		c.reserve(&cmd)
	case k < 43:
		cmd.verb = "release"
		c.part(&cmd)
	case k < 47:
		c.change(&cmd)
	case k < 53:
		cmd.verb = "deduct"
		c.part(&cmd)
	case k < 57:
		cmd.verb = "commit"
		c.chooseWhole(&cmd)
	case k < 60:
		cmd.verb, cmd.ttl = "extend", c.someTime()
		c.chooseWhole(&cmd)
	case k < 65:
		c.restock(&cmd)
	case k < 70:
		cmd.verb, cmd.qty = "adjust", 1+c.rnd.Int64N(4)
		if c.rnd.IntN(2) == 0 {
			cmd.qty = -cmd.qty
		}
		if c.rnd.IntN(3) == 0 {
			cmd.version = c.rnd.Int64N(12)
		}
	case k < 72:
		cmd.verb, cmd.set, cmd.qty = "adjust", true, c.rnd.Int64N(12)
	case k < 73:
		cmd.verb, cmd.threshold = "threshold", c.rnd.Int64N(4)
	case k < 75:
		cmd.verb, cmd.onSale = "sale", c.rnd.IntN(4) > 0
	case k < 82:
		c.share(&cmd)
	case k < 84:
		takeTurn(c, &cmd)
	case k < 85:
		cmd.verb, cmd.to, cmd.qty, cmd.order, cmd.fact = "return", c.account(cmd.item), 1+c.rnd.Int64N(2), c.someOrder(), c.rnd.IntN(2) == 0
	case k < 90:
		cmd.verb, cmd.channel = "check", c.channel()
	case k < 92:
		cmd.verb = "logs"
	case k < 95:
		cmd.verb, cmd.item.location = "product", ""
	case k < 97:
		cmd.verb, cmd.order = "order", c.someOrder()
	case k < 98:
		cmd.verb = "list"
	case k < 99:
		cmd.verb = "cleanup"
	default:
		cmd.verb, cmd.qty = "create", c.rnd.Int64N(5)
	}
	if cmd.reads() {
		cmd.key = ""
	}
	return cmd
}

// reserve asks for one item, or a few.
func (c *client) reserve(cmd *command) {
	cmd.verb, cmd.item = "reserve", itemKey{}
	cmd.ttl = c.someTime()
	if c.rnd.IntN(5) > 0 {
		cmd.channel = c.channel()
	}
	cmd.partial = c.rnd.IntN(5) == 0
	n := 1
	if c.rnd.IntN(3) == 0 || c.w.isSeveral() && c.rnd.IntN(2) == 0 {
		n += 1 + c.rnd.IntN(2)
	}
	if c.w.isSeveral() && c.w.travel.wide && c.rnd.IntN(2) == 0 {
		n += 2
	}
	for range n {
		cmd.lines = append(cmd.lines, demand{c.anyItem(), 1 + c.rnd.Int64N(4)})
	}
	if c.w.has[cmd.lines[0].itemKey] == byLots && c.rnd.IntN(3) == 0 {
		cmd.want = []string{"A", "B", "0", "1", "2", "3"}[c.rnd.IntN(6)]
	}
	if c.rnd.IntN(4) == 0 {
		cmd.order = c.someOrder()
		return
	}
	cmd.order = fmt.Sprintf("o-%s-%d", c.name, c.sent)
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.recent = append(c.w.recent, cmd.order)
}

// change is about what an order is to hold: mostly of what it has, in one slot only.
func (c *client) change(cmd *command) {
	if c.w.isSeveral() {
		cmd.verb = "release"
		c.part(cmd)
		return
	}
	cmd.verb, cmd.key, cmd.order, cmd.ttl, cmd.item = "change", "k", c.someOrder(), c.someTime(), itemKey{}
	cmd.replace = c.rnd.IntN(4) == 0
	for range 1 + c.rnd.IntN(2) {
		d := demand{c.anyItem(), c.rnd.Int64N(6)}
		if !slices.ContainsFunc(cmd.lines, func(o demand) bool { return o.itemKey == d.itemKey }) {
			cmd.lines = append(cmd.lines, d)
		}
	}
}

// part is about an order, one of its lines, or some of a line.
func (c *client) part(cmd *command) {
	cmd.order = c.someOrder()
	switch c.rnd.IntN(4) {
	case 0, 1:
		cmd.item = itemKey{}
	case 2:
		cmd.qty = 1 + c.rnd.Int64N(3)
		cmd.key = "k" // a part needs one
	}
}

// chooseWhole is about an order, or one of its lines.
func (c *client) chooseWhole(cmd *command) {
	cmd.order = c.someOrder()
	if c.rnd.IntN(2) == 0 {
		cmd.item = itemKey{}
	}
}

// someTime is how long an order holds what it reserves, in seconds.
func (c *client) someTime() int64 { return []int64{1, 1, 2, 3, 5, 10, 1800, 1800}[c.rnd.IntN(8)] }

// channel is one that orders come by.
func (c *client) channel() string { return channels[[]int{0, 0, 0, 0, 1, 1, 1, 2}[c.rnd.IntN(8)]] }

// share is about how channels share an item, where they do.
func (c *client) share(cmd *command) {
	switch {
	case c.w.has[cmd.item] == byLots && c.rnd.IntN(2) == 0:
		cmd.verb, cmd.lift = "recall", c.rnd.IntN(2) == 0
		cmd.want = []string{"0", "1", "2", "3"}[c.rnd.IntN(lotsOfAll)]
		return
	case c.w.has[cmd.item] != quotas:
		c.restock(cmd)
		return
	}
	switch k := c.rnd.IntN(10); {
	case k < 4:
		cmd.verb, cmd.wait = "set_quotas", c.rnd.IntN(2) == 0
		for n := range quotaChannels {
			if c.rnd.IntN(3) == 0 {
				continue
			}
			s := setting{n, c.rnd.Int64N(8), stays, stays}
			if c.rnd.IntN(3) == 0 {
				s = setting{n, stays, c.rnd.Int64N(4), c.rnd.Int64N(5)}
			}
			cmd.settings = append(cmd.settings, s)
		}
		if cmd.settings == nil {
			cmd.settings = []setting{{0, c.rnd.Int64N(4), stays, stays}}
		}
	case k < 7:
		cmd.verb, cmd.qty, cmd.mode = "allot", c.rnd.Int64N(3), []string{"pool", "under_level", "rebalance"}[c.rnd.IntN(3)]
	case k < 8:
		cmd.verb = "reset_sold"
		if c.rnd.IntN(2) == 0 {
			cmd.named = []int{c.rnd.IntN(quotaChannels)}
		}
	default:
		cmd.verb = "quotas"
	}
}

// restock lets units come in, of lots where there are some.
func (c *client) restock(cmd *command) {
	cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(6)
	if c.w.has[cmd.item] == byLots && c.rnd.IntN(4) > 0 {
		cmd.lot = 1 + c.rnd.IntN(lotsOfAll)
	}
}

// move takes units from one account to another, or writes them off.
func (c *client) move(cmd *command) {
	cmd.verb, cmd.qty, cmd.from = "move", 1+c.rnd.Int64N(2), c.account(cmd.item)
	for cmd.to = cmd.from; cmd.to == cmd.from; {
		cmd.to = c.account(cmd.item)
	}
	if from, _ := placeOf(cmd.from); from >= aside && c.rnd.IntN(3) == 0 {
		cmd.to = "ext/adjustment"
	}
}

// account is one of those that the item has.
func (c *client) account(k itemKey) string {
	p := place(c.rnd.IntN(int(lotPool)))
	if p >= quota && p < aside && c.w.has[k] != quotas {
		p = pool
	}
	return accounts[p]
}

// someOrder is one of the latest orders of anybody.
func (c *client) someOrder() string {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	n := len(c.w.recent)
	if n == 0 {
		return "o-nobody"
	}
	return c.w.recent[n-1-c.rnd.IntN(min(n, 12))]
}
