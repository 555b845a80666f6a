package world

import (
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// settlePlaces says what the world has: few of everything, so that clients
// meet. Of several slots three have a location, and one of them has two.
func (w *world) settlePlaces() {
	if !w.several() {
		w.products, w.locations = []string{"p0", "p1", "p2"}, []string{"l0", "l1"}
		return
	}
	w.products = []string{"p0", "p1"}
	slots := w.rnd.Perm(len(w.disks))[:min(3, len(w.disks))]
	for i, slot := range append(slots, slots[0]) {
		for n := 0; ; n++ {
			l := fmt.Sprintf("l%d%c", n, 'a'+i)
			if w.slotOf(l) == slot {
				w.locations = append(w.locations, l)
				break
			}
		}
	}
}

// slotOf is where a location lies.
func (w *world) slotOf(location string) int {
	return int(ledger.Evenly(len(w.disks)).Slot(stock.BucketOf(catalog.DefaultTenant, location)))
}

// openings make some of the items; the others are opened by who comes first.
func (w *world) openings() []command {
	var all []command
	if w.several() {
		for i, l := range w.locations {
			all = append(all, command{verb: "create", item: itemKey{"p0", l}, qty: int64(6 + 3*i), version: -1, key: "k"})
			if i < 2 {
				all = append(all, command{verb: "create", item: itemKey{"p1", l}, qty: int64(8 - i), version: -1, key: "k"})
			}
		}
		return all
	}
	for i, k := range []itemKey{{"p0", "l0"}, {"p1", "l0"}, {"p2", "l1"}, {"p0", "l1"}} {
		all = append(all, command{verb: "create", item: k, qty: int64(3 * i), version: -1, key: "k"})
	}
	return all
}

// audits ask for everything once more.
func (w *world) audits() []command {
	var all []command
	for _, p := range w.products {
		all = append(all, command{verb: "product", item: itemKey{product: p}})
		for _, l := range w.locations {
			all = append(all, command{verb: "check", item: itemKey{p, l}}, command{verb: "logs", item: itemKey{p, l}})
		}
	}
	return append(all, command{verb: "list"})
}

func (c *client) pick(list []string) string { return list[c.rnd.IntN(len(list))] }

func (c *client) anyItem() itemKey { return itemKey{c.pick(c.w.products), c.pick(c.w.locations)} }

// fill makes a command up, or a batch of up to most.
func (c *client) fill(p *parcel, most int) {
	cmd := c.make()
	c.put(p, cmd)
	if cmd.key == "" || !batched[cmd.verb] || c.rnd.IntN(8) > 0 {
		return
	}
	for range min(most-1, 1+c.rnd.IntN(4)) {
		if cmd := c.make(); batched[cmd.verb] {
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
	switch k := c.rnd.IntN(100); {
	case k < 38:
		c.reserve(&cmd)
	case k < 54:
		cmd.verb = "release"
		c.part(&cmd)
	case k < 66:
		cmd.verb = "deduct"
		c.part(&cmd)
	case k < 72:
		cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(6)
	case k < 78:
		cmd.verb, cmd.qty = "adjust", 1+c.rnd.Int64N(4)
		if c.rnd.IntN(2) == 0 {
			cmd.qty = -cmd.qty
		}
		if c.rnd.IntN(3) == 0 {
			cmd.version = c.rnd.Int64N(12)
		}
	case k < 80:
		cmd.verb, cmd.set, cmd.qty = "adjust", true, c.rnd.Int64N(12)
	case k < 82:
		cmd.verb, cmd.threshold = "threshold", c.rnd.Int64N(4)
	case k < 84:
		cmd.verb, cmd.onSale = "sale", c.rnd.IntN(4) > 0
	case k < 89:
		cmd.verb = "check"
	case k < 91:
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
	cmd.ttl = []int64{1, 1, 2, 3, 5, 10, 1800, 1800}[c.rnd.IntN(8)]
	cmd.partial = c.rnd.IntN(5) == 0
	n := 1
	if c.rnd.IntN(3) == 0 || c.w.several() && c.rnd.IntN(2) == 0 {
		n += 1 + c.rnd.IntN(2)
	}
	for range n {
		cmd.lines = append(cmd.lines, demand{c.anyItem(), 1 + c.rnd.Int64N(4)})
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
