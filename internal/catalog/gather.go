package catalog

import (
	"context"
	"sync"
)

// maxWaiting bounds the introductions that wait for the database.
const maxWaiting = 4096

// gather stores the introductions that arrive while one transaction runs in
// the next one together. It has a goroutine only while somebody waits.
type gather struct {
	store func(context.Context, []Introduction) []Answer

	mu      sync.Mutex
	waiting []waiter
	running bool
	closed  bool
	done    sync.WaitGroup
}

type waiter struct {
	in     Introduction
	answer chan Answer // has room for the one answer
}

// wait returns what became of in. When ctx ends first, in may be stored all
// the same.
func (g *gather) wait(ctx context.Context, in Introduction) Answer {
	w := waiter{in: in, answer: make(chan Answer, 1)}
	g.mu.Lock()
	if g.closed || len(g.waiting) >= maxWaiting {
		g.mu.Unlock()
		return Answer{Err: ErrBusy}
	}
	g.waiting = append(g.waiting, w)
	if !g.running {
		g.running = true
		g.done.Go(g.run)
	}
	g.mu.Unlock()
	select {
	case answer := <-w.answer:
		return answer
	case <-ctx.Done():
		return Answer{Err: ctx.Err()}
	}
}

// run stores what waits until nothing does. It has no caller's context: one
// who goes away must not fail the others. A transaction is bounded by
// writeWait.
func (g *gather) run() {
	for {
		g.mu.Lock()
		n := min(len(g.waiting), maxIntroductions)
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if n == 0 {
			g.waiting, g.running = nil, false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		ins := make([]Introduction, n)
		for i, w := range batch {
			ins[i] = w.in
		}
		for i, answer := range g.store(context.Background(), ins) {
			batch[i].answer <- answer
		}
	}
}

// close refuses newcomers and waits until the others have their answers.
func (g *gather) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.done.Wait()
}
