package postgres

import (
	"sync"

	"holdfast.dev/holdfast/internal/stock"
)

// numbers remembers the journal's numbers of items by key: finding an item by
// its key costs more than its row of the journal. An item keeps the number even
// when it is dropped and comes back, so what is in it stays true. Most numbers
// come with the rows that a Load reads, so that nobody asks for them.
type numbers struct {
	mu         sync.Mutex
	young, old map[stock.ItemKey]int64
}

// maxNumbers is how many numbers are kept at least, of those used last; twice
// as many at most.
const maxNumbers = 1 << 16

// with lets fn use the numbers, alone.
func (n *numbers) with(fn func(*numbers)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fn(n)
}

// of returns the number of the item, 0 when it is not known.
func (n *numbers) of(k stock.ItemKey) int64 {
	no := n.young[k]
	if no == 0 {
		if no = n.old[k]; no != 0 {
			n.keep(k, no)
		}
	}
	return no
}

// keep remembers the number of the item.
func (n *numbers) keep(k stock.ItemKey, no int64) {
	if n.young == nil || len(n.young) >= maxNumbers {
		n.young, n.old = map[stock.ItemKey]int64{}, n.young
	}
	n.young[k] = no
}
