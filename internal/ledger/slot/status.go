package slot

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Number is the slot's number.
func (s *Slot) Number() uint16 { return s.number }

// Engine is where the slot is kept.
func (s *Slot) Engine() engine.Engine { return s.eng }

// Now is slot time.
func (s *Slot) Now() stock.Time { return s.clock.Now() }

// Elapsed is the time since some moment in the past, by the slot's clock.
func (s *Slot) Elapsed() time.Duration { return s.o.clock.Elapsed() }

// NotBefore moves slot time up to t.
func (s *Slot) NotBefore(t stock.Time) { s.clock.NotBefore(t) }

// Seen is the newest record that the memory shows.
func (s *Slot) Seen() engine.Seq {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.seq
}

// Head reads the newest record of the log, after the call began.
func (s *Slot) Head(ctx context.Context) (engine.Seq, error) {
	head, err := s.head.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read head of slot %d: %w", s.number, err)
	}
	return head, nil
}

// Stopped is the error for which the slot had to stop, nil when it has not.
func (s *Slot) Stopped() error { return s.stopped() }

// Stats returns what the slot has counted.
func (s *Slot) Stats() Stats {
	t := Stats{
		Groups: s.stats.groups.Load(), Entries: s.stats.entries.Load(), Moved: s.stats.moved.Load(), Repeats: s.stats.repeats.Load(), Foreseen: s.stats.foresaw.Load(),
		Expired: s.stats.expired.Load(), Frozen: s.stats.frozen.Load(),
		Forwarded: s.stats.forwarded.Load(), Accepted: s.stats.accepted.Load(), Unanswered: s.stats.unanswered.Load(),
		Waiting: s.waiting(), Taken: int(s.sketch.commands.Load()),
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	t.OpenLines, t.Untold, t.Seq = s.m.dues().live, len(s.m.copies.orders), uint64(s.m.seq)
	return t
}

// Overdue is for how long the hold that is longest past its deadline has been
// so without having been given back; 0 when there is none.
func (s *Slot) Overdue() time.Duration {
	s.m.mu.Lock()
	next := s.m.dues().next()
	s.m.mu.Unlock()
	if now := s.clock.Now(); next != 0 && next < now {
		return fromTime(now - next)
	}
	return 0
}

// ClockApart is how far the clock is ahead of slot time (negative: behind).
func (s *Slot) ClockApart() time.Duration {
	apart, _ := s.clock.Apart()
	return apart
}

// Trail returns the newest records that this node has seen, newest first. All of
// them were durable when they were seen.
func (s *Slot) Trail() []Sighting {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.trail.newest()
}

// Forget drops what is remembered and can be loaded again.
func (s *Slot) Forget() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.forget()
}

// Sweep expires the tenant's holds that are due now, for at most sweepFor, and
// returns how many order lines ended by it.
func (s *Slot) Sweep(ctx context.Context, tenant string) (int, error) {
	if _, err := s.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} }); err != nil {
		return 0, err
	}
	w := &sweeping{s: s, tenant: tenant, end: s.o.clock.Elapsed() + sweepFor}
	err := w.run(ctx)
	return w.ended, err
}
