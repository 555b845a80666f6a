package world

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// encounters are meetings that are rare by themselves, and that the scheduler brings
// about in some runs: here and in hang.go.
type encounters struct {
	*stores
	travel travel
	relay  relay
	hangs  *rand.Rand
	laden  map[string]bool // movers that have read rows and not brought them yet
}

// A command whose answer the sender did not get was carried out while the bucket was in
// the slot. When the sender looks itself, the bucket has left. That is rare by itself.
// In some runs the scheduler brings it about: a sender that does not know the outcome
// of an order over several slots waits, an operator on another node moves the bucket
// that is the order's home, and the sender continues when the bucket has left.

const (
	// dwellsFor is how long a sender waits when nobody moves its bucket.
	dwellsFor = 8 * time.Second
	// crossMute is in how many of 10,000 cases the answer to such an order is lost. crossEvery is
	// how long an operator waits at most from one move to the next.
	crossMute, crossEvery = 6000, 100 * time.Millisecond
)

// unheard is the point at which a sender waits that does not know the outcome of its
// group.
const unheard = "no answer"

// moving reports whether buckets move in this run.
func (m *encounters) moving() bool { return m.isSeveral() && m.travel.every > 0 }

// crossing reports whether the run is of this kind.
func (m *encounters) crossing() bool { return m.relay.on && m.relay.crosses && m.moving() }

// keeps is how long stale rows are kept. Meanwhile nobody can move the bucket again, so in these
// runs the time is as short as possible.
func (m *encounters) keeps() time.Duration {
	if m.crossing() {
		return shortestKeep
	}
	return m.travel.keep
}

// cross makes a sender that has arrived wait. The caller holds mu, and has not taken in the seat
// yet.
func (m *encounters) cross(s *seat) {
	if m.crossing() && !m.calm && s.at == unheard && s.order != "" {
		s.asleep = m.elapsed() + dwellsFor
	}
}

// crossed releases the waiting senders whose bucket the record has sealed. The caller
// holds mu.
func (m *encounters) crossed(s *stored) {
	if !m.crossing() || m.calm {
		return
	}
	for _, o := range m.seats {
		if o.order != "" && slices.Contains(s.sealed, o.order) && o.asleep > m.elapsed() {
			o.asleep = 0
			m.stats.Crossed++
		}
	}
}

// spares reports whether no node is to die or to hang now: a sender waits, and it or the operator
// would seldom live until the bucket leaves.
func (m *encounters) spares() bool {
	return m.crossing() && slices.ContainsFunc(m.seats, func(s *seat) bool { return s.order != "" && s.asleep > m.elapsed() })
}

// doubted returns the bucket of a waiting sender on another node.
func (m *encounters) doubted(l *life) (stock.Bucket, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.seats, func(s *seat) bool { return s.order != "" && s.life != l && s.asleep > m.elapsed() })
	if i < 0 {
		return 0, false
	}
	b, err := strconv.Atoi(m.seats[i].order)
	return stock.Bucket(b), err == nil
}
