package table

import (
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Numbers remembers the journal's numbers of items by key: finding an item by
// its key costs more than its row of the journal. An item keeps the number even
// when it is dropped and comes back, so the remembered numbers stay right. The
// numbers count from 1. The zero value knows none.
type Numbers struct {
	mu         sync.Mutex
	young, old map[stock.ItemKey]int64
}

// maxNumbers is how many numbers are kept at least, of those used last; twice
// as many at most.
const maxNumbers = 1 << 16

// Keep remembers the number of the item.
func (n *Numbers) Keep(k stock.ItemKey, no int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keep(k, no)
}

func (n *Numbers) keep(k stock.ItemKey, no int64) {
	if n.young == nil || len(n.young) >= maxNumbers {
		n.young, n.old = map[stock.ItemKey]int64{}, n.young
	}
	n.young[k] = no
}

// get returns the number of the item, 0 when it is not known.
func (n *Numbers) get(k stock.ItemKey) int64 {
	no := n.young[k]
	if no == 0 {
		if no = n.old[k]; no != 0 {
			n.keep(k, no)
		}
	}
	return no
}

// Of returns the numbers of the runs' items, run by run. ask finds the numbers of
// items that are not remembered.
func (n *Numbers) Of(runs []engine.JournalRun, ask func([]stock.ItemKey) (map[stock.ItemKey]int64, error)) ([]int64, error) {
	nos, missing := n.known(runs)
	if len(missing) == 0 {
		return nos, nil
	}
	found, err := ask(missing)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if nos[i] == 0 {
			if nos[i] = found[runs[i].Item]; nos[i] == 0 {
				return nil, fmt.Errorf("item %q of the journal does not exist", runs[i].Item)
			}
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for k, no := range found {
		n.keep(k, no)
	}
	return nos, nil
}

// known returns the numbers of the runs' items, 0 for each that is missing. Runs
// are sorted by item.
func (n *Numbers) known(runs []engine.JournalRun) (nos []int64, missing []stock.ItemKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	nos = make([]int64, len(runs))
	for i := range runs {
		k := runs[i].Item
		if nos[i] = n.get(k); nos[i] == 0 && (len(missing) == 0 || missing[len(missing)-1] != k) {
			missing = append(missing, k)
		}
	}
	return nos, missing
}
