package world

import (
	"cmp"
	"slices"
	"time"
)

// seat is where a goroutine waits until the scheduler lets it go on.
type seat struct {
	who, at string
	life    *life // of the node it belongs to, nil for clients
	up      chan struct{}
	// asleep is until when it surely stays there, by the scheduler only.
	asleep time.Duration
	// hangs says that it is a mover that hangs with rows in its hands.
	hangs bool
	// order is the bucket that is home of an order of which the goroutine does not
	// know what became, "" if there is none.
	order string
}

// wait stops the goroutine at a named point. Those of a dead node go on at
// once: nothing they do has an effect any more.
func (w *world) wait(who, at string, l *life) { w.stand(&seat{who: who, at: at, life: l}) }

// stand is wait at that seat.
func (w *world) stand(s *seat) {
	w.mu.Lock()
	if w.over || s.life != nil && s.life.dead {
		w.mu.Unlock()
		return
	}
	s.up = make(chan struct{})
	w.fresh = append(w.fresh, s)
	w.mu.Unlock()
	<-s.up
}

// settle takes in those who have come since the last decision, in an order
// that does not depend on who was first.
func (w *world) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gather()
	slices.SortFunc(w.fresh, func(a, b *seat) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.at, b.at)) })
	for i, s := range w.fresh {
		if i > 0 && w.fresh[i-1].who == s.who {
			w.violate("the simulation cannot tell two goroutines apart: %s at %s and %s", s.who, w.fresh[i-1].at, s.at)
		}
		w.trace.note("  ", s.who, s.at)
		w.hang(s)
		w.cross(s)
	}
	w.seats = append(w.seats, w.fresh...)
	w.fresh = w.fresh[:0]
}

// free are the seats whose goroutines may go on.
func (w *world) free() []*seat {
	free, now := w.room[:0], w.elapsed()
	for _, s := range w.seats {
		if (s.life == nil || !s.life.frozen) && s.asleep <= now {
			free = append(free, s)
		}
	}
	w.room = free
	return free
}

// release lets the goroutines of the seats go on.
func (w *world) release(which func(*seat) bool) {
	kept := w.seats[:0]
	var gone []*seat
	for _, s := range w.seats {
		if which(s) {
			gone = append(gone, s)
		} else {
			kept = append(kept, s)
		}
	}
	clear(w.seats[len(kept):])
	w.seats = kept
	for _, s := range gone {
		close(s.up)
	}
}
