package slot

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

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
		Waiting: s.committer.waiting(), Taken: int(s.committer.sketch.commands.Load()),
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	t.OpenLines, t.Seq = s.m.dues().live, uint64(s.m.seq)
	return t
}

// Sweep expires the tenant's holds that are due now, for at most sweepFor, and
// returns how many order lines ended by it.
func (s *Slot) Sweep(ctx context.Context, tenant string) (int, error) {
	if _, err := s.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} }); err != nil {
		return 0, err
	}
	w := &sweeping{s: &sweeper{s}, tenant: tenant, end: s.o.clock.Elapsed() + sweepFor}
	err := w.run(ctx)
	return w.ended, err
}
