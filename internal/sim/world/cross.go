package world

import (
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
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

const (
	// unheard is where a sender stands who does not know what became of his group,
	// seals where a mover does that has sealed a bucket.
	unheard = "no answer"
	seals   = "ledger " + string(slot.PointSealed)
)

// crossing reports whether the run is of this kind.
func (w *world) crossing() bool { return w.relay.on && w.relay.crosses && w.moving() }

// cross lets a sender who has come stand by, or go on when the mover has sealed
// his bucket. The caller holds mu, and has not taken in the seat yet.
func (w *world) cross(s *seat) {
	if !w.crossing() || w.calm {
		return
	}
	if s.at == unheard && s.order != "" {
		s.asleep = w.elapsed() + dwellsFor
	}
	load, moves := s.load()
	if s.at != seals || !moves {
		return
	}
	for _, o := range w.seats {
		if o.order == load && o.asleep > w.elapsed() {
			o.asleep = 0
			w.stats.Crossed++
		}
	}
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
