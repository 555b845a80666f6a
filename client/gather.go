package client

import (
	"context"
	"runtime"
	"sync"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Bounds of one group. The API sets those for commands and lines. The bound for bytes
// keeps a group of large commands from delaying the small ones behind it.
const (
	maxGroup      = 1000
	maxGroupLines = 20_000
	maxGroupBytes = 2 << 20
)

const (
	// maxSenders is how many groups are under way at once: enough that the
	// server has the next one while it answers the last.
	maxSenders = 4
	// leastShare is the size up to which a group takes everything that waits.
	// Beyond it, the free senders get their share.
	leastShare = 64
)

// gather sends the writes that are under way at the same moment as one call (group
// commit). It never delays a write to fill a group: a write that finds a free sender
// is sent at once, and writes that arrive while all senders are busy join the next
// group. So a single caller has no delay, and many callers get large groups. The
// callers bound the queue, because each waits for one write.
type gather struct {
	link *link
	// carry sends commands as one call.
	carry func(context.Context, [][]byte) ([]*holdfastv1.CommandResult, string, *Error)

	mu      sync.Mutex
	waiting waitQueue
	running int // senders
	out     int // groups under way
	senders sync.WaitGroup
}

// ticket is one caller's write on its way.
type ticket struct {
	*preparedCommand
	limit  time.Duration
	answer chan answered

	before, after *ticket // in the line, while inLine
	inLine        bool
	group         *group
}

type answered struct {
	result *holdfastv1.CommandResult
	failed *Error
}

// group is the writes of one call.
type group struct {
	tickets []*ticket
	cancel  context.CancelFunc
	staying int // callers who have not left
}

// do sends p with the next group. When ctx ends, p leaves the group without
// disturbing the others. If p was still waiting, nothing has happened. If it was under
// way, the command may still be carried out.
func (g *gather) do(ctx context.Context, p *preparedCommand, limit time.Duration) (*holdfastv1.CommandResult, *Error) {
	t := &ticket{preparedCommand: p, limit: limit, answer: make(chan answered, 1)}
	g.join(t)
	select {
	case a := <-t.answer:
		return a.result, a.failed
	case <-ctx.Done():
	}
	if g.leave(t) {
		return nil, g.link.newNotSent()
	}
	select {
	case a := <-t.answer: // it came at the same moment
		return a.result, a.failed
	default:
		return nil, &Error{Code: CodeUnavailable, Detail: "the caller left before the answer", again: true, Unknown: true}
	}
}

func (g *gather) join(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting.push(t)
	if g.running < maxSenders {
		g.running++
		g.senders.Go(g.run)
	}
}

// leave takes t back and reports whether it had not been sent. A group that all
// callers have left is cancelled.
func (g *gather) leave(t *ticket) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.inLine {
		g.waiting.remove(t)
		return true
	}
	if t.group.staying--; t.group.staying == 0 {
		t.group.cancel()
	}
	return false
}

// run sends groups until nothing waits.
func (g *gather) run() {
	for {
		g.settle()
		if !g.link.isReady() && !g.reach() {
			return
		}
		ctx, next := g.take()
		if next == nil {
			return
		}
		g.send(ctx, next)
	}
}

// settle lets the callers that can run now join: callers that were answered
// together come back together. Without other callers it returns at once.
func (g *gather) settle() {
	for had := g.depth(); ; {
		runtime.Gosched()
		has := g.depth()
		if has <= had || has >= maxGroup {
			return
		}
		had = has
	}
}

// lookAgain is how often a sender without a connection checks whether a caller
// still waits for it.
const lookAgain = 100 * time.Millisecond

// reach waits for a connection as long as a caller waits for the sender. When none
// does, the sender has ended.
func (g *gather) reach() bool {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), lookAgain)
		up := g.link.wait(ctx)
		cancel()
		if up {
			return true
		}
		if g.end() {
			return false
		}
	}
}

// end ends the sender if nothing waits.
func (g *gather) end() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting.n > 0 {
		return false
	}
	g.running--
	return true
}

func (g *gather) depth() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting.n
}

// take makes a group of the waiting writes, and the context of its call. When nothing
// waits, the sender has ended.
func (g *gather) take() (context.Context, *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting.n == 0 {
		g.running--
		return nil, nil
	}
	free := maxSenders - g.out
	most := min(max(leastShare, (g.waiting.n+free-1)/free), maxGroup)
	next := &group{tickets: make([]*ticket, 0, min(most, g.waiting.n))}
	lines, size := 0, 0
	var limit time.Duration
	for t := g.waiting.first; t != nil && len(next.tickets) < most; t = g.waiting.first {
		lines += t.lines
		size += len(t.framed)
		if len(next.tickets) > 0 && (lines > maxGroupLines || size > maxGroupBytes) {
			break
		}
		g.waiting.remove(t)
		t.group = next
		next.tickets = append(next.tickets, t)
		limit = max(limit, t.limit)
	}
	next.staying = len(next.tickets)
	g.out++
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	next.cancel = cancel
	return ctx, next
}

// send carries out a group and answers its callers. It waits for none of them:
// each has room for its answer.
func (g *gather) send(ctx context.Context, next *group) {
	defer next.cancel()
	framed := make([][]byte, len(next.tickets))
	for i, t := range next.tickets {
		framed[i] = t.framed
	}
	results, id, failed := g.carry(ctx, framed)
	g.mu.Lock()
	g.out--
	g.mu.Unlock()
	for i, t := range next.tickets {
		if failed != nil {
			own := *failed // each caller names it after its own call
			t.answer <- answered{failed: &own}
			continue
		}
		result, refused := settled(results[i], id)
		t.answer <- answered{result, refused}
	}
}

// waitQueue is the tickets that wait, in the order in which they came.
type waitQueue struct {
	first, last *ticket
	n           int
}

func (l *waitQueue) push(t *ticket) {
	t.before, t.inLine = l.last, true
	if l.last == nil {
		l.first = t
	} else {
		l.last.after = t
	}
	l.last = t
	l.n++
}

func (l *waitQueue) remove(t *ticket) {
	if t.before == nil {
		l.first = t.after
	} else {
		t.before.after = t.after
	}
	if t.after == nil {
		l.last = t.before
	} else {
		t.after.before = t.before
	}
	t.before, t.after, t.inLine = nil, nil, false
	l.n--
}
