package front

import (
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// meters count what becomes of the reservations of each item.
type meters struct {
	counted
	mu  sync.Mutex
	all map[stock.ItemKey]*meter
}

// meter counts those of one item. Times are those of the last reservations.
type meter struct {
	reserves, refusals, errors, differences int64
	times                                   [timesKept]time.Duration
	next                                    int
}

// timesKept is from how many reservations the slowest hundredth is taken.
const timesKept = 256

func (m *meters) of(k stock.ItemKey, change func(*meter)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[stock.ItemKey]*meter{}
	}
	is := m.all[k]
	if is == nil {
		is = &meter{}
		m.all[k] = is
	}
	change(is)
}

func (m *meters) reserved(k stock.ItemKey, took time.Duration) {
	m.outcomes.WithLabelValues("done").Inc()
	m.of(k, func(is *meter) {
		is.reserves++
		is.times[is.next%timesKept] = took
		is.next++
	})
}

func (m *meters) refused(k stock.ItemKey) {
	m.outcomes.WithLabelValues("refused").Inc()
	m.of(k, func(is *meter) { is.refusals++ })
}

func (m *meters) failed(k stock.ItemKey) {
	m.outcomes.WithLabelValues("failed").Inc()
	m.of(k, func(is *meter) { is.errors++ })
}

func (m *meters) differed(k stock.ItemKey) { m.of(k, func(is *meter) { is.differences++ }) }

// slowest is the time that 99 of 100 do not exceed, 0 of none.
func slowest(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)-1)*99/100]
}
