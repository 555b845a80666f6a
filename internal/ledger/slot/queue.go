package slot

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"holdfast.dev/holdfast/internal/engine"
)

// submission is one Submit on its way through the committer.
type submission struct {
	requests []Request
	results  []storedResult
	next     int // the first request that is not decided yet
	sketched int // the first that the sketch has not decided, 0: it has none of the call
	// want asks for rows to be remembered, follow for the log to be followed: that
	// is how readers get what memory lacks.
	want   engine.Want
	follow bool
	served bool // what want and follow ask for is done
	err    error

	from *Forwarded // the group of another node that it came with, nil: none
	sent *sent      // the home was asked and has not answered all
	own  bool       // it is decided here, wherever the home is
	late Postponed  // the part of it that has to be sent again

	state atomic.Int32
	done  chan struct{}   // gets one token when the call is answered
	one   [1]storedResult // room for the results of most calls
	span  trace.SpanContext
}

// storedResult is a Result, or where to read it.
type storedResult struct {
	Result
	stored *StoredKey
}

const (
	callWaiting int32 = iota
	callTaken
	callLeft
)

// leave reports whether the call could be taken back: then nothing has happened.
func (c *submission) leave() bool { return c.state.CompareAndSwap(callWaiting, callLeft) }

// finish answers the call.
func (c *submission) finish(err error) {
	c.err = err
	c.done <- struct{}{}
}

// weight is what the call counts in the queue.
func (c *submission) weight() int { return max(len(c.requests), 1) }

// queue is the bounded line in front of a committer.
type queue struct {
	mu     sync.Mutex
	limit  int
	weight int
	calls  []*submission
	closed bool
	wake   chan struct{}
	full   chan struct{} // has room for one: the awaited weight is reached
	wanted int           // the awaited weight, 0: none
	spare  sync.Pool     // of calls: each comes with a channel
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1), full: make(chan struct{}, 1)}
}

// call returns a call with room for n results. Callers return a finished call with
// drop.
func (q *queue) call(n int) *submission {
	c, ok := q.spare.Get().(*submission)
	if !ok {
		c = &submission{done: make(chan struct{}, 1)}
	}
	if n <= len(c.one) {
		c.results = c.one[:n]
	} else {
		c.results = make([]storedResult, n)
	}
	return c
}

// drop takes back a call that is answered and no longer needed.
func (q *queue) drop(c *submission) {
	*c = submission{done: c.done}
	q.spare.Put(c)
}

// put adds a call, without a signal; ErrBusy or ErrStopping when it cannot.
func (q *queue) put(c *submission) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrStopping
	}
	if q.weight > 0 && q.weight+c.weight() > q.limit {
		return ErrBusy
	}
	q.calls = append(q.calls, c)
	q.weight += c.weight()
	if q.wanted > 0 && q.weight >= q.wanted {
		q.wanted = 0
		q.full <- struct{}{} // there is room: await took the token that was left in it
	}
	return nil
}

// await returns a channel that is signalled when commands of that weight wait, nil
// when they do already. Only one goroutine at a time may wait for it.
func (q *queue) await(weight int) <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.full:
	default:
	}
	q.wanted = 0
	if q.closed || q.weight >= weight {
		return nil
	}
	q.wanted = weight
	return q.full
}

// signal wakes the goroutine that waits for the queue.
func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take appends to have the waiting calls, whole, until they hold about limit
// commands together. Calls whose callers have left are dropped.
func (q *queue) take(have []*submission, limit int) []*submission {
	n := 0
	for _, c := range have {
		n += c.weight() - c.next
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	i := 0
	for ; i < len(q.calls) && n < limit; i++ {
		c := q.calls[i]
		q.weight -= c.weight()
		if !c.state.CompareAndSwap(callWaiting, callTaken) {
			continue
		}
		n += c.weight()
		have = append(have, c)
	}
	if i == len(q.calls) {
		clear(q.calls)
		q.calls = q.calls[:0]
	} else {
		q.calls = append(q.calls[:0], q.calls[i:]...)
	}
	return have
}

// takeReaders takes the waiting calls that only read.
func (q *queue) takeReaders() (readers []*submission) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.calls[:0]
	for _, c := range q.calls {
		switch {
		case len(c.requests) > 0:
			rest = append(rest, c)
		case c.state.CompareAndSwap(callWaiting, callTaken):
			readers = append(readers, c)
			fallthrough
		default:
			q.weight -= c.weight()
		}
	}
	clear(q.calls[len(rest):])
	q.calls = rest
	return readers
}

// close refuses further calls; those waiting are still taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// isEnded reports whether the queue is closed and empty.
func (q *queue) isEnded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.calls) == 0
}

// depth is how many commands wait.
func (q *queue) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.weight
}
