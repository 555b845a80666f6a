package slot

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// committer decides the commands that wait for a slot, group by group. It is the
// only one that does so in this process.
type committer struct {
	*replica
	follower follower
	queue    *queue
	away     forwarder // to the home of the slot

	// work has room for one token: the goroutine that commits holds it, and owns
	// the fields below.
	work   chan struct{}
	carry  []*submission // taken from the queue and not finished
	crowd  crowd
	gen    uint64
	packer packer
	events []*stock.Event // room for the entries of the next group
	ops    []op           // and for its ops
	// fighting counts the groups for which the head is still locked first,
	// because another writer got ahead.
	fighting int
	doubt    *doubt // the outcome of the last group is not known
	sketch   sketch // of the next group

	// failed counts the groups that failed since the last log message about it.
	failed     int
	complained time.Duration
}

const (
	// askGroups is for how many groups keys are looked up first after one was found
	// (COMMIT.md §6 e).
	askGroups = 64
	// fightGroups is how many groups in a row must meet no foreign record
	// before the head is compared instead of locked again (COMMIT.md §7.2).
	fightGroups = 8
)

func newCommitter(r *replica) *committer {
	s := &committer{
		replica: r, follower: follower{r},
		queue:  newQueue(r.o.Queue),
		away:   forwarder{replica: r},
		work:   make(chan struct{}, 1),
		packer: packer{builder: stock.NewRecordBuilder(), writer: r.writer, random: r.o.Random},
	}
	// run ends, and with it the process, which recovers by a restart (FAULTS F22).
	r.onStop = s.queue.close
	return s
}

// store is what a group is decided on: the engine, or a Writer that locks its head.
type store interface {
	Load(ctx context.Context, w engine.Want) (*engine.Loaded, error)
	Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error)
	Append(ctx context.Context, after engine.Seq, g *engine.Group) error
}

// run commits until the queue is closed and empty. It does the work that callers do
// not do themselves (lead).
func (s *committer) run(ctx context.Context) error {
	for {
		select {
		case <-s.queue.wake:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			s.queue.close() // also when a call was queued at the same moment
		}
		s.work <- struct{}{}
		s.At(ctx, PointWork)
		s.resolve(ctx)
		// Accepted calls are finished even when the process is to stop.
		more := s.step(context.WithoutCancel(ctx))
		<-s.work
		if !more && s.isEnded() {
			return s.stopped()
		}
		s.wakeRun(more)
	}
}

// lead lets a caller whose call has just been queued commit it itself when no other
// goroutine commits: a single caller does not pay for a switch between two
// goroutines. When the caller's time is up in the middle of it, run continues
// there.
func (s *committer) lead(ctx context.Context) {
	select {
	case s.work <- struct{}{}:
	default:
		s.foresee()
		return // the goroutine at work looks at the queue again when it is done
	}
	more := s.step(ctx)
	<-s.work
	s.wakeRun(more)
}

// step commits one group and reports whether it left calls unfinished. A group in
// doubt is left for run, and meanwhile only calls that read are served. The caller
// holds work.
func (s *committer) step(ctx context.Context) (more bool) {
	if s.doubt != nil {
		s.readBeside(ctx)
		return true
	}
	s.gather()
	sketch, calls := s.sketch.close()
	s.sketch.most = s.crowd.share(s.o.Commands)
	calls = s.queue.take(append(calls, s.carry...), s.sketch.most)
	s.crowd.measure(calls)
	s.carry = nil
	here, away := s.away.sort(calls)
	if len(away) > 0 {
		forget(calls)
		sketch = nil
	}
	if len(here) > 0 {
		s.carry = s.turn(ctx, here, sketch)
	}
	if len(away) > 0 {
		if s.doubt == nil {
			away = s.away.forward(ctx, away)
		}
		s.carry = append(s.carry, away...)
	}
	return len(s.carry) > 0 || s.doubt != nil || s.sketch.commands.Load() > 0
}

// wakeRun wakes run when there is more to do. It is called without work: it sees the
// calls that were queued while work was held, and callers that come later lead
// themselves.
func (s *committer) wakeRun(more bool) {
	if more || s.waiting() > 0 {
		s.queue.signal()
	}
}

// trouble logs at intervals that commands fail, and how many groups have failed
// since the last message.
func (s *committer) trouble(err error) {
	s.failed++
	now := s.o.clock.Elapsed()
	if errors.Is(err, ErrStopped) || s.failed > 1 && now-s.complained < troubleEvery {
		return
	}
	s.o.Log.Warn("commands fail", "slot", s.number, "groups", s.failed, "err", err)
	s.complained, s.failed = now, 1
}

// fail answers all calls with the error: nothing of what was not yet decided has
// happened. Calls that only read and were served succeed. When the only cause is
// that the time of the leading caller is up, the calls are left for run.
func (s *committer) fail(ctx context.Context, calls []*submission, err error) []*submission {
	if ctx.Err() != nil && s.stopped() == nil {
		return calls
	}
	s.trouble(err)
	for _, c := range calls {
		if c.served && len(c.requests) == 0 {
			c.finish(nil)
			continue
		}
		for n := c.next; n < len(c.requests); n++ {
			c.results[n].Err = c.unsure(n, err)
		}
		c.finish(err)
	}
	return nil
}
