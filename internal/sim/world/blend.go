package world

import (
	"fmt"
	"slices"
)

// In blended runs the sundries are what kits are put together from: one product is kept in lots, the
// other one by channels. So kits, lots that are counted and recalled, campaigns, cases, sales
// elsewhere and expiry meet on the same units.

// drawBlended says whether a run is one.
func drawBlended(seed uint64) bool { return seed%8 == 3 }

// The products of a blended run.
const (
	ofLots   = "sa" // kept in lots
	ofQuotas = "sb" // kept by channels
)

// blendItems are the items of a blended run.
func (g *goods) blendItems() []itemKey {
	at := g.locations[:2]
	return []itemKey{{ofLots, at[0]}, {ofLots, at[1]}, {ofQuotas, at[0]}, {ofQuotas, at[1]}}
}

// blendOpenings make them.
func (g *goods) blendOpenings() []command {
	all := make([]command, 0, 16)
	add := func(c command) {
		c.version, c.key = -1, "k"
		if c.sundry == nil {
			c.sundry = &sundry{}
		}
		all = append(all, c)
	}
	for _, k := range g.blendItems() {
		if k.product == ofLots {
			add(command{verb: "create", item: k, qty: 1})
			for n := range lots { // half of them are here, the others may come
				if at := slices.Index(g.locations, k.location); n%2 == at {
					add(command{verb: "restock", item: k, qty: 5, lot: n + 1})
				}
			}
			continue
		}
		add(command{verb: "create", item: k, qty: 9})
		ahead := command{item: k, sundry: &sundry{presale: &allowed{most: 4}, backorder: &allowed{most: 3}}}
		ahead.allow()
		add(ahead)
		add(command{verb: "set_quotas", item: k, settings: []setting{{0, 3, stays, stays}, {1, 2, stays, stays}}})
	}
	for _, l := range g.locations[:2] {
		add(command{verb: "create", item: itemKey{"st", l}, qty: 4})
	}
	return all
}

// blender is a client that makes up commands of blended runs.
type blender struct{ *client }

// makeBlended makes one up.
func (c blender) makeBlended() command {
	all := c.w.blendItems()
	cmd := command{item: all[c.rnd.IntN(len(all))], version: -1, key: "k", sundry: &sundry{}}
	byLot := cmd.item.product == ofLots
	if c.w.promoted && c.rnd.IntN(5) == 0 {
		return c.promote()
	}
	switch k := c.rnd.IntN(100); {
	case k < 36:
		return c.nextOfKit()
	case k < 44 && c.w.shortages:
		return clerk(c).rule()
	case k < 54:
		cmd.verb, cmd.qty, cmd.booked = "observe", c.rnd.Int64N(4), unsaid
		if byLot {
			cmd.lot = 1 + c.rnd.IntN(lotsOfAll)
		}
	case k < 60:
		cmd.verb, cmd.order, cmd.qty, cmd.asOf = "sold_elsewhere", "s-e-"+c.name, 1+c.rnd.Int64N(4), c.earlier()
		if c.rnd.IntN(2) == 0 {
			cmd.channel = c.channel()
		}
	case k < 70:
		c.recallLot(&cmd)
	case k < 82:
		cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(4)
		if byLot {
			cmd.lot = 1 + c.rnd.IntN(lotsOfAll)
		}
	case k < 86:
		cmd.verb, cmd.qty = "adjust", []int64{-2, -1, 1, 2}[c.rnd.IntN(4)]
		if byLot {
			cmd.lot = 1 + c.rnd.IntN(lotsOfAll)
		}
	case byLot:
		cmd.verb, cmd.qty, cmd.from, cmd.lot = "move", 1+c.rnd.Int64N(2), c.status(), 1+c.rnd.IntN(lotsOfAll)
		for cmd.to = cmd.from; cmd.to == cmd.from; {
			cmd.to = c.status()
		}
	case k < 92:
		n := c.rnd.IntN(quotaChannels)
		cmd.verb, cmd.wait, cmd.settings = "set_quotas", c.rnd.IntN(3) > 0, []setting{{n, c.rnd.Int64N(5), stays, stays}}
	case k < 97:
		cmd.verb, cmd.qty, cmd.from, cmd.to = "move", 1+c.rnd.Int64N(2), accounts[quota+place(c.rnd.IntN(quotaChannels))], accounts[pool]
	default:
		c.campaign(&cmd)
	}
	return cmd
}

// recallLot recalls lots at all locations or at one, or ends that.
func (c blender) recallLot(cmd *command) {
	cmd.verb, cmd.item.product, cmd.lift = "recall", ofLots, c.rnd.IntN(3) == 0
	cmd.want = []string{"A", "B", "0", "1", "2", "3", "3"}[c.rnd.IntN(7)]
	body := object{"lot": wants[cmd.want], "lift": cmd.lift, "reason": "sour"}
	if c.rnd.IntN(4) > 0 {
		cmd.item.location = ""
	} else {
		body["location_id"] = cmd.item.location
	}
	cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "POST", "/v1/lots/"+ofLots+"/recall", body
}

// kitOrder is the order of a kit that a client is at. Nobody else makes calls about it.
type kitOrder struct {
	id    string
	kit   itemKey
	calls int // made so far
	made  int // orders before it
}

// kitted begins the ids of such orders.
const kitted = packed + "k-"

// nextOfKit makes up the next call of the client's order of a kit: it is reserved, and then its units
// leave, come back and are given back, by kit, by component and as a whole.
func (c blender) nextOfKit() command {
	const calls = 6
	o := &c.client.kit
	if o.calls%calls == 0 {
		o.made++
		o.id = fmt.Sprintf("%s%s-%d", kitted, c.name, o.made)
		o.kit = itemKey{[]string{"sk0", "sk0", "sk1"}[c.rnd.IntN(3)], c.pick(c.w.locations[:2])}
	}
	cmd := command{order: o.id, item: o.kit, version: -1, key: "k", sundry: &sundry{pack: &pack{}}}
	first := o.calls%calls == 0
	if o.calls++; first {
		cmd.verb, cmd.ttl, cmd.lines, cmd.item = "reserve", 1800, []demand{{o.kit, 1 + c.rnd.Int64N(2)}}, itemKey{}
		c.w.mu.Lock()
		c.w.kitted = append(c.w.kitted, cmd)
		c.w.mu.Unlock()
		return cmd
	}
	switch k := c.rnd.IntN(20); {
	case k < 8:
		cmd.verb = "deduct"
		c.someKits(&cmd)
	case k < 10:
		cmd.verb = "release"
		c.someKits(&cmd)
	case k < 16:
		cmd.verb = "withdraw"
		c.takeBack(&cmd)
	case k < 18:
		cmd.verb, cmd.ttl = "extend", 1800
	default:
		cmd.verb = "commit"
	}
	return cmd
}

// someKits is about all kits that are left, or one.
func (c blender) someKits(cmd *command) {
	switch c.rnd.IntN(5) {
	case 0, 1:
		cmd.qty = 1
	case 2:
		cmd.key = ""
	}
}

// takeBack takes back what has left: all, the kits, or a component.
func (c blender) takeBack(cmd *command) {
	body := object{"order_id": cmd.order}
	switch k := c.rnd.IntN(6); {
	case k < 3:
		cmd.item = itemKey{}
	case k == 3:
		cmd.item.product = kits[cmd.item.product][0].Product
	}
	if cmd.item.product != "" {
		cmd.item.nameItem(body)
	}
	cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "POST", "/v1/inventory/withdraw", body
}
