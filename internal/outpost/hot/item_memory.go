package hot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// itemMemory is this process's memory of the items that sell through Redis. It may be
// outdated: the store and the scripts check the epoch.
type itemMemory struct {
	store Items

	mu    sync.Mutex
	items map[stock.ItemKey]Listed // those that are not off
	fresh map[stock.ItemKey]bool   // those with tasks that may not be in the books
	busy  map[stock.ItemKey]int    // those that are to be tended in so many rounds, because they were used
	opens map[int64]int64          // epochs of items that were opening in the last round
	waits map[stock.ItemKey]bool   // those that orders wait for
	given map[int64]counted        // what is counted of the units of items
	wrong map[stock.ItemKey]bool   // those whose balances are to be made anew
	// brought are when units were seen first that were brought for a command, by their holder.
	brought map[stock.ItemKey]map[string]time.Time
	locks   map[int64]chan struct{}
	// places are those where Redis sells an item or did: keys of requests may have been used there. They are all of
	// them once they were read.
	places map[tenantLocation]bool
	read   bool
}

// tenantLocation is a location of a tenant.
type tenantLocation struct{ tenant, location string }

func newItemMemory(store Items) *itemMemory {
	return &itemMemory{store: store, items: map[stock.ItemKey]Listed{}, fresh: map[stock.ItemKey]bool{}, busy: map[stock.ItemKey]int{}, opens: map[int64]int64{}, given: map[int64]counted{}, wrong: map[stock.ItemKey]bool{}, brought: map[stock.ItemKey]map[string]time.Time{}, waits: map[stock.ItemKey]bool{}, locks: map[int64]chan struct{}{}, places: map[tenantLocation]bool{}}
}

// lastRead returns the item as it was read last.
func (n *itemMemory) lastRead(k stock.ItemKey) Listed {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.items[k]
}

// look reads the item anew.
func (n *itemMemory) look(ctx context.Context, k stock.ItemKey) (Listed, error) {
	l, err := n.store.Find(ctx, k)
	if err != nil {
		return Listed{}, databaseError(err)
	}
	if l == nil {
		return Listed{Key: k}, nil
	}
	n.note(*l)
	return *l, nil
}

func (n *itemMemory) note(l Listed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.places[tenantLocation{l.Key.Tenant, l.Key.Location}] = true
	if l.State == Off {
		delete(n.items, l.Key)
		return
	}
	n.items[l.Key] = l
}

// notePlaces notes where Redis sells an item or did.
func (n *itemMemory) notePlaces(all []stock.ItemKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range all {
		n.places[tenantLocation{k.Tenant, k.Location}] = true
	}
	n.read = true
}

// complete reports whether the places were read.
func (n *itemMemory) complete() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.read
}

// sold reports whether Redis may have sold an item at the location of this one.
func (n *itemMemory) sold(k stock.ItemKey) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.read || n.places[tenantLocation{k.Tenant, k.Location}]
}

// sellsAny reports whether Redis sells an item, as far as this process knows.
func (n *itemMemory) sellsAny() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.items) > 0
}

// list are the items that Redis sells, sorted.
func (n *itemMemory) list() []Listed {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.SortedFunc(maps.Values(n.items), func(a, b Listed) int { return a.Key.Compare(b.Key) })
}

// noteOnly notes that all others are off.
func (n *itemMemory) noteOnly(all []Listed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	on := make(map[stock.ItemKey]bool, len(all))
	for i := range all {
		on[all[i].Key] = true
	}
	for k, l := range n.items {
		if !on[k] {
			delete(n.items, k)
			delete(n.opens, l.ID)
			delete(n.given, l.ID)
		}
	}
}

// doubt has the balance of the item made anew in the next round.
func (n *itemMemory) doubt(k stock.ItemKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wrong[k] = true
}

// doubted reports whether the balance of the item is to be made anew, once.
func (n *itemMemory) doubted(k stock.ItemKey) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	is := n.wrong[k]
	delete(n.wrong, k)
	return is
}

// counted are units that the ledger gave an item in an epoch.
type counted struct {
	epoch int64
	units stock.Qty
}

// raises reports whether the row of the item may count fewer units than those that the ledger has given.
func (n *itemMemory) raises(l Listed, given stock.Qty) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	is := n.given[l.ID]
	return is.epoch != l.Epoch || is.units < given
}

func (n *itemMemory) raised(l Listed, given stock.Qty) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.given[l.ID] = counted{l.Epoch, given}
}

// nudge notes that the item has tasks for the books.
func (n *itemMemory) nudge(k stock.ItemKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fresh[k] = true
}

// use notes that this process asks Redis for units of the item: what fails of that is to be found soon.
func (n *itemMemory) use(k stock.ItemKey) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy[k] = tendUsed
}

// wait notes whether orders wait for units of the item.
func (n *itemMemory) wait(k stock.ItemKey, waits bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if waits {
		n.waits[k] = true
		return
	}
	delete(n.waits, k)
}

func (n *itemMemory) waited(k stock.ItemKey) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.waits[k]
}

// nudged returns the items that were nudged since.
func (n *itemMemory) nudged() map[stock.ItemKey]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	fresh := n.fresh
	n.fresh = map[stock.ItemKey]bool{}
	return fresh
}

// due are the items to be tended in the round: each that is not in its target state or was used
// lately, and some of the others, so that each has its turn.
func (n *itemMemory) due(all []Listed, round int64, era uint64) (some []Listed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range all {
		if round == 0 || len(all) <= tendMost || l.State != Open || l.Era != era || n.busy[l.Key] > 0 || (l.ID+round)%tendTurns == 0 {
			some = append(some, l)
		}
	}
	for k, rounds := range n.busy {
		if n.busy[k] = rounds - 1; rounds <= 1 {
			delete(n.busy, k)
		}
	}
	return some
}

// stalled reports whether the item was opening in the last round already: the process that opens it is
// gone. Otherwise processes would take items from each other again and again.
func (n *itemMemory) stalled(l Listed) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	epoch, was := n.opens[l.ID]
	n.opens[l.ID] = l.Epoch
	return was && epoch == l.Epoch
}

// lock lets one worker of this process have the item.
func (n *itemMemory) lock(ctx context.Context, l Listed) (unlock func(), err error) {
	n.mu.Lock()
	m := n.locks[l.ID]
	if m == nil {
		m = make(chan struct{}, 1)
		n.locks[l.ID] = m
	}
	n.mu.Unlock()
	select {
	case m <- struct{}{}:
		return func() { <-m }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for product %q: %w", l.Key.Product, ctx.Err())
	}
}
