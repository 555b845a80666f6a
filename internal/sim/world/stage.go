package world

import (
	"fmt"
	"sync"
	"time"
)

// stage is where goroutines wait for each other, and what the simulation observes of them.
type stage struct {
	begun time.Time

	mu    sync.Mutex // short; never held at a point
	fresh []*seat
	step  int
	trace trace
	stats Stats
	// calm ends all faults; over lets all goroutines run to their end.
	calm, over bool
	violations []string
	// looking is the step that is judged, wrongAt the one that was when the
	// first violation was found.
	looking, wrongAt int

	// The fields below belong to the scheduler.
	seats []*seat
	room  []*seat
}

func newStage() *stage {
	g := &stage{begun: time.Now()}
	g.trace = trace{hash: fnvOffset, now: g.elapsed, step: &g.step}
	return g
}

// seat is where a goroutine waits until the scheduler releases it.
type seat struct {
	who, at string
	life    *life // of the node it belongs to, nil for clients
	up      chan struct{}
	// asleep is until when it surely stays there, by the scheduler only.
	asleep time.Duration
	// hangs says that it is a mover that hangs with rows in its hands.
	hangs bool
	// order is the home bucket of an order whose outcome the goroutine does not know, "" if there
	// is none.
	order string
}

// note adds a line to the trace.
func (g *stage) note(what, who, how string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trace.note(what, who, how)
}

func (g *stage) elapsed() time.Duration { return time.Since(g.begun) }

// violate notes what is wrong. The caller holds mu, or nobody else runs.
func (g *stage) violate(format string, args ...any) {
	if len(g.violations) == 0 {
		g.wrongAt = g.looking
	}
	if len(g.violations) < 20 {
		g.violations = append(g.violations, fmt.Sprintf(format, args...))
	}
}

// wait stops the goroutine at a named point. Goroutines of a dead node continue at
// once: nothing they do has an effect.
func (g *stage) wait(who, at string, l *life) { g.stand(&seat{who: who, at: at, life: l}) }

// stand is wait at that seat.
func (g *stage) stand(s *seat) {
	g.mu.Lock()
	if g.over || s.life != nil && s.life.dead {
		g.mu.Unlock()
		return
	}
	s.up = make(chan struct{})
	g.fresh = append(g.fresh, s)
	g.mu.Unlock()
	<-s.up
}

// free are the seats whose goroutines may be released.
func (g *stage) free() []*seat {
	free, now := g.room[:0], g.elapsed()
	for _, s := range g.seats {
		if (s.life == nil || !s.life.frozen) && s.asleep <= now {
			free = append(free, s)
		}
	}
	g.room = free
	return free
}

// release lets the goroutines of the seats continue.
func (g *stage) release(which func(*seat) bool) {
	kept := g.seats[:0]
	var gone []*seat
	for _, s := range g.seats {
		if which(s) {
			gone = append(gone, s)
		} else {
			kept = append(kept, s)
		}
	}
	clear(g.seats[len(kept):])
	g.seats = kept
	for _, s := range gone {
		close(s.up)
	}
}

// fail notes what must not happen at all.
func (g *stage) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.violate("%v", err)
	}
}

func (g *stage) ended() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.over
}
