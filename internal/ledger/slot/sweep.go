package slot

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// sweepEvery is how often the sweep looks for due lines; lists follow
	// within about a second (API.md).
	sweepEvery = 200 * time.Millisecond
	// sweepSlice is how many lines the sweep begins with, and the least it takes at
	// a time; sweepMost is the most. In between a slice is as long as fits into
	// sweepTime, judged by the slice before it: other commands wait for the slice
	// that is being stored, and are stored with the next one. With a million due
	// holds, 99 in 100 commands shall be answered within 20 ms (DESIGN §3, Expiry).
	sweepSlice = 128
	sweepMost  = 1024
	sweepTime  = 5 * time.Millisecond
	// takeOver is how long overdue lines are left to the node that wrote last; a
	// random part of a second is added.
	takeOver = 2 * time.Second
)

// sweeper makes the changes that time alone causes in a slot: holds end at their
// deadline, lots expire, units that were set aside go to the orders that wait.
type sweeper struct{ slot *Slot }

// sweep gives back what is past its deadline. Nothing depends on it being on time:
// wherever it matters, due holds count as free.
func (s *sweeper) sweep(ctx context.Context) error {
	alarmed := false
	var asked time.Duration  // when the store was asked for the time
	var lapsed time.Duration // when items that lapse were looked for
	for s.slot.o.Sleep(ctx, sweepEvery) == nil {
		s.slot.keepTime(ctx, &asked)
		if apart, alarm := s.slot.clock.Apart(); alarm != alarmed {
			alarmed = alarm
			s.slot.o.Log.Warn("slot time and the clock are apart", "slot", s.slot.number, "ahead", apart, "alarm", alarm)
		}
		if err := s.sweepDue(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrStopping) && s.slot.stopped() == nil {
			s.slot.o.Log.Warn("sweep failed", "slot", s.slot.number, "err", err)
		}
		if now := s.slot.o.clock.Elapsed(); now-lapsed >= lapseEvery {
			lapsed = now
			if err := s.lapseDue(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrStopping) && s.slot.stopped() == nil {
				s.slot.o.Log.Warn("changes that time made to items are not stored yet", "slot", s.slot.number, "err", err)
			}
		}
	}
	return nil
}

// sweepDue expires what is due now.
func (s *sweeper) sweepDue(ctx context.Context) error {
	var grace stock.Time
	if !s.wroteLast(ctx) {
		grace = s.graceOfOthers()
	}
	w := &sweeping{s: s, grace: grace}
	if err := w.run(ctx); err != nil {
		return err
	}
	return s.sweepWaiting(ctx, grace)
}

// wroteLast reports whether this node stored the slot's newest record.
func (s *sweeper) wroteLast(ctx context.Context) bool {
	s.slot.m.mu.Lock()
	seq := s.slot.m.seq
	next := s.slot.m.dues().next()
	behind := len(s.slot.m.waits.behind)
	s.slot.m.mu.Unlock()
	if behind == 0 && (next == 0 || next > s.slot.clock.Now()) || seq == 0 {
		return true // nothing to sweep: it does not matter whose turn it is
	}
	return s.wroteSeq(ctx, seq)
}

// wroteNewest is wroteLast when there is something to do.
func (s *sweeper) wroteNewest(ctx context.Context) bool {
	s.slot.m.mu.Lock()
	seq := s.slot.m.seq
	s.slot.m.mu.Unlock()
	return seq > 0 && s.wroteSeq(ctx, seq)
}

// wroteSeq reports whether this node stored the record.
func (s *sweeper) wroteSeq(ctx context.Context, seq engine.Seq) bool {
	records, err := s.slot.eng.Read(ctx, seq-1, 1)
	return err == nil && len(records) == 1 && records[0].Writer == s.slot.writer
}

// graceOfOthers is how long due lines are left to the node that wrote last.
func (s *sweeper) graceOfOthers() stock.Time {
	var b [2]byte
	s.slot.o.Random(b[:])
	return toTime(takeOver) + stock.Time(int(b[0])<<8|int(b[1]))*1000/65536
}

// sweepFor bounds one Sweep: a million due holds take longer than any caller waits
// for an answer, and the sweep in the background does the rest.
const sweepFor = 5 * time.Second
