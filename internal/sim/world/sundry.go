package world

import "fmt"

// Sundries are goods for the features of the product that the model of the contract does not have:
// they are sold ahead, belong to campaigns, are withdrawn, changed and relocated over several
// slots. The oracle does not compute their outcomes a second time. It judges them by rules that
// hold for any command (tally.go).

// sundry is the extra part of a command about sundries.
type sundry struct {
	ahead              bool // takes units that are not there yet
	customer           string
	presale, backorder *allowed // what may be sold ahead, nil: nothing more
	campaign           *campaign
	pack               *pack
	// The call, when it is one that other goods do not have.
	method, path string
	body         object
	waybill      *waybill // about a transfer
	ruling       *ruling  // about a case
	promotes     bool     // about a campaign
}

// allowed is how much an owner allows to be sold ahead.
type allowed struct {
	most     int64
	channels map[string]int64 // that may have only so much of it
	inParts  bool
}

// sundryItems are the items: of one product at two places, of the other one too where
// there is one slot.
func (g *goods) sundryItems() []itemKey {
	if g.blended {
		return g.blendItems()
	}
	return []itemKey{{"s0", g.locations[0]}, {"s0", g.locations[1]}, {"s1", g.locations[0]}, {"s1", g.locations[1]}}
}

// sundryOpenings make them.
func (g *goods) sundryOpenings() []command {
	if g.blended {
		return g.blendOpenings()
	}
	var all []command
	for _, k := range g.sundryItems() {
		all = append(all, command{verb: "create", item: k, qty: 2, version: -1, key: "k", sundry: &sundry{}})
		ahead := command{item: k, version: -1, key: "k", sundry: &sundry{presale: &allowed{most: 8}, backorder: &allowed{most: 6}}}
		ahead.allow()
		all = append(all, ahead)
	}
	if g.sourced {
		all = append(all, g.packOpenings()...)
	}
	return append(all, g.carriedOpenings()...)
}

// makeSundry makes up a command about sundries.
func (c *client) makeSundry() command {
	all := c.w.sundryItems()
	cmd := command{item: all[c.rnd.IntN(len(all))], version: -1, key: "k", sundry: &sundry{}}
	switch k := c.rnd.IntN(100); {
	case k < 34:
		c.reserveSundries(&cmd)
	case k < 42:
		cmd.verb = "release"
		c.partOfSundries(&cmd)
	case k < 52:
		cmd.verb = "deduct"
		c.partOfSundries(&cmd)
	case k < 56:
		cmd.verb = []string{"commit", "extend"}[c.rnd.IntN(2)]
		c.partOfSundries(&cmd)
		cmd.qty, cmd.ttl = 0, c.someTime()
	case k < 64:
		c.changeSundries(&cmd)
	case k < 70:
		cmd.verb = "relocate"
		c.ordered(&cmd)
		for cmd.to = cmd.item.location; cmd.to == cmd.item.location; {
			cmd.to = c.pick(c.w.locations[:2])
		}
	case k < 77:
		cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(4)
	case k < 79:
		cmd.verb, cmd.qty = "adjust", -1-c.rnd.Int64N(3)
	case k < 84:
		c.withdraw(&cmd)
	case k < 89:
		c.restockFor(&cmd)
	case k < 93:
		c.campaign(&cmd)
	default:
		c.sellAhead(&cmd)
	}
	return cmd
}

// reserveSundries asks for one item, or for two.
func (c *client) reserveSundries(cmd *command) {
	cmd.verb, cmd.ttl, cmd.partial = "reserve", []int64{2, 5, 10, 1800, 1800}[c.rnd.IntN(5)], c.rnd.IntN(5) == 0
	cmd.lines = []demand{{cmd.item, 1 + c.rnd.Int64N(4)}}
	cmd.item = itemKey{}
	if c.rnd.IntN(4) > 0 {
		cmd.channel = c.channel()
	}
	if c.rnd.IntN(4) > 0 {
		cmd.sundry.customer = []string{"u0", "u1"}[c.rnd.IntN(2)]
	}
	cmd.sundry.ahead = c.rnd.IntN(4) > 0
	if !cmd.sundry.ahead { // lines that may wait are of one place
		all := c.w.sundryItems()
		if other := all[c.rnd.IntN(len(all))]; other != cmd.lines[0].itemKey {
			cmd.lines = append(cmd.lines, demand{other, 1 + c.rnd.Int64N(3)})
		}
	}
	if c.rnd.IntN(5) == 0 {
		c.ordered(cmd)
		cmd.item = itemKey{}
		return
	}
	cmd.order = fmt.Sprintf("s-%s-%d", c.name, c.sent)
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.sold = append(c.w.sold, sale{cmd.order, cmd.lines[0].itemKey})
}

