package world

import (
	"fmt"
	"math/rand/v2"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// goods are what the world has: few of everything, so that clients meet.
type goods struct {
	slots     int
	products  []string
	locations []string
	has       map[itemKey]keeping
	transfers bool // stock is sent from one location to another
	lotwise   bool // lots are counted, adjusted and moved by themselves
	sourced   bool // kits are put together, and locations chosen
	shortages bool // cases are opened and decided
	mixed     bool // batches are of sundries too
	scripted  bool // calls about one order follow each other
	gaps      bool // batches are long, and slots go away in the middle
	blended   bool // features meet on the components of kits
	promoted  bool // a campaign is set, and quotas by hand
}

// keeping is how the units of an item are kept apart.
type keeping int

const (
	plain  keeping = iota // not at all
	quotas                // by channels
	byLots                // by what they have in common
)

// drawGoods chooses them. Of several slots, at most that many have a location, and one of them has
// more than one. The contents of items are drawn separately, so that the rest of a run does not
// depend on them.
func drawGoods(seed uint64, rnd *rand.Rand, slots, most int) goods {
	g := goods{slots: slots, has: map[itemKey]keeping{}, transfers: drawTransfers(seed), lotwise: seed%4 == 2}
	g.shortages = drawShortages(seed, slots)
	g.transfers = g.transfers && !g.shortages
	g.sourced = !g.shortages && !g.transfers && (slots > 1 || !g.lotwise) && drawSourced(seed)
	if g.blended = drawBlended(seed); g.blended {
		g.transfers, g.sourced, g.shortages = false, true, slots == 1
	}
	g.promoted = drawPromoted(seed, slots)
	g.mixed = drawMixed(seed, slots, g.sourced)
	g.gaps, g.scripted = drawGaps(seed, slots), slots == 1 && seed%16 == 14
	if slots == 1 {
		g.products, g.locations = []string{"p0", "p1", "p2"}, []string{"l0", "l1"}
	} else {
		g.products, g.locations = []string{"p0", "p1"}, locationsIn(slots, rnd.Perm(slots)[:min(most, slots)])
	}
	r := rand.New(rand.NewPCG(seed, 5))
	for _, p := range g.products {
		for _, l := range g.locations {
			g.has[itemKey{p, l}] = []keeping{plain, quotas, quotas, byLots, byLots}[r.IntN(5)]
		}
	}
	return g
}

// locationsIn are locations that belong to some of that many slots.
func locationsIn(slots int, some []int) (all []string) {
	for i := range 4 {
		for n := 0; ; n++ {
			l := fmt.Sprintf("l%d%c", n, 'a'+i)
			if int(ledger.Evenly(slots).Slot(stock.BucketOf(catalog.DefaultTenant, l))) == some[i%len(some)] {
				all = append(all, l)
				break
			}
		}
	}
	return all
}

// openings make some of the items; the first command about another item opens it.
func (g *goods) openings() []command {
	all := g.creations()
	for _, c := range all {
		if g.has[c.item] == quotas {
			set := []setting{{0, c.qty / 2, 3, 2}, {1, c.qty / 4, 2, 1}}
			all = append(all, command{verb: "set_quotas", item: c.item, settings: set, version: -1, key: "k"})
		}
		if g.has[c.item] == byLots {
			for n := range lots {
				all = append(all, command{verb: "restock", item: c.item, qty: int64(4 - n), lot: n + 1, version: -1, key: "k"})
			}
		}
	}
	return append(all, g.sundryOpenings()...)
}

func (g *goods) creations() []command {
	var all []command
	if g.slots > 1 {
		for i, l := range g.locations {
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
func (g *goods) audits() []command {
	var all []command
	for _, p := range g.products {
		all = append(all, command{verb: "product", item: itemKey{product: p}})
		for _, l := range g.locations {
			k := itemKey{p, l}
			all = append(all, command{verb: "check", item: k}, command{verb: "logs", item: k})
			if g.has[k] == quotas {
				all = append(all, command{verb: "quotas", item: k})
			}
			if g.lotwise && g.has[k] == byLots {
				all = append(all, command{verb: "lots", item: k})
			}
		}
	}
	return append(all, command{verb: "list"})
}
