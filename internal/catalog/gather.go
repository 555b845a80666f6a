package catalog

import (
	"context"
	"sync"
)

// maxWaiting bounds the callers that wait for the database in one gather.
const maxWaiting = 4096

// gather asks the database for many callers at once: those that arrive while
// one transaction runs go into the next one together. It has a goroutine only
// while somebody waits.
type gather[Q, A any] struct {
	// ask has an answer to each question, in their order.
	ask func(context.Context, []Q) []A
	// most bounds the weight of the questions of one transaction, if there is
	// more than one; weight is that of one question, nil: each weighs 1.
	most   int
	weight func(Q) int

	mu      sync.Mutex
	waiting []waiter[Q, A]
	running bool
	closed  bool
	done    sync.WaitGroup
}

type waiter[Q, A any] struct {
	question Q
	answer   chan A // has room for the one answer
}

// wait returns the answer to q, or why it was not waited for: ErrBusy when too
// many wait, the end of ctx. After that what q is about may be stored all the
// same.
func (g *gather[Q, A]) wait(ctx context.Context, q Q) (answer A, err error) {
	w := waiter[Q, A]{question: q, answer: make(chan A, 1)}
	g.mu.Lock()
	if g.closed || len(g.waiting) >= maxWaiting {
		g.mu.Unlock()
		return answer, ErrBusy
	}
	g.waiting = append(g.waiting, w)
	if !g.running {
		g.running = true
		g.done.Go(g.run)
	}
	g.mu.Unlock()
	select {
	case answer = <-w.answer:
		return answer, nil
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// run asks what waits until nothing does. It has no caller's context: one who
// goes away must not fail the others. A transaction is bounded by writeWait or
// readMost.
func (g *gather[Q, A]) run() {
	for {
		g.mu.Lock()
		n := g.next()
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if n == 0 {
			g.waiting, g.running = nil, false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		questions := make([]Q, n)
		for i, w := range batch {
			questions[i] = w.question
		}
		for i, answer := range g.ask(context.Background(), questions) {
			batch[i].answer <- answer
		}
	}
}

// next is how many of the waiting callers go into the next transaction.
func (g *gather[Q, A]) next() int {
	if g.weight == nil {
		return min(len(g.waiting), g.most)
	}
	total := 0
	for i, w := range g.waiting {
		if total += g.weight(w.question); total > g.most {
			return max(i, 1)
		}
	}
	return len(g.waiting)
}

// close refuses newcomers and waits until the others have their answers.
func (g *gather[Q, A]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.done.Wait()
}