// partOfSundries is about an order, one of its lines, or some of a line.
func (c *client) partOfSundries(cmd *command) {
	c.ordered(cmd)
	switch c.rnd.IntN(4) {
	case 0, 1:
		cmd.item = itemKey{}
	case 2:
		cmd.qty = 1 + c.rnd.Int64N(3)
	}
}

// changeSundries is about what an order is to hold.
func (c *client) changeSundries(cmd *command) {
	cmd.verb, cmd.ttl = "change", c.someTime()
	c.ordered(cmd)
	cmd.lines = []demand{{cmd.item, c.rnd.Int64N(6)}}
	cmd.item = itemKey{}
	cmd.replace = c.rnd.IntN(4) == 0
}

// sale is an order of sundries, and the item that it asked for first.
type sale struct {
	order string
	item  itemKey
}

// ordered makes the command be about one of the latest orders of sundries.
func (c *client) ordered(cmd *command) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	cmd.order = "s-nobody"
	if n := len(c.w.sold); n > 0 {
		one := c.w.sold[n-1-c.rnd.IntN(min(n, 6))]
		cmd.order = one.order
		if c.rnd.IntN(5) > 0 {
			cmd.item = one.item
		}
	}
}

// sellAhead says what may be sold before it is there.
func (c *client) sellAhead(cmd *command) {
	cmd.wait = c.rnd.IntN(2) == 0
	sale := func() *allowed {
		if c.rnd.IntN(4) == 0 {
			return nil
		}
		a := &allowed{most: c.rnd.Int64N(12), inParts: c.rnd.IntN(2) == 0}
		if c.rnd.IntN(2) == 0 {
			a.channels = map[string]int64{c.channel(): c.rnd.Int64N(4)}
		}
		return a
	}
	cmd.sundry.presale, cmd.sundry.backorder = sale(), sale()
	cmd.allow()
}

// allow spells what the owner allows.
func (cmd *command) allow() {
	cmd.verb = "promises"
	body := object{"location_id": cmd.item.location}
	if a := cmd.sundry.presale; a != nil {
		body["presale"] = a.spell(object{"cap": a.most, "ships_in_part": a.inParts, "promise_date": "2000-01-02T00:00:00Z"})
	}
	if a := cmd.sundry.backorder; a != nil {
		body["backorder"] = a.spell(object{"allowance": a.most})
	}
	if cmd.wait {
		body["lowering"] = "wait"
	}
	cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "PUT", "/v1/promises/"+cmd.item.product, body
}

// receiveFor spells that the units of a restock come for an order.
func (cmd *command) receiveFor(order string) {
	cmd.order = order
	cmd.sundry.method, cmd.sundry.path = "POST", "/v1/inventory/restock"
	cmd.sundry.body = object{"product_id": cmd.item.product, "location_id": cmd.item.location, "quantity": cmd.qty, "for_order_id": order}
}

// spell adds the limits of channels.
func (a *allowed) spell(o object) object {
	var all []object
	for channel, n := range a.channels { // at most one
		all = append(all, object{"channel_id": channel, "cap": n})
	}
	if all != nil {
		o["channels"] = all
	}
	return o
}

// spell adds to the call of another command what it says of sundries.
func (s *sundry) spell(o object) object {
	if s != nil && s.ahead {
		o["accept_promised"] = true
	}
	if s != nil && s.customer != "" {
		o["customer_id"] = s.customer
	}
	if s != nil {
		s.pack.spell(o)
	}
	return o
}
