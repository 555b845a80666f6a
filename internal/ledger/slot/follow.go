package slot

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// ReadLimit is how many records are read at a time when following the log.
	ReadLimit = 256
	// farBehind is when it is cheaper to forget than to follow (DESIGN §3, Bounds).
	farBehind = 10_000
)

// follower brings what a node remembers of a slot up to the slot's log.
type follower struct{ *replica }

// load remembers the wanted rows, after following the log to where they were read.
func (s follower) load(ctx context.Context, st store, w engine.Want) error {
	l, err := st.Load(ctx, w)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if l.Head > s.m.seq {
		if err := s.follow(ctx, st, l.Head); err != nil {
			return err
		}
	}
	if l.Head < s.m.seq {
		// Following met the far end and read it all again. But a store whose head
		// is behind has lost records that others were given.
		if _, err := s.followIfBehind(ctx); err != nil {
			return err
		}
		return s.load(ctx, st, w)
	}
	for _, k := range w.Keys {
		s.asked[k] = true
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.add(w, l)
}

func wantOf(e *engine.ExistsError) engine.Want {
	w := engine.Want{Keys: e.Keys}
	for _, h := range e.Holds {
		w.Orders = append(w.Orders, h.OrderKey)
	}
	return w
}

// followIfBehind reads the head once and follows the log when another node wrote.
func (s follower) followIfBehind(ctx context.Context) (bool, error) {
	head, err := s.eng.Head(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("read head: %w", err)
	case head == s.m.seq:
		return false, nil
	case head < s.m.seq:
		return false, s.stopOnLostRecords(head)
	}
	return true, s.follow(ctx, s.eng, 0)
}

// catchUp follows the log after a lost head.
func (s follower) catchUp(ctx context.Context) error {
	before := s.m.seq
	if err := s.follow(ctx, s.eng, 0); err != nil || s.m.seq != before {
		return err
	}
	_, err := s.followIfBehind(ctx) // nobody wrote: the log must not be shorter than before
	return err
}

// stopOnLostRecords stops the slot: the store has lost records that were acknowledged, by a
// restore or a failover, and the memory shows a past that did not happen. After a
// restart the slot continues from what the store has.
func (s follower) stopOnLostRecords(head engine.Seq) error {
	err := fmt.Errorf("the log ends with record %d, it had %d: %w", head, s.m.seq, engine.ErrLost)
	s.stop(err)
	return err
}

// follow folds the records of others into the memory, up to upTo; 0 means all there
// are. A node that is too far behind forgets, and reads what is open instead.
func (s follower) follow(ctx context.Context, st store, upTo engine.Seq) error {
	for page := 0; upTo == 0 || s.m.seq < upTo; page++ {
		if page == 1 {
			if far, err := s.readAnewIfFarBehind(ctx); err != nil || far {
				return err
			}
		}
		limit := ReadLimit
		if upTo != 0 {
			limit = min(limit, int(upTo-s.m.seq))
		}
		records, err := st.Read(ctx, s.m.seq, limit)
		switch {
		case errors.Is(err, engine.ErrGone):
			return s.readAnew(ctx)
		case err != nil:
			return fmt.Errorf("follow the log behind %d: %w", s.m.seq, err)
		case len(records) == 0 && upTo != 0:
			// The rows came from a server that the engine no longer uses.
			return fmt.Errorf("record %d is not there yet: %w", s.m.seq+1, ErrBusy)
		}
		if err := s.fold(records); err != nil {
			return err
		}
		if upTo == 0 && isLastPage(records, limit) {
			return nil
		}
	}
	return nil
}

// isLastPage reports whether a page of the log was most likely the last one: stores cut
// a page for its size only. If the guess is wrong, the next append loses the head.
func isLastPage(records []engine.Record, limit int) bool {
	size := 0
	for i := range records {
		size += len(records[i].Body) + len(records[i].Text)
	}
	return len(records) == 0 || len(records) < limit && size < 1<<20
}

// readAnewIfFarBehind reads the slot again when that is cheaper than following the log.
func (s follower) readAnewIfFarBehind(ctx context.Context) (bool, error) {
	head, err := s.eng.Head(ctx)
	if err != nil {
		return false, fmt.Errorf("read head: %w", err)
	}
	if head <= s.m.seq+farBehind {
		return false, nil
	}
	return true, s.readAnew(ctx)
}

// fold folds records into the memory.
func (s follower) fold(records []engine.Record) (err error) {
	if len(records) == 0 {
		return nil
	}
	s.m.mu.Lock()
	for i := range records {
		r := &records[i]
		var entries []*stock.Event
		if entries, err = s.m.follow(r); err != nil {
			break
		}
		if s.o.Stored != nil && entries != nil {
			s.o.Stored(s.number, r.Seq, r.At, entries, len(r.Body)+len(r.Text))
		}
		s.wrote(&records[i])
	}
	at := s.m.at
	s.m.mu.Unlock()
	clear(s.asked) // keys that these records stored were missing when asked for
	if err != nil {
		s.stop(err)
		return err
	}
	s.clock.NotBefore(at)
	s.o.Notify(Position{s.number, s.m.seq})
	return nil
}

// readAnew forgets what is remembered and starts at the present end of the log.
func (s follower) readAnew(ctx context.Context) error {
	err := s.recover(ctx)
	if err != nil {
		if fatal(err) {
			s.stop(err)
		}
		return fmt.Errorf("read the slot anew: %w", err)
	}
	clear(s.asked)
	s.clock.NotBefore(s.m.at)
	s.o.Notify(Position{s.number, s.m.seq})
	return nil
}

// overtaken reports whether the call came from a node that has written to the
// slot since it sent it, or may have.
func (s *replica) overtaken(c *submission) bool {
	return c.from != nil && (c.from.After < s.since || s.writers[c.from.Writer] > c.from.After)
}

// maxWriters bounds the writers that are remembered. There is one for each
// start of a node.
const maxWriters = 1024

// wrote notes who wrote a record.
func (s follower) wrote(r *engine.Record) {
	if s.writers == nil {
		s.writers = map[[16]byte]engine.Seq{}
	}
	s.writers[r.Writer] = r.Seq
	if len(s.writers) <= maxWriters {
		return
	}
	// Forget the writer whose last record is the oldest: what it sent before that
	// counts as overtaken.
	oldest := r.Writer
	for w, seq := range s.writers {
		if seq < s.writers[oldest] {
			oldest = w
		}
	}
	s.since = max(s.since, s.writers[oldest])
	delete(s.writers, oldest)
}
