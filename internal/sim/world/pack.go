package world

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// Packs are orders of kits and of what is sourced: their lines are chosen and put together before
// the books are asked. Like other sundries they are judged by rules that hold for any command
// (pack_judge.go).

// packed begins the ids of such orders.
const packed = "s-pack-"

// drawSourced says whether a run without transfers has them.
func drawSourced(seed uint64) bool { return rand.New(rand.NewPCG(seed, 19)).IntN(2) == 0 }

// kits are the kits and their components. No two calls of an order have equal lines of a component:
// the books would take the one for a repeat of the other.
var kits = map[string][]catalog.Component{
	"sk0": {{Product: "sa", Qty: 2}, {Product: "sb", Qty: 1}},
	"sk1": {{Product: "sa", Qty: 3}},
}

// pack is the extra part of a command about packs.
type pack struct {
	from  []string // locations that it is sourced from, nil: each line names its own
	split string
	// ends says that calls about the whole order may come.
	ends bool
}

// packOpenings make what kits are put together from, and the product that is
// retired as a whole.
func (g *goods) packOpenings() []command {
	var all []command
	for _, p := range []string{"sa", "sb", "st"} {
		for i, l := range g.locations[:2] {
			all = append(all, command{verb: "create", item: itemKey{p, l}, qty: int64(8 - 3*i), version: -1, key: "k", sundry: &sundry{}})
		}
	}
	return all
}

// packer is a client that makes up commands about packs.
type packer struct{ *client }

// makePack makes up a command about packs.
func (c packer) makePack() command {
	cmd := command{version: -1, sundry: &sundry{pack: &pack{}}}
	if c.rnd.IntN(2) == 0 {
		cmd.key = "k"
	}
	switch k := c.rnd.IntN(100); {
	case k < 40:
		c.reservePack(&cmd)
	case k < 74:
		cmd.verb = []string{"release", "deduct"}[c.rnd.IntN(2)]
		c.partOfPack(&cmd)
	case k < 78:
		cmd.verb = []string{"release", "deduct"}[c.rnd.IntN(2)]
		if of := c.somePack(); of != nil && of.sundry.pack.ends {
			cmd.order, cmd.key, cmd.sundry.pack = of.order, "k", nil
		} else {
			c.partOfPack(&cmd)
		}
	case k < 86:
		cmd.verb, cmd.key, cmd.qty, cmd.sundry.pack = "restock", "k", 1+c.rnd.Int64N(4), nil
		cmd.item = itemKey{[]string{"sa", "sb"}[c.rnd.IntN(2)], c.pick(c.w.locations[:2])}
		if c.w.isSeveral() {
			cmd.lot = c.rnd.IntN(1 + lotsOfAll)
		}
	default:
		cmd.sundry.pack = nil
		c.wholeProduct(&cmd)
	}
	return cmd
}

// reservePack asks for kits at a location, or for kits or a product wherever they are.
func (c packer) reservePack(cmd *command) {
	p := cmd.sundry.pack
	cmd.verb, cmd.ttl = "reserve", []int64{2, 10, 1800, 1800, 1800}[c.rnd.IntN(5)]
	at := c.pick(c.w.locations[:2])
	if c.rnd.IntN(2) == 0 {
		at, p.from, p.split = "", c.someLocations(), []string{"allow", "lines", "never"}[c.rnd.IntN(3)]
	}
	kind := c.rnd.IntN(4)
	if kind == 3 && at == "" {
		cmd.lines = append(cmd.lines, demand{itemKey{[]string{"sa", "sb"}[c.rnd.IntN(2)], at}, 1 + c.rnd.Int64N(2)})
		cmd.partial = c.rnd.IntN(3) == 0
	} else {
		if kind != 1 {
			cmd.lines = append(cmd.lines, demand{itemKey{"sk0", at}, 1 + c.rnd.Int64N(3)})
		}
		if kind != 0 {
			cmd.lines = append(cmd.lines, demand{itemKey{"sk1", at}, 1})
		}
	}
	of := c.somePack()
	if of != nil && c.rnd.IntN(3) == 0 {
		cmd.order, p.ends = of.order, of.sundry.pack.ends
	} else {
		cmd.order, p.ends = fmt.Sprintf("%s%s-%d", packed, c.name, c.sent), c.rnd.IntN(3) == 0
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.packs = append(c.w.packs, *cmd)
	if p.from != nil && len(cmd.lines) == 1 && kits[cmd.lines[0].product] != nil {
		c.w.single = &c.w.packs[len(c.w.packs)-1]
	}
}

// rival asks for the other kit, for the order of the latest sourced reserve of one kit
// and from the other location. Both have a component in common, so one of them is
// held. It comes from whoever is the next to ask, mostly before the first is answered.
func (c packer) rival() (cmd command, ok bool) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	of := c.w.single
	if of == nil {
		return command{}, false
	}
	c.w.single = nil
	cmd = *of
	pack := *of.sundry.pack
	pack.from = c.w.locations[:1]
	if of.sundry.pack.from[0] == c.w.locations[0] {
		pack.from = c.w.locations[1:2]
	}
	other := "sk0"
	if of.lines[0].product == other {
		other = "sk1"
	}
	cmd.lines = []demand{{itemKey{product: other}, 1}}
	cmd.sundry = &sundry{pack: &pack}
	c.w.packs = append(c.w.packs, cmd)
	return cmd, true
}

