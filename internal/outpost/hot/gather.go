package hot

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// gather serves callers together if they come while others are being served.
type gather[A, B any] struct {
	serve func(context.Context, []A) ([]B, error)
	most  int // at once

	mu      sync.Mutex
	busy    bool
	waiting []*gathered[A, B]
}

// gathered is one caller. turn is closed when the caller has been served, or when it must
// serve the waiting callers.
type gathered[A, B any] struct {
	asks   A
	answer B
	err    error
	served bool
	turn   chan struct{}
}

// errWaited means that the caller's time was over before the call was begun: it never is.
var errWaited = errors.New("the deadline has passed before the call was begun")

// do returns the answer to one caller. A call that was begun is not given up when
// ctx ends; the caller has no answer then.
func (g *gather[A, B]) do(ctx context.Context, asks A) (none B, err error) {
	c := &gathered[A, B]{asks: asks, turn: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	lead := !g.busy
	g.busy = true
	g.mu.Unlock()
	if !lead {
		select {
		case <-c.turn:
		case <-ctx.Done():
			if g.drop(c) {
				return none, errors.Join(errWaited, ctx.Err())
			}
			select {
			case <-c.turn: // it is this caller's turn to serve, or it was served at this moment
			default:
				return none, ctx.Err()
			}
		}
	}
	if !c.served {
		g.lead(context.WithoutCancel(ctx), c)
	}
	return c.answer, c.err
}

// drop takes a caller away that waits for its call to begin.
func (g *gather[A, B]) drop(c *gathered[A, B]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, c)
	if i < 0 {
		return false
	}
	select {
	case <-c.turn: // it leads
		return false
	default:
	}
	g.waiting = slices.Delete(slices.Clone(g.waiting), i, i+1)
	return true
}

// lead serves the first of the waiting callers, itself among them, and lets the next one
// lead.
func (g *gather[A, B]) lead(ctx context.Context, self *gathered[A, B]) {
	g.mu.Lock()
	n := min(len(g.waiting), g.most)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.mu.Unlock()
	asks := make([]A, n)
	for i, c := range batch {
		asks[i] = c.asks
	}
	answers, err := g.serve(ctx, asks)
	for i, c := range batch {
		if c.served, c.err = true, err; err == nil {
			c.answer = answers[i]
		}
		if c != self {
			close(c.turn)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) > 0 {
		close(g.waiting[0].turn)
		return
	}
	g.busy = false
}
