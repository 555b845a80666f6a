package slot

import (
	"context"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// headGate lets all callers that arrive while a head is being read share the next
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
	head, err := g.readHead(ctx)
	g.mu.Lock()
	r := g.next
	g.next = nil
	g.running = r != nil
	g.mu.Unlock()
	if r != nil {
		// A goroutine of its own serves the callers that came meanwhile, so that
		// this caller does not wait.
		go g.serve(r)
	}
	return head, err
}

// readHead reads for one caller. A caller that goes away costs no connection, and a
// silent store does not keep a caller beyond its deadline.
func (g *headGate) readHead(ctx context.Context) (engine.Seq, error) {
	within := context.WithoutCancel(ctx)
	if end, bounded := ctx.Deadline(); bounded {
		var cancel context.CancelFunc
		within, cancel = context.WithDeadline(within, end)
		defer cancel()
	}
	return g.read(within)
}

// serve reads for r and for the callers that come while it reads, until none waits.
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
