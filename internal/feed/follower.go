package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// follower follows the log of one slot and hands each event to the strands of
// those who watch for it. Without watchers it does nothing.
type follower struct {
	eng    engine.Engine
	slot   uint16
	poll   time.Duration
	most   int // events may wait for one watcher
	recent *recent

	wake   chan struct{} // the log has grown
	wanted chan struct{} // somebody watches

	mu sync.Mutex
	// seq is the last record whose events were handed out.
	seq       engine.Seq
	published atomic.Uint64 // seq, for those without the lock
	lists     fanout
	callers   map[*Watch]engine.Seq // who wants to know when seq is there
}

func newFollower(eng engine.Engine, slot uint16, of *Histories, poll time.Duration, most int, h *shelf) *follower {
	return &follower{
		eng: eng, slot: slot, poll: poll, most: most, recent: newRecent(eng, slot, of, h),
		wake: make(chan struct{}, 1), wanted: make(chan struct{}, 1), lists: newFanout(), callers: map[*Watch]engine.Seq{},
	}
}

// follow hands out record after record until something goes wrong. It calls
// done after each step that went well.
func (f *follower) follow(ctx context.Context, done func()) error {
	for {
		from, idle := f.at()
		if idle {
			f.recent.forget()
			select {
			case <-f.wanted:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		records := f.recent.known(from, readAhead)
		if len(records) == 0 {
			var err error
			records, err = f.recent.read(ctx, from)
			if errors.Is(err, engine.ErrGone) {
				f.scatter()
				continue
			}
			if err != nil {
				return err
			}
		}
		if err := f.publish(records); err != nil {
			return err
		}
		done()
		if len(records) > 0 {
			continue
		}
		if err := f.await(ctx, from); err != nil {
			return err
		}
	}
}

// at returns how far the log was handed out, and whether nobody watches.
func (f *follower) at() (engine.Seq, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq, f.lists.n == 0
}

// await waits until the log has grown beyond seq, here or by another process.
func (f *follower) await(ctx context.Context, seq engine.Seq) error {
	for ctx.Err() == nil {
		if rest(ctx, f.poll, f.wake) {
			return nil
		}
		head, err := f.eng.Head(ctx)
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		if head > seq {
			return nil
		}
		if _, idle := f.at(); idle {
			return nil
		}
	}
	return ctx.Err()
}

// publish hands out the events of the records that come next.
func (f *follower) publish(records []*record) error {
	for _, rec := range records {
		if err := f.publishOne(rec); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) publishOne(rec *record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rec.seq != f.seq+1 {
		return nil // it has jumped meanwhile, nobody was watching
	}
	if len(rec.gates) > 0 {
		// Each looks for himself whether he may go on.
		f.dismiss()
	}
	if rec.touches(f.lists.wants) {
		events, err := rec.all()
		if err != nil {
			return err
		}
		var slow []*strand
		for _, e := range events {
			f.lists.each(e, func(s *strand) {
				if s.push(e) {
					slow = append(slow, s)
				}
			})
		}
		for _, s := range slow {
			f.lists.remove(s)
		}
	}
	f.advance(rec.seq)
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

// scatter sends everybody back to reading the log by himself: what comes
// next was dropped before it was handed out.
func (f *follower) scatter() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dismiss()
}

// dismiss sends everybody back to reading the log by himself. The caller has
// the lock.
func (f *follower) dismiss() {
	for _, list := range f.lists.lists {
		for _, s := range list {
			s.leave()
		}
	}
	f.lists = newFanout()
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