// someLocations are those that a reserve may be sourced from, the first one first: one
// of two, or both.
func (c packer) someLocations() []string {
	a, b := c.w.locations[0], c.w.locations[1]
	return [][]string{{a}, {b}, {a, b}, {b, a}}[c.rnd.IntN(4)]
}

// somePack is one of the latest reserves of packs, nil when there is none.
func (c packer) somePack() *command {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	n := len(c.w.packs)
	if n == 0 {
		return nil
	}
	return &c.w.packs[n-1-c.rnd.IntN(min(n, 6))]
}

// partOfPack is about a kit of an order, or some of it.
func (c packer) partOfPack(cmd *command) {
	cmd.order, cmd.item = packed+"nobody", itemKey{"sk0", c.w.locations[0]}
	if of := c.somePack(); of != nil {
		cmd.order, cmd.item = of.order, of.lines[c.rnd.IntN(len(of.lines))].itemKey
	}
	if kits[cmd.item.product] == nil {
		cmd.item.product = "sk0"
	}
	if c.rnd.IntN(3) > 0 {
		cmd.qty, cmd.key = 1+c.rnd.Int64N(2), "k"
	}
}

// packAudits ask for more of each kit than there is: a call that was cut short is completed before
// that is refused.
func packAudits(w *world) []command {
	asked := map[string]command{}
	for _, of := range slices.Concat(w.packs, w.kitted) {
		for _, l := range of.lines {
			if kits[l.product] != nil {
				asked[of.order+l.product+l.location] = command{
					verb: "release", order: of.order, item: l.itemKey, qty: 999, version: -1, key: "k", sundry: &sundry{pack: &pack{}},
				}
			}
		}
	}
	var all []command
	for _, k := range slices.Sorted(maps.Keys(asked)) {
		all = append(all, asked[k])
	}
	return all
}

// printOf is what makes two reserves of an order the same.
func printOf(c *command) string { return fmt.Sprint(c.lines) }

// needsOf are how many units of each plain product the reserve comes to.
func needsOf(c *command) map[string]int64 {
	all := map[string]int64{}
	for _, l := range c.lines {
		if kits[l.product] == nil {
			all[l.product] += l.qty
		}
		for _, p := range kits[l.product] {
			all[p.Product] += l.qty * int64(p.Qty)
		}
	}
	return all
}

// mayUse reports whether the reserve may take units of the product at the location.
func mayUse(c *command, k itemKey) bool {
	if from := c.sundry.pack.from; from != nil {
		return slices.Contains(from, k.location)
	}
	return slices.ContainsFunc(c.lines, func(l demand) bool { return l.location == k.location })
}

// ofPack reports whether the order is of packs.
func ofPack(order string) bool { return strings.HasPrefix(order, packed) }

// spell adds to a reserve where it may come from.
func (p *pack) spell(o object) object {
	if p != nil && p.from != nil {
		o["sourcing"] = object{"strategy": "priority", "split": p.split, "locations": p.from}
	}
	return o
}
