package feed

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// follower follows the log of one slot and hands each event to the strands of its watchers.
// Without watchers it does nothing.
type follower struct {
	*Log
	told *Subscription
	poll time.Duration
	most int // events may wait for one watcher

	wanted chan struct{} // somebody watches

	mu sync.Mutex
	// seq is the last record whose events were handed out.
	seq       engine.Seq
	published atomic.Uint64 // seq, for readers without the lock
	lists     fanout
	callers   map[*Watch]engine.Seq // the watches to signal when seq is handed out
}

func newFollower(l *Log, poll time.Duration, most int) *follower {
	return &follower{
		Log: l, told: l.subscribe(), poll: poll, most: most,
		wanted: make(chan struct{}, 1), lists: newFanout(), callers: map[*Watch]engine.Seq{},
	}
}

// follow hands out record after record until an error. It calls done after each step that
// succeeded.
func (f *follower) follow(ctx context.Context, done func()) error {
	look := true
	for ctx.Err() == nil {
		from, idle := f.progress()
		if idle {
			f.logs.past.forget(f.Slot)
			select {
			case <-f.wanted:
			case <-ctx.Done():
			}
			look = true
			continue
		}
		records, err := f.told.next(ctx, from, look)
		if errors.Is(err, engine.ErrGone) {
			f.scatter()
			continue
		}
		if err == nil {
			err = f.publish(records)
		}
		if err != nil {
			return err
		}
		done()
		if len(records) == 0 {
			look = !pauseFor(ctx, f.poll, f.told.grown)
		}
	}
	return ctx.Err()
}

// progress returns how far the log was handed out, and whether nobody watches.
func (f *follower) progress() (engine.Seq, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq, f.lists.n == 0
}

// publish hands out the events of the records that come next.
func (f *follower) publish(records []*Record) error {
	for _, rec := range records {
		if err := f.publishOne(rec); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) publishOne(rec *Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rec.Seq != f.seq+1 {
		return nil // the follower has jumped meanwhile, nobody was watching
	}
	if len(rec.gates) > 0 {
		// Each watcher checks for itself whether it may continue.
		f.dismiss()
	}
	if rec.touches(f.lists.wants) {
		events, err := rec.readEvents()
		if err != nil {
			return err
		}
		var slow []*strand
		for _, e := range events {
			f.lists.forEachWatcher(e, func(s *strand) {
				if s.push(e) {
					slow = append(slow, s)
				}
			})
		}
		for _, s := range slow {
			f.lists.remove(s)
		}
	}
	f.advance(rec.Seq)
	return nil
}

// advance moves on to seq. The caller has the lock.
func (f *follower) advance(seq engine.Seq) {
	f.seq = seq
	f.published.Store(uint64(seq))
	for w, want := range f.callers {
		if want <= seq {
			delete(f.callers, w)
			signal(w.ready)
		}
	}
}

// scatter sends every watcher back to reading the log by itself: the records that come next
// were dropped before they were handed out.
func (f *follower) scatter() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dismiss()
}

// dismiss sends every watcher back to reading the log by itself. The caller has the lock.
func (f *follower) dismiss() {
	for _, list := range f.lists.lists {
		for _, s := range list {
			s.leave()
		}
	}
	f.lists = newFanout()
}

// pauseFor waits for d or for something on wake, and reports which it was.
func pauseFor(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool) {
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
