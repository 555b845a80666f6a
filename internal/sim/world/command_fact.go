package world

import "time"

// This file spells, as the contract does, the calls that report what has happened and those that
// take an item out of use.

// happened says how the contract spells a call that tells what has happened.
func (c *command) happened() (method, path string, o object) {
	o = c.item.nameItem(object{})
	if c.verb == "sold_elsewhere" {
		o["order_id"], o["quantity"], o["at"] = c.order, c.qty, timeText(c.asOf)
		if c.channel != "" {
			o["channel_id"] = c.channel
		}
		return "POST", "/v1/inventory/sold-elsewhere", o
	}
	c.ofLot(o)["seen"] = c.qty
	if c.asOf != 0 {
		o["as_of"] = timeText(c.asOf)
	}
	if c.booked != unsaid {
		o["booked"] = c.booked
	}
	return "POST", "/v1/inventory/observe", o
}

// timeText is a time as the contract has it.
func timeText(at int64) string { return time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z") }

// outOfUse says how it spells one that takes an item out of use, or back.
func (c *command) outOfUse() (method, path string, o object) {
	o = c.item.nameItem(object{})
	if c.verb == "retire" {
		o["write_off"] = c.writeOff
	}
	return "POST", "/v1/inventory/" + c.verb, o
}

// relocation is the body of one.
func (c *command) relocation() object {
	o := object{"order_id": c.order, "product_id": c.item.product, "from_location_id": c.item.location, "to_location_id": c.to}
	if c.qty != 0 {
		o["quantity"] = c.qty
	}
	return o
}

// facts makes up calls of these kinds.
func (c *client) facts(cmd *command) {
	switch k := c.rnd.IntN(10); {
	case k < 3 && !c.w.isSeveral():
		c.relocate(cmd)
	case k < 6:
		c.observe(cmd)
	case k < 8:
		cmd.verb, cmd.channel, cmd.qty, cmd.asOf = "sold_elsewhere", c.channel(), 1+c.rnd.Int64N(4), c.earlier()
		cmd.order = "e-" + c.name
	default:
		cmd.verb, cmd.writeOff = "retire", c.rnd.IntN(4) > 0
		if c.rnd.IntN(2) == 0 {
			cmd.verb, cmd.writeOff = "reinstate", false
		}
	}
}

// relocate moves what an order holds, all of it or some, in one slot only.
func (c *client) relocate(cmd *command) {
	cmd.verb, cmd.order, cmd.channel = "relocate", c.someOrder(), ""
	for cmd.to = cmd.item.location; cmd.to == cmd.item.location; {
		cmd.to = c.pick(c.w.locations)
	}
	if c.rnd.IntN(3) == 0 {
		cmd.qty, cmd.key = 1+c.rnd.Int64N(3), "k"
	}
}

// observe reports what was seen. That is compared with the books as they are now, or as they were
// then.
func (c *client) observe(cmd *command) {
	cmd.verb, cmd.qty, cmd.booked = "observe", c.rnd.Int64N(12), unsaid
	switch c.rnd.IntN(3) {
	case 0:
		cmd.booked, cmd.asOf = max(0, cmd.qty+c.rnd.Int64N(5)-2), c.earlier()
	case 1:
		cmd.booked = max(0, cmd.qty+c.rnd.Int64N(5)-2)
	}
}

// earlier is a moment up to some seconds ago, as the bubble has it.
func (c *client) earlier() int64 {
	return time.Now().Add(-time.Duration(c.rnd.IntN(8000)) * time.Millisecond).UnixMilli()
}
