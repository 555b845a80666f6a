package slot

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// replica is what this node remembers of a slot, kept up to date with the slot's
// log.
type replica struct {
	number uint16
	eng    engine.Engine
	o      Options
	clock  *slotClock
	m      *memory
	stats  stats
	writer [16]byte // names this start of this node in the records that it stores

	// asking counts the groups for which keys and orders are still looked up before
	// they are decided, because some were found to exist; asked are the keys of the
	// current group that have been looked up.
	asking int
	asked  map[engine.KeyID]bool
	// writers have the newest record of each writer that was met after since.
	writers map[[16]byte]engine.Seq
	since   engine.Seq

	several bool // the ledger has other slots
	onStop  func()
	stopMu  sync.Mutex
	stopErr error
	room    room
}

func newReplica(number uint16, eng engine.Engine, o Options) *replica {
	s := &replica{number: number, eng: eng, o: o, m: newMemory(o), asked: map[engine.KeyID]bool{}, onStop: func() {}}
	s.o.Random(s.writer[:])
	return s
}

// freeze takes an item out of writing: its books are wrong. The caller holds
// the memory's lock.
func (s *replica) freeze(k stock.ItemKey, err error) {
	s.m.frozen[k] = err
	s.stats.frozen.Add(1)
	s.o.Log.Error("item frozen", "location", k.Location, "product", k.Product, "err", err)
}

// stop makes the slot refuse everything from now on and ends its committer.
func (s *replica) stop(err error) {
	s.stopMu.Lock()
	defer s.stopMu.Unlock()
	if s.stopErr != nil {
		return
	}
	s.stopErr = fmt.Errorf("%w: %w", ErrStopped, err)
	s.onStop()
	s.o.Log.Error("slot stopped", "slot", s.number, "err", err)
}

func (s *replica) stopped() error {
	s.stopMu.Lock()
	defer s.stopMu.Unlock()
	return s.stopErr
}

// fatal reports whether the slot must not be written again. An unreachable store is
// not fatal: the next group tries it again.
func fatal(err error) bool {
	return errors.Is(err, engine.ErrBroken) || errors.Is(err, engine.ErrClosed)
}

// Stage is where the bucket is on its way to or from the slot.
func (s *replica) Stage(b stock.Bucket) stock.Stage {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.stages.stage(b)
}

// Number is the slot's number.
func (s *replica) Number() uint16 { return s.number }

// Engine is where the slot is kept.
func (s *replica) Engine() engine.Engine { return s.eng }

// Now is slot time.
func (s *replica) Now() stock.Time { return s.clock.Now() }

// Elapsed is the time since some moment in the past, by the slot's clock.
func (s *replica) Elapsed() time.Duration { return s.o.clock.Elapsed() }

// NotBefore moves slot time up to t.
func (s *replica) NotBefore(t stock.Time) { s.clock.NotBefore(t) }

// Seen is the newest record that the memory shows.
func (s *replica) Seen() engine.Seq {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.seq
}

// Overdue is how long the oldest overdue hold has been past its deadline without
// being given back; 0 when there is none.
func (s *replica) Overdue() time.Duration {
	s.m.mu.Lock()
	next := s.m.dues().next()
	s.m.mu.Unlock()
	if now := s.clock.Now(); next != 0 && next < now {
		return fromTime(now - next)
	}
	return 0
}

// ClockApart is how far the clock is ahead of slot time (negative: behind).
func (s *replica) ClockApart() time.Duration {
	apart, _ := s.clock.Apart()
	return apart
}

// Trail returns the newest records that this node has seen, newest first. All of
// them were durable when they were seen.
func (s *replica) Trail() []Sighting {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.trail.newest()
}

// Forget drops what is remembered and can be loaded again.
func (s *replica) Forget() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.forget()
}
