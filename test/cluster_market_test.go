package test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// market is many order services at work on a cluster. They remember all that
// was acknowledged, order by order, and when.
type market struct {
	*cluster
	caller *caller
	begun  time.Time
	shelf  map[spot]*stocked
	// patience is how long a caller waits for an outcome. In the long form it may be as long as the
	// faults last; the test reports how long that was.
	patience time.Duration

	mu         sync.Mutex
	orders     []*purchase
	commands   int             // that have an outcome
	acks       []time.Duration // since begun: when writes were granted, in order
	refused    int             // for want of units
	sent       int
	longest    time.Duration
	slowest    string // what took the longest
	tries      []try  // and the outcome of each
	wrong      []string
	violations int
	lost       int // acknowledged and not in the books
	searched   int // items whose history has no known order that explains it
	left       int // items with units that a refused order had left behind
}

// spot is a product at a location: the place of one item.
type spot struct{ product, location string }

func (s spot) String() string { return s.product + " at " + s.location }

// The products, one item of each at every location.
const (
	tightA = "tight-a" // little stock, restocked; orders at one location
	tightB = "tight-b"
	ample  = "ample" // more than anybody wants; orders at one location
	wide   = "wide"  // as much; orders over several locations
	rare   = "rare"  // little stock; orders over several locations
	brief  = "brief" // held for a second or two and then forgotten
)

// openings is the first stock of each product.
var openings = map[string]int64{tightA: 12, tightB: 12, ample: 1e9, wide: 1e9, rare: 30, brief: 1e9}

// stocked is what the callers know of an item.
type stocked struct {
	spot
	mu       sync.Mutex
	restocks map[string]int64 // by reference
	history  []event
	journal  []entry // of the books, oldest first, when all was over
}

// purchase is an order and its outcome. Only one caller works on it.
type purchase struct {
	id    string
	lines []bought
	keyed bool
	state string // what its reservations must be
	// doubtful: a call for it was sent more than once.
	doubtful bool
}

// bought is one line of an order.
type bought struct {
	spot
	qty int64
}

// home says whether its order is decided at the line. It need not be the only line in that slot.
func (p *purchase) home(l bought) bool {
	first := slices.MinFunc(p.lines, func(a, b bought) int {
		if a.location != b.location {
			return compareText(a.location, b.location)
		}
		return compareText(a.product, b.product)
	})
	return l.spot == first.spot
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// over says whether the order spans several locations.
func (p *purchase) over() bool {
	return slices.ContainsFunc(p.lines, func(l bought) bool { return l.location != p.lines[0].location })
}

// newMarket opens the items, at that many locations.
func newMarket(t *testing.T, c *cluster, locations int) *market {
	t.Helper()
	w := &market{cluster: c, caller: newCaller(adminKey), shelf: map[spot]*stocked{}, patience: max(hang, time.Duration(rounds(60))*time.Second)}
	w.caller.http.Timeout = 2 * time.Second
	var opening []object
	for i := range locations {
		for product, qty := range openings {
			s := spot{product, fmt.Sprintf("site-%02d", i)}
			w.shelf[s] = &stocked{spot: s, restocks: map[string]int64{}}
			opening = append(opening, object{"create": object{"product_id": s.product, "location_id": s.location, "available_stock": qty}})
		}
	}
	newCaller(adminKey).batch(t, c.nodes[0].server, opening, nil)
	w.begun = time.Now()
	return w
}

// run lets that many callers work until halt is closed. It returns when each
// has the outcome of its last call.
func (w *market) run(callers int, halt <-chan struct{}) {
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			o := &service{market: w, id: id, r: rand.New(rand.NewPCG(uint64(id), 11))}
			for {
				select {
				case <-halt:
					return
				default:
				}
				if !o.one() {
					return
				}
			}
		})
	}
	all.Wait()
}

func (w *market) granted() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acks = append(w.acks, time.Since(w.begun))
}

// acked is how many writes were granted.
func (w *market) acked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acks)
}
