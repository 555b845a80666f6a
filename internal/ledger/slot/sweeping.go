package slot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// sweeping expires what is due, one slice after the other. While a slice is
// being decided and stored, the rows that the next one needs are read.
type sweeping struct {
	s      *sweeper
	grace  stock.Time    // lines must have been due for longer
	tenant string        // the tenant whose lines are counted, "": all
	end    time.Duration // when no further slice is begun, 0: when none is due
	size   int           // of the next slice
	ended  int           // lines of the tenant that have ended
}

// slice is some due lines that were taken out of the index.
type slice struct {
	due    *dueIndex
	lines  []*openLine
	orders []stock.OrderKey // of the lines, each once
	full   bool             // as many as were asked for: more may be due
	ahead  *ahead           // their rows, read in parallel with the committer
}

// run expires slices until nothing is due, the time is over or a slice changed
// nothing.
func (w *sweeping) run(ctx context.Context) error {
	s := w.s
	w.size = sweepSlice
	var next *slice
	defer func() { s.giveBack(next) }()
	for ctx.Err() == nil && (w.end == 0 || s.slot.o.clock.Elapsed() < w.end) {
		if next == nil {
			next = s.overdue(w.grace, w.size)
		}
		if next != nil && !s.keepAhead(next.ahead) && s.slot.o.Peers != nil {
			// Follow what the home has stored before deciding: most of the lines
			// that seem to be due may have ended long ago.
			s.giveBack(next)
			next = nil
			if _, err := s.slot.look(ctx, func(*memory, stock.Time) engine.Want { return engine.Want{} }); err != nil {
				return err
			}
			next = s.overdue(w.grace, w.size)
		}
		if next == nil {
			return nil
		}
		now := next
		next = nil
		began := s.slot.o.clock.Elapsed()
		more, err := w.expire(ctx, now, &next)
		if err != nil || !more {
			return err
		}
		w.pace(s.slot.o.clock.Elapsed() - began)
	}
	return nil
}

// pace sets the length of the next slice by the time that one of this length took.
func (w *sweeping) pace(took time.Duration) {
	fits := 2 * w.size
	if took > sweepTime/2 {
		fits = int(int64(w.size) * int64(sweepTime) / int64(took))
	}
	w.size = max(min(fits, sweepMost), sweepSlice)
}

// expire expires the lines of a slice and meanwhile takes the next one. It reports
// whether it makes sense to continue.
func (w *sweeping) expire(ctx context.Context, now *slice, next **slice) (more bool, err error) {
	s := w.s
	defer s.giveBack(now)
	c := s.expiries(now)
	if len(c.requests) == 0 {
		s.slot.committer.queue.drop(c)
		return now.full, nil // all have ended meanwhile
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	if now.full {
		if *next = s.overdue(w.grace, w.size); *next != nil {
			beside.Go(func() { (*next).read(s.slot.o.Apart(ctx, "ahead", int(s.slot.number)), s) })
		}
	}
	if err := s.slot.submit(ctx, c); err != nil {
		return false, err
	}
	defer s.slot.committer.queue.drop(c)
	for i := range c.results {
		r := &c.results[i]
		if errors.Is(r.Err, ErrFrozen) {
			continue // the alarm was raised when it froze
		}
		if r.Err != nil {
			return false, r.Err
		}
		more = now.full
		for _, l := range r.Event.Lines {
			if l.Changed {
				s.slot.stats.expired.Add(1)
				if w.tenant == "" || r.Event.Tenant == w.tenant {
					w.ended++
				}
			}
		}
	}
	return more, nil
}

// read reads the rows that expiring the slice needs.
func (t *slice) read(ctx context.Context, s *sweeper) {
	items := make([]stock.ItemKey, len(t.lines))
	for i, l := range t.lines {
		items[i] = l.item.key
	}
	t.ahead = s.readAhead(ctx, t.orders, items)
}

// expiries is the call that expires the orders of the slice, none when all its
// lines have ended.
func (s *sweeper) expiries(t *slice) *submission {
	s.slot.m.mu.Lock()
	s.slot.m.dues()
	open := slices.ContainsFunc(t.lines, func(l *openLine) bool { return !l.gone })
	s.slot.m.mu.Unlock()
	if !open {
		return s.slot.committer.queue.call(0)
	}
	c := s.slot.committer.queue.call(len(t.orders))
	for _, k := range t.orders {
		c.requests = append(c.requests, Request{Command: stock.Expire{Order: k}})
	}
	return c
}

// overdue takes up to limit lines that have been due for longer than grace out
// of the index, nil when there are none; they are given back to it.
func (s *sweeper) overdue(grace stock.Time, limit int) *slice {
	s.slot.m.mu.Lock()
	defer s.slot.m.mu.Unlock()
	due := s.slot.m.dues()
	lines := due.overdue(s.slot.clock.Now()-grace, limit)
	if len(lines) == 0 {
		return nil
	}
	t := &slice{due: due, lines: lines, full: len(lines) == limit, orders: make([]stock.OrderKey, 0, len(lines))}
	seen := make(map[stock.OrderKey]struct{}, len(lines))
	for _, l := range lines {
		k := l.orderKey()
		if _, again := seen[k]; !again {
			seen[k] = struct{}{}
			t.orders = append(t.orders, k)
		}
	}
	return t
}

// giveBack returns the lines of a slice, if there is one, to its index, which
// the memory may have replaced.
func (s *sweeper) giveBack(t *slice) {
	if t == nil {
		return
	}
	s.slot.m.mu.Lock()
	defer s.slot.m.mu.Unlock()
	s.slot.m.dues()
	t.due.giveBack(t.lines)
}
