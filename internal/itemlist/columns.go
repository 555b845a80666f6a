package itemlist

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"holdfast.dev/holdfast/internal/search"
	"holdfast.dev/holdfast/internal/stock"
)

// blockRows is how many rows are allocated at once: growing copies none.
const blockRows = 4096

// listRow is an item, in 64 bytes.
type listRow struct {
	available, onHand, held, updated, threshold int64
	version                                     uint64
	product, location                           uint32
	facts                                       uint32 // number of what channels see, 0: as state says
	state                                       State
}

// product is a product of which there are items.
type product struct {
	id string
	// text is what is searched: the id and, behind a line break, the title, folded.
	text   string
	seller uint32 // one more than its number, 0: none
}

// fact is the state of an item for a channel.
type fact struct {
	channel uint32
	state   State
}

// columns are the items of a tenant. Readers hold mu.
type columns struct {
	seed maphash.Seed

	mu     sync.RWMutex
	blocks []*[blockRows]listRow
	n      int // rows, also those whose items are gone
	byKey  table

	products []product
	byID     table
	// ordered is up to which number the products are in the order of their ids.
	ordered uint32

	locations, channels, sellers names
	facts                        [][]fact // by number, the first is not used
	free                         []uint32 // numbers of facts
}

func newColumns() *columns {
	return &columns{seed: maphash.MakeSeed(), facts: make([][]fact, 1)}
}

func (c *columns) row(number uint32) *listRow { return &c.blocks[number/blockRows][number%blockRows] }

// put stores what was read of an item, and reports whether that made a row or a product. It
// ignores a reading that is older than the stored one.
func (c *columns) put(r *reading) (newRow, newProduct bool) {
	p, fresh := c.product(r.key.Product, r.state != none)
	if fresh {
		newProduct = true
	} else if p == unknown {
		return false, false
	}
	at := c.locations.number(r.key.Location)
	hash := keyHash(p, at)
	number, found := c.byKey.find(hash, func(n uint32) bool { is := c.row(n); return is.product == p && is.location == at })
	switch {
	case !found && r.state == none:
		return false, newProduct
	case !found:
		number = c.grow()
		c.byKey.add(hash, number, func(n uint32) uint64 { is := c.row(n); return keyHash(is.product, is.location) })
	}
	is := c.row(number)
	if found && r.state != none && r.version < is.version {
		return false, newProduct
	}
	*is = listRow{
		available: r.available, onHand: r.onHand, held: r.held, updated: r.updated, threshold: r.threshold, version: r.version,
		product: p, location: at, facts: c.factsOf(is.facts, r.channels), state: r.state,
	}
	return !found, newProduct
}

// grow adds an empty row.
func (c *columns) grow() uint32 {
	if c.n == len(c.blocks)*blockRows {
		c.blocks = append(c.blocks, new([blockRows]listRow))
	}
	c.n++
	return uint32(c.n - 1)
}

// keyHash spreads what are small numbers.
func keyHash(product, location uint32) uint64 {
	h := (uint64(product)<<32 | uint64(location)) * 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	return h ^ h>>32
}

// unknown is no number of a product, a location, a channel or a seller.
const unknown = ^uint32(0)

// product returns the number of a product. One that is new gets the next one, if it is to.
func (c *columns) product(id string, add bool) (number uint32, fresh bool) {
	hash := maphash.String(c.seed, id)
	number, found := c.byID.find(hash, func(n uint32) bool { return c.products[n].id == id })
	switch {
	case found:
		return number, false
	case !add:
		return unknown, false
	}
	number = uint32(len(c.products))
	if c.ordered == number && (number == 0 || c.products[number-1].id < id) {
		c.ordered++
	}
	id = strings.Clone(id) // which may be a part of a larger text
	text := id
	if folded := search.Fold(id); folded != id {
		text = folded
	}
	c.products = append(c.products, product{id: id, text: text})
	c.byID.add(hash, number, func(n uint32) uint64 { return maphash.String(c.seed, c.products[n].id) })
	return number, true
}

// describe notes the title and the seller of a product, if there are items of it.
func (c *columns) describe(id, title, seller string) {
	number, _ := c.product(id, false)
	if number == unknown {
		return
	}
	p := &c.products[number]
	p.text, p.seller = p.id, 0
	if folded := search.Fold(p.id); folded != p.id {
		p.text = folded
	}
	if title != "" {
		p.text += "\n" + search.Fold(title)
	}
	if seller != "" {
		p.seller = c.sellers.number(seller) + 1
	}
}

// factsOf stores what channels see of an item. It replaces what was stored under the
// number.
func (c *columns) factsOf(number uint32, all []seenBy) uint32 {
	if len(all) == 0 {
		if number != 0 {
			c.facts[number], c.free = nil, append(c.free, number)
		}
		return 0
	}
	facts := make([]fact, len(all))
	for i, s := range all {
		facts[i] = fact{c.channels.number(s.channel), s.state}
	}
	switch n := len(c.free); {
	case number != 0:
	case n > 0:
		number, c.free = c.free[n-1], c.free[:n-1]
	default:
		number, c.facts = uint32(len(c.facts)), append(c.facts, nil)
	}
	c.facts[number] = facts
	return number
}

// stateFor is the state of an item for the channel with the number, unknown: one that
// nothing names. rest is the number for those.
func (c *columns) stateFor(r *listRow, channel, rest uint32) State {
	if r.facts == 0 {
		return r.state
	}
	s := r.state
	for _, f := range c.facts[r.facts] {
		switch f.channel {
		case channel:
			return f.state
		case rest:
			s = f.state
		}
	}
	return s
}

// compareProducts compares the ids of products by their numbers.
func (c *columns) compareProducts(a, b uint32) int {
	switch {
	case a == b:
		return 0
	case a < c.ordered && b < c.ordered:
		return int(int64(a) - int64(b))
	}
	return strings.Compare(c.products[a].id, c.products[b].id)
}

// compareKeys compares the keys of two rows.
func (c *columns) compareKeys(a, b *listRow) int {
	if by := c.compareProducts(a.product, b.product); by != 0 || a.location == b.location {
		return by
	}
	return strings.Compare(c.locations.ids[a.location], c.locations.ids[b.location])
}

// key is the key of a row.
func (c *columns) key(tenant string, r *listRow) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Product: c.products[r.product].id, Location: c.locations.ids[r.location]}
}

// rows calls fn for each row, backwards if that is wanted, until it returns an error.
func (c *columns) rows(backwards bool, each func() error, fn func(*listRow)) error {
	for i := range c.blocks {
		if err := each(); err != nil {
			return err
		}
		b := i
		if backwards {
			b = len(c.blocks) - 1 - i
		}
		rows := c.blocks[b][:min(blockRows, c.n-b*blockRows)]
		if backwards {
			for k := range slices.Backward(rows) {
				fn(&rows[k])
			}
			continue
		}
		for k := range rows {
			fn(&rows[k])
		}
	}
	return nil
}

// names numbers texts, of which there are few.
type names struct {
	ids     []string
	numbers map[string]uint32
}

// number returns the number of a text, the next one for one that is new.
func (n *names) number(id string) uint32 {
	if number, known := n.numbers[id]; known {
		return number
	}
	if n.numbers == nil {
		n.numbers = map[string]uint32{}
	}
	id = strings.Clone(id)
	number := uint32(len(n.ids))
	n.ids, n.numbers[id] = append(n.ids, id), number
	return number
}

// find returns the number of a text, or unknown.
func (n *names) find(id string) uint32 {
	if number, known := n.numbers[id]; known {
		return number
	}
	return unknown
}
