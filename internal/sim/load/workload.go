package load

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/stock"
)

// Workload is which items are asked for: both sides draw from the same list.
type Workload struct {
	Name  string
	Items int
	// picks is a prepared sequence of item numbers; a caller that reaches its end starts again.
	picks []uint32
}

// PicksLength is long enough that a run does not repeat itself noticeably.
const PicksLength = 1 << 20

// Hot is one item that everybody wants.
func Hot() *Workload { return &Workload{Name: "hot", Items: 1, picks: []uint32{0}} }

// Spread is 10,000 items, zipf 1.1: what a shop sees.
func Spread() *Workload { return SpreadOver(10_000) }

// SpreadOver is so many items, zipf 1.1.
func SpreadOver(items int) *Workload {
	w := &Workload{Name: "spread", Items: items, picks: make([]uint32, PicksLength)}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(items-1))
	for i := range w.picks {
		w.picks[i] = uint32(zipf.Uint64())
	}
	return w
}

// Uniform is so many items, all wanted alike.
func Uniform(items int) *Workload {
	w := &Workload{Name: "uniform", Items: items, picks: make([]uint32, PicksLength)}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range w.picks {
		w.picks[i] = uint32(random.IntN(items))
	}
	return w
}

// Pick is the item that operation n asks for.
func (w *Workload) Pick(n uint64) uint32 { return w.picks[n%uint64(len(w.picks))] }

// Product names an item.
func Product(n uint32) string { return fmt.Sprintf("sku-%05d", n) }

// Plenty is an opening stock that no run uses up.
const Plenty stock.Qty = 1 << 40

// Counter numbers operations: order ids ascend in time as those of a shop do.
type Counter struct{ n atomic.Uint64 }

// Next is the number of the next operation; the first is 1.
func (c *Counter) Next() uint64 { return c.n.Add(1) }

// Order names the order of operation n.
func Order(n uint64) string { return fmt.Sprintf("web-%010d", n) }

// Older names a reservation from before: all of them sort before the others.
func Older(n int) string { return fmt.Sprintf("old-%010d", n) }
