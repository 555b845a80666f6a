package ledger

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// readLimit is how many records are read at a time when following the log.
	readLimit = 256
	// farBehind is when it is cheaper to forget than to follow (DESIGN §3, Bounds).
	farBehind = 10_000
)

// load remembers the wanted rows, after following the log to where they were read.
func (s *slot) load(ctx context.Context, st store, w engine.Want) error {
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
		// Rows older than the memory would undo what it knows.
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

// behind reads the head once and follows the log when somebody else wrote.
func (s *slot) behind(ctx context.Context) (bool, error) {
	head, err := s.eng.Head(ctx)
	if err != nil {
		return false, fmt.Errorf("read head: %w", err)
	}
	if head == s.m.seq {
		return false, nil
	}
	return true, s.follow(ctx, s.eng, 0)
}

// follow folds the records of others into the memory, up to upTo, 0 for all
// there are.
func (s *slot) follow(ctx context.Context, st store, upTo engine.Seq) error {
	followed := 0
	for upTo == 0 || s.m.seq < upTo {
		limit := readLimit
		if followed > farBehind {
			return s.recover(ctx)
		}
		if upTo != 0 {
			limit = min(limit, int(upTo-s.m.seq))
		}
		records, err := st.Read(ctx, s.m.seq, limit)
		if err != nil {
			return fmt.Errorf("follow the log behind %d: %w", s.m.seq, err)
		}
		if len(records) == 0 {
			if upTo != 0 {
				err := fmt.Errorf("record %d is missing: %w", s.m.seq+1, engine.ErrBroken)
				s.stop(err)
				return err
			}
			return nil
		}
		s.m.mu.Lock()
		for i := range records {
			if err = s.m.follow(&records[i]); err != nil {
				break
			}
		}
		at := s.m.at
		s.m.mu.Unlock()
		clear(s.asked) // what they stored was not there when it was asked for
		followed += len(records)
		if err != nil {
			s.stop(err)
			return err
		}
		s.clock.NotBefore(at)
		s.o.notify(Position{s.number, s.m.seq})
	}
	return nil
}
