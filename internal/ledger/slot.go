package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// store is what a group is decided on: the engine, or a Writer that holds its
// head still.
type store interface {
	Load(ctx context.Context, w engine.Want) (*engine.Loaded, error)
	Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error)
	Append(ctx context.Context, after engine.Seq, g *engine.Group) error
}

// slot is the committer of one slot: the only goroutine that decides for it.
type slot struct {
	number uint16
	eng    engine.Engine
	o      options
	clock  *slotClock
	queue  *queue
	m      *memory
	head   *headGate
	past   *outcomes
	writer [16]byte
	nonce  uint64

	// work has room for one: whoever commits; what follows is his.
	work    chan struct{}
	carry   []*call // taken from the queue and not finished
	crowd   crowd
	gen     uint64
	builder *stock.RecordBuilder
	packing packing
	events  []*stock.Event // room for the entries of the next group
	ops     []op           // and for its ops
	// asking counts the groups for which keys and orders are still looked up
	// before they are decided, because some were found to exist; asked are
	// the keys of the group at work that have been looked up.
	asking int
	asked  map[engine.KeyID]bool
	// fighting counts the groups for which the head is still locked first,
	// because another writer got ahead.
	fighting int
	doubt    *doubt     // what became of the last group is not known
	sketch   sketch     // of the next group
	carrying sync.Mutex // by who carries decisions to other slots
	line     line       // to the home of the slot
	// fence says that commands were sent to the home, that it is not known
	// whether they were carried out, and that nothing was stored here since.
	fence bool
	// writers have the newest record of each, as far as they were met since.
	writers map[[16]byte]engine.Seq
	since   engine.Seq

	stats stats

	// failed counts the groups that failed since it was complained about last.
	failed     int
	complained time.Duration

	stopMu  sync.Mutex
	stopErr error
}

const (
	// askGroups is how long keys are asked for first after one was found
	// (COMMIT.md §6 e).
	askGroups = 64
	// fightGroups is how many groups in a row must meet no foreign record
	// before the head is compared instead of locked again (COMMIT.md §7.2).
	fightGroups = 8
)

// openSlot recovers: it checks the newest records, remembers every open line
// with a deadline and stands at the head.
func openSlot(ctx context.Context, number uint16, eng engine.Engine, o options) (*slot, error) {
	s := &slot{
		number: number, eng: eng, o: o,
		queue:   newQueue(o.queue),
		m:       newMemory(o),
		builder: stock.NewRecordBuilder(),
		work:    make(chan struct{}, 1),
		asked:   map[engine.KeyID]bool{},
	}
	s.head = &headGate{read: eng.Head}
	s.past = newOutcomes(eng, number)
	s.o.random(s.writer[:])
	if err := s.recover(ctx); err != nil {
		return nil, fmt.Errorf("open slot %d: %w", number, err)
	}
	if err := s.takeClock(ctx); err != nil {
		return nil, fmt.Errorf("open slot %d: read the clock of the store: %w", number, err)
	}
	s.clock = newSlotClock(s.o.clock, s.m.at)
	return s, nil
}

// run commits until the queue is closed and empty. It does what callers do
// not do themselves (lead).
func (s *slot) run(ctx context.Context) error {
	for {
		select {
		case <-s.queue.wake:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			s.queue.close() // also when somebody was queued at the same moment
		}
		s.work <- struct{}{}
		s.at(ctx, PointWork)
		s.resolve(ctx)
		// What was accepted is finished even when the process is to stop.
		more := s.step(context.WithoutCancel(ctx))
		<-s.work
		if !more && s.ended() {
			return s.stopped()
		}
		s.goOn(more)
	}
}

// lead lets a caller whose call has just been queued commit it himself when
// nobody is at work: one caller alone is not sent through two goroutines. When
// his time is up in the middle of it, run goes on where he left.
func (s *slot) lead(ctx context.Context) {
	select {
	case s.work <- struct{}{}:
	default:
		s.foresee()
		return // who is at work looks at the queue again when done
	}
	more := s.step(ctx)
	<-s.work
	s.goOn(more)
}

// step commits one group and reports whether it left calls unfinished. A group
// in doubt is left for run, and meanwhile only readers are served. The caller
// holds work.
func (s *slot) step(ctx context.Context) (more bool) {
	if s.doubt != nil {
		s.readBeside(ctx)
		return true
	}
	s.gather()
	sketch, calls := s.sketch.close()
	s.sketch.most = s.crowd.share(s.o.commands)
	calls = s.queue.take(append(calls, s.carry...), s.sketch.most)
	s.crowd.of(calls)
	s.carry = nil
	here, away := s.sort(calls)
	if len(away) > 0 {
		forget(calls)
		sketch = nil
	}
	if len(here) > 0 {
		s.carry = s.tracedTurn(ctx, here, sketch)
	}
	if len(away) > 0 {
		if s.doubt == nil {
			away = s.forward(ctx, away)
		}
		s.carry = append(s.carry, away...)
	}
	return len(s.carry) > 0 || s.doubt != nil || s.sketch.commands.Load() > 0
}

// goOn wakes run when there is more to do. It is called without work: who was
// queued while work was held is seen here, who comes later leads.
func (s *slot) goOn(more bool) {
	if more || s.waiting() > 0 {
		s.queue.signal()
	}
}

// freeze takes an item out of writing: its books are wrong. The caller holds
// the memory's lock.
func (s *slot) freeze(k stock.ItemKey, err error) {
	s.m.frozen[k] = err
	s.stats.frozen.Add(1)
	s.o.log.Error("item frozen", "location", k.Location, "product", k.Product, "err", err)
}

// troubleEvery is how often a store that refuses is complained about.
const troubleEvery = 10 * time.Second

// trouble says now and then that commands fail, and how many groups did so
// since it was said last.
func (s *slot) trouble(err error) {
	s.failed++
	now := s.o.clock.Elapsed()
	if errors.Is(err, ErrStopped) || s.failed > 1 && now-s.complained < troubleEvery {
		return
	}
	s.o.log.Warn("commands fail", "slot", s.number, "groups", s.failed, "err", err)
	s.complained, s.failed = now, 1
}

// fatal reports whether the slot must not be written any more. A store that
// cannot be reached is no such thing: it is tried again with the next group.
func fatal(err error) bool {
	return errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrClosed)
}

// stop makes the slot refuse everything from now on and ends run.
func (s *slot) stop(err error) {
	s.stopMu.Lock()
	defer s.stopMu.Unlock()
	if s.stopErr != nil {
		return
	}
	s.stopErr = fmt.Errorf("%w: %w", ErrStopped, err)
	s.queue.close() // run ends, and with it the process: it is started anew to recover (FAULTS F22)
	s.o.log.Error("slot stopped", "slot", s.number, "err", err)
}

func (s *slot) stopped() error {
	s.stopMu.Lock()
	defer s.stopMu.Unlock()
	return s.stopErr
}

// fail answers all calls with the error: nothing of what was not yet decided
// has happened. Readers who have been served do not care. When it is only that
// the time of the caller who leads is up, the calls are left for run.
func (s *slot) fail(ctx context.Context, calls []*call, err error) []*call {
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
