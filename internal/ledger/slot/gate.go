package slot

import (
	"context"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// headGate lets all who arrive while a head is being read share the next
// reading: one that starts after they arrived.
type headGate struct {
	read func(context.Context) (engine.Seq, error)

	mu      sync.Mutex
	running bool
	next    *headRead
}

type headRead struct {
	done chan struct{}
	head engine.Seq
	err  error
}

// Head returns a head read after the call began.
func (g *headGate) Head(ctx context.Context) (engine.Seq, error) {
	g.mu.Lock()
	if g.running {
		if g.next == nil {
			g.next = &headRead{done: make(chan struct{})}
		}
		r := g.next
		g.mu.Unlock()
		select {
		case <-r.done:
			return r.head, r.err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	g.running = true
	g.mu.Unlock()
	head, err := g.own(ctx)
	g.mu.Lock()
	r := g.next
	g.next = nil
	g.running = r != nil
	g.mu.Unlock()
	if r != nil {
		// Those who came meanwhile are served by a goroutine of their own, so
		// that this caller is not kept.
		go g.serve(r)
	}
	return head, err
}

// own reads for one caller. A caller who goes away costs no connection, but one
// whose deadline comes is not kept by a store that is silent.
func (g *headGate) own(ctx context.Context) (engine.Seq, error) {
	within := context.WithoutCancel(ctx)
	if end, bounded := ctx.Deadline(); bounded {
		var cancel context.CancelFunc
		within, cancel = context.WithDeadline(within, end)
		defer cancel()
	}
	return g.read(within)
}

// serve reads for r and for those that come while it reads, until nobody waits.
func (g *headGate) serve(r *headRead) {
	for r != nil {
		r.head, r.err = g.read(context.Background())
		close(r.done)
		g.mu.Lock()
		r = g.next
		g.next = nil
		if r == nil {
			g.running = false
		}
		g.mu.Unlock()
	}
}
