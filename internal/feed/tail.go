package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// defaultPoll is how often the head is looked at while somebody watches:
	// other processes commit too, and cannot notify this one.
	defaultPoll = 20 * time.Millisecond
	// defaultQueue is how many events may wait for one watcher.
	defaultQueue = 4096

	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// Tail follows the log of one slot and hands each event to those who watch for
// it. It is safe for concurrent use while Run runs; without watchers it does
// nothing.
type Tail struct {
	eng    engine.Engine
	log    *slog.Logger
	slot   uint16
	poll   time.Duration
	queue  int
	recent *recent

	wake   chan struct{} // the log has grown
	wanted chan struct{} // somebody watches

	mu sync.Mutex
	// seq is the last record whose events were handed out.
	seq       engine.Seq
	published atomic.Uint64 // seq, for those without the lock
	lists     fanout
}

// Option changes what NewTail makes.
type Option func(*Tail)

// WithPoll sets how often commits of other processes are looked for. The
// default is 20 ms.
func WithPoll(d time.Duration) Option { return func(t *Tail) { t.poll = d } }

// WithQueue bounds the events that wait for one watcher when a record comes:
// with more he is cut off. The default is 4096.
func WithQueue(n int) Option { return func(t *Tail) { t.queue = n } }

// WithSlot sets the number of the slot, which is part of cursors. The default
// is 0.
func WithSlot(n uint16) Option { return func(t *Tail) { t.slot = n } }

// NewTail returns the tail of the slot kept by eng.
func NewTail(eng engine.Engine, log *slog.Logger, opts ...Option) *Tail {
	t := &Tail{
		eng: eng, log: log, poll: defaultPoll, queue: defaultQueue,
		wake: make(chan struct{}, 1), wanted: make(chan struct{}, 1), lists: newFanout(),
	}
	for _, set := range opts {
		set(t)
	}
	t.recent = newRecent(eng, t.slot)
	return t
}

// Notify tells the tail that the log has grown. It never blocks.
func (t *Tail) Notify() { signal(t.wake) }

// Run follows the log until ctx ends, and returns ctx's error. What goes wrong
// meanwhile is logged once and tried again.
func (t *Tail) Run(ctx context.Context) error {
	retry := firstRetry
	failing := false
	for ctx.Err() == nil {
		err := t.follow(ctx, func() {
			if failing {
				t.log.InfoContext(ctx, "feed goes on")
			}
			retry, failing = firstRetry, false
		})
		if ctx.Err() != nil {
			break
		}
		if !failing {
			t.log.ErrorContext(ctx, "feed fails, trying again", "err", err)
			failing = true
		}
		rest(ctx, retry/2+rand.N(retry/2+1), nil)
		retry = min(2*retry, lastRetry)
	}
	return ctx.Err()
}

// follow hands out record after record until something goes wrong. It calls
// done after each step that went well.
func (t *Tail) follow(ctx context.Context, done func()) error {
	for {
		from, idle := t.at()
		if idle {
			t.recent.forget()
			select {
			case <-t.wanted:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		records := t.recent.known(from, readAhead)
		if len(records) == 0 {
			var err error
			records, err = t.recent.read(ctx, from)
			if errors.Is(err, engine.ErrGone) {
				t.scatter()
				continue
			}
			if err != nil {
				return err
			}
		}
		if err := t.publish(records); err != nil {
			return err
		}
		done()
		if len(records) > 0 {
			continue
		}
		if err := t.await(ctx, from); err != nil {
			return err
		}
	}
}

// at returns where the tail is, and whether nobody watches.
func (t *Tail) at() (engine.Seq, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seq, t.lists.n == 0
}

// await waits until the log has grown beyond seq, here or by another process.
func (t *Tail) await(ctx context.Context, seq engine.Seq) error {
	for ctx.Err() == nil {
		if rest(ctx, t.poll, t.wake) {
			return nil
		}
		head, err := t.eng.Head(ctx)
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		if head > seq {
			return nil
		}
		if _, idle := t.at(); idle {
			return nil
		}
	}
	return ctx.Err()
}

// publish hands out the events of the records that come next.
func (t *Tail) publish(records []*record) error {
	for _, rec := range records {
		if err := t.publishOne(rec); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tail) publishOne(rec *record) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if rec.seq != t.seq+1 {
		return nil // the tail has jumped meanwhile, nobody was watching
	}
	if rec.touches(t.lists.wants) {
		events, err := rec.all()
		if err != nil {
			return err
		}
		var slow []*Watch
		for _, e := range events {
			t.lists.each(e, func(w *Watch) {
				if w.push(e, t.queue) {
					slow = append(slow, w)
				}
			})
		}
		for _, w := range slow {
			t.lists.remove(w)
		}
	}
	t.advance(rec.seq)
	return nil
}

// advance moves on to seq. The caller has the lock.
func (t *Tail) advance(seq engine.Seq) {
	t.seq = seq
	t.published.Store(uint64(seq))
}

// scatter sends everybody back to reading the log by himself: the tail has
// fallen behind what is kept of it.
func (t *Tail) scatter() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, list := range t.lists.lists {
		for _, w := range list {
			w.leave()
		}
	}
	t.lists = newFanout()
}

// rest waits for d or for something on wake, and reports which it was.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-wake:
		return true
	case <-ctx.Done():
		return false
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
