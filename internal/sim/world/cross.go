package world

import (
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// What a sender does not hear of was carried out while the bucket lived in the
// slot; when he looks himself it has left. That is rare by itself. In some runs it
// is not: who does not know what became of an order over several slots stands by,
// an operator on another node moves the bucket that is its home, and the sender
// goes on when it has left.

const (
	// dwellsFor is how long a sender stands by whose bucket nobody moves.
	dwellsFor = 8 * time.Second
	// crossMute is in how many of 10,000 cases the answer to such an order is lost,
	// and crossEvery how long an operator waits at most from one move to the next.
	crossMute, crossEvery = 6000, 100 * time.Millisecond
)

// unheard is where a sender stands who does not know what became of his group.
const unheard = "no answer"

// crossing reports whether the run is of this kind.
func (w *world) crossing() bool { return w.relay.on && w.relay.crosses && w.moving() }

// keeps is how long stale rows are kept. Meanwhile nobody can move the bucket
// again, so that in these runs it is as short as can be.
func (w *world) keeps() time.Duration {
	if w.crossing() {
		return shortestKeep
	}
	return w.travel.keep
}

// cross lets a sender who has come stand by. The caller holds mu, and has not
// taken in the seat yet.
func (w *world) cross(s *seat) {
	if w.crossing() && !w.calm && s.at == unheard && s.order != "" {
		s.asleep = w.elapsed() + dwellsFor
	}
}

// crossed lets those go on who stand by and whose bucket the record has sealed.
// The caller holds mu.
func (w *world) crossed(s *stored) {
	if !w.crossing() || w.calm {
		return
	}
	for _, o := range w.seats {
		if o.order != "" && slices.Contains(s.sealed, o.order) && o.asleep > w.elapsed() {
			o.asleep = 0
			w.stats.Crossed++
		}
	}
}

// spares reports whether nobody is to die or to hang now: a sender stands by, and
// he or the operator would seldom live to see the bucket leave.
func (w *world) spares() bool {
	return w.crossing() && slices.ContainsFunc(w.seats, func(s *seat) bool { return s.order != "" && s.asleep > w.elapsed() })
}

// doubted returns the bucket of a sender on another node who stands by.
func (w *world) doubted(l *life) (stock.Bucket, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.seats, func(s *seat) bool { return s.order != "" && s.life != l && s.asleep > w.elapsed() })
	if i < 0 {
		return 0, false
	}
	b, err := strconv.Atoi(w.seats[i].order)
	return stock.Bucket(b), err == nil
}
