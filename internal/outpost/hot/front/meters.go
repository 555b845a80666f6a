package front

import (
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// meters count the reservations of each item by their outcome.
type meters struct {
	roadMetrics
	tally
	shadows tally // of items that Redis is tried out with
}

// tally has a meter for each item.
type tally struct {
	mu  sync.Mutex
	all map[stock.ItemKey]*meter
}

// meter counts those of one item. Times are those of the last reservations.
type meter struct {
	reserves, refusals, errors, ofRedis, differences, compensations int64
	alike, redisOnly, ledgerOnly, leftOut                           int64 // of a shadow
	times                                                           [timesKept]timing
	next                                                            int
}

// timing is how long a reservation took, and when it was.
type timing struct {
	took time.Duration
	at   time.Time
}

// timesKept is from how many reservations the slowest hundredth is taken.
const timesKept = 256

func (m *tally) update(k stock.ItemKey, change func(*meter)) {
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

func (m *meters) reserved(k stock.ItemKey, began, at time.Time) {
	m.outcomes.WithLabelValues("done").Inc()
	m.update(k, func(is *meter) {
		is.reserves++
		is.took(at.Sub(began), at)
	})
}

func (m *meter) took(d time.Duration, at time.Time) {
	m.times[m.next%timesKept] = timing{d, at}
	m.next++
}

func (m *meters) refused(k stock.ItemKey) {
	m.outcomes.WithLabelValues("refused").Inc()
	m.update(k, func(is *meter) { is.refusals++ })
}

func (m *meters) failed(k stock.ItemKey, err error) {
	m.outcomes.WithLabelValues("failed").Inc()
	m.update(k, func(is *meter) {
		if is.errors++; hot.IsOfRedis(err) {
			is.ofRedis++
		}
	})
}

func (m *meters) differed(k stock.ItemKey) { m.update(k, func(is *meter) { is.differences++ }) }

func (m *meters) compensated(k stock.ItemKey) { m.update(k, func(is *meter) { is.compensations++ }) }

// walk shows the meter of each item.
func (m *tally) walk(show func(stock.ItemKey, *meter)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, is := range m.all {
		show(k, is)
	}
}

func (m *meter) samples() []timing { return m.times[:min(m.next, timesKept)] }

// timesLife is how old a sample may be.
const timesLife = 5 * time.Minute

// slowest is the time that 99 of 100 of the latest do not exceed, 0 of none.
func slowest(all []timing, now time.Time) time.Duration {
	var times []time.Duration
	for _, s := range all {
		if now.Sub(s.at) < timesLife {
			times = append(times, s.took)
		}
	}
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)-1)*99/100]
}
