package ledger

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
	// sweepSlice bounds the orders of one sweep command list, so that other
	// commands never wait for more than that (DESIGN §3, Expiry). With a million
	// due, 128 leave other items a p99 of 14 ms, 256 one of 29 ms.
	sweepSlice = 128
	// takeOver is how long overdue lines are left to the node that wrote last;
	// a random part of a second comes on top.
	takeOver = 2 * time.Second
)

// sweep gives back what is past its deadline. Nothing depends on it being on
// time: due holds count as free wherever it matters.
func (s *slot) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	alarmed := false
	for {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if ctx.Err() != nil {
			return nil
		}
		s.at(ctx, PointSweep)
		if apart, alarm := s.clock.Apart(); alarm != alarmed {
			alarmed = alarm
			s.o.log.Warn("slot time and the clock are apart", "slot", s.number, "ahead", apart, "alarm", alarm)
		}
		if err := s.sweepDue(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrStopping) && s.stopped() == nil {
			s.o.log.Warn("sweep failed", "slot", s.number, "err", err)
		}
	}
}

// sweepDue expires what is due now.
func (s *slot) sweepDue(ctx context.Context) error {
	var grace stock.Time
	if !s.wroteLast(ctx) {
		var b [2]byte
		s.o.random(b[:])
		grace = toTime(takeOver) + stock.Time(int(b[0])<<8|int(b[1]))*1000/65536
	}
	for ctx.Err() == nil {
		more, _, err := s.expireSlice(ctx, "", grace)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// wroteLast reports whether this node stored the slot's newest record.
func (s *slot) wroteLast(ctx context.Context) bool {
	s.m.mu.Lock()
	seq := s.m.seq
	next := s.m.dues().next()
	s.m.mu.Unlock()
	if next == 0 || next > s.clock.Now() || seq == 0 {
		return true // nothing to sweep: whose turn it is does not matter
	}
	records, err := s.eng.Read(ctx, seq-1, 1)
	return err == nil && len(records) == 1 && records[0].Writer == s.writer
}

// sweepFor bounds one Sweep: a million due holds take longer than anybody
// waits for an answer, and the sweep goes on by itself.
const sweepFor = 5 * time.Second

// Sweep expires the tenant's holds that are due now, for at most sweepFor, and
// returns how many order lines ended by it.
func (l *Ledger) Sweep(ctx context.Context, tenant string) (int, error) {
	total := 0
	for _, s := range l.slots {
		if _, err := s.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} }); err != nil {
			return total, err
		}
		end := s.o.clock.Elapsed() + sweepFor
		for s.o.clock.Elapsed() < end {
			more, n, err := s.expireSlice(ctx, tenant, 0)
			total += n
			if err != nil {
				return total, err
			}
			if !more {
				break
			}
		}
	}
	return total, nil
}

// expireSlice expires up to sweepSlice lines that have been due for longer
// than grace. It returns whether more may be due, and how many lines of the
// tenant ("": of all) ended.
func (s *slot) expireSlice(ctx context.Context, tenant string, grace stock.Time) (more bool, ended int, err error) {
	due, lines := s.overdue(grace)
	if len(lines) > 0 && s.o.peers != nil {
		// What the home has stored is followed when it is needed: most of what
		// seems to be due may have ended long ago.
		s.giveBack(due, lines)
		if _, err := s.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} }); err != nil {
			return false, 0, err
		}
		due, lines = s.overdue(grace)
	}
	if len(lines) == 0 {
		return false, 0, nil
	}
	defer s.giveBack(due, lines)
	s.at(ctx, PointOverdue)
	var expires []Request
	seen := map[stock.OrderKey]bool{}
	for _, l := range lines {
		if k := l.orderKey(); !seen[k] {
			seen[k] = true
			expires = append(expires, Request{Command: stock.Expire{Order: k}})
		}
	}
	c := s.queue.call(len(expires))
	c.requests = expires
	if err := s.submit(ctx, c); err != nil {
		return false, 0, err
	}
	defer s.queue.drop(c)
	s.at(ctx, PointSwept)
	for i := range c.results {
		r := &c.results[i]
		if errors.Is(r.Err, ErrFrozen) {
			continue // the alarm was raised when it froze
		}
		if r.Err != nil {
			return false, ended, r.Err
		}
		more = len(lines) == sweepSlice
		for _, l := range r.Event.Lines {
			if l.Changed {
				s.stats.expired.Add(1)
				if tenant == "" || r.Event.Tenant == tenant {
					ended++
				}
			}
		}
	}
	return more, ended, nil
}

// overdue takes up to sweepSlice lines that have been due for longer than
// grace out of the index; they are given back to it.
func (s *slot) overdue(grace stock.Time) (*dueIndex, []*openLine) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	due := s.m.dues()
	return due, due.overdue(s.clock.Now()-grace, sweepSlice)
}

// giveBack returns the lines to the index, which the memory may have replaced.
func (s *slot) giveBack(due *dueIndex, lines []*openLine) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	due.giveBack(lines)
}
