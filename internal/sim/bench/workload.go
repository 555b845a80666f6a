package bench

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/stock"
)

// workload is which items are asked for: both sides draw from the same list.
type workload struct {
	name  string
	items int
	// picks is a prepared sequence of item numbers; who comes to its end
	// starts again.
	picks []uint32
}

// picksLength is long enough that a run does not repeat itself noticeably.
const picksLength = 1 << 20

// hot is one item that everybody wants.
func hot() *workload { return &workload{name: "hot", items: 1, picks: []uint32{0}} }

// spread is 10,000 items, zipf 1.1: what a shop sees.
func spread() *workload { return spreadOver(10_000) }

func spreadOver(items int) *workload {
	w := &workload{name: "spread", items: items, picks: make([]uint32, picksLength)}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(items-1))
	for i := range w.picks {
		w.picks[i] = uint32(zipf.Uint64())
	}
	return w
}

// uniform is so many items, all wanted alike.
func uniform(items int) *workload {
	w := &workload{name: "uniform", items: items, picks: make([]uint32, picksLength)}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range w.picks {
		w.picks[i] = uint32(random.IntN(items))
	}
	return w
}

func (w *workload) pick(n uint64) uint32 { return w.picks[n%uint64(len(w.picks))] }

// product names an item.
func product(n uint32) string { return fmt.Sprintf("sku-%05d", n) }

// plenty is an opening stock that no run uses up.
const plenty stock.Qty = 1 << 40

// counter numbers operations: order ids ascend in time as those of a shop do.
type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 { return c.n.Add(1) }

func order(n uint64) string { return fmt.Sprintf("web-%010d", n) }

// older names a reservation from before: all of them sort before the others.
func older(n int) string { return fmt.Sprintf("old-%010d", n) }
