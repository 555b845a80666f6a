package slot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// recover fills the memory from the store.
func (s follower) recover(ctx context.Context) error {
	fresh, head, err := s.readOpen(ctx)
	if err != nil {
		return err
	}
	var seen trail
	last, err := checkTail(ctx, s.eng, head, seen.note)
	if err != nil {
		return err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.forget()
	s.m.due, s.m.legs, s.m.waits, s.m.unnoted = fresh.due, fresh.legs, fresh.waits, nil
	s.m.steps, s.m.stages = fresh.steps, fresh.stages
	s.m.notePlacements()
	s.m.seq, s.m.hash, s.m.at, s.m.trail = head, last.Hash, last.At, seen
	s.since, s.writers = head, nil // earlier writers are not known
	return nil
}

// readOpen reads the stages of the buckets and the open lines, at one head.
func (s follower) readOpen(ctx context.Context) (*memory, engine.Seq, error) {
	for range maxLooks {
		m := &memory{due: newDueIndex(), legs: newDueIndex(), waits: newWaitIndex()}
		var err error
		if m.steps, err = s.Steps(ctx); err != nil {
			return nil, 0, err
		}
		m.stages = StagesOf(m.steps)
		for b, h := range m.stages {
			if h.Stage == stock.Coming {
				m.due.hide(b)
				m.legs.hide(b)
			}
		}
		head, err := s.eng.ScanHolds(ctx, engine.HoldScan{Open: true}, m.readHold)
		if err != nil {
			return nil, 0, fmt.Errorf("read open holds: %w", err)
		}
		if now, err := s.Steps(ctx); err != nil {
			return nil, 0, err
		} else if maps.EqualFunc(m.steps, now, func(a, b *stock.Handover) bool { return *a == *b }) {
			return m, head, nil
		}
	}
	return nil, 0, fmt.Errorf("read open holds: buckets move all the time: %w", ErrBusy)
}

// readHold notes the open lines of a row.
func (m *memory) readHold(r *engine.HoldRow) error {
	b := r.Key.Bucket
	if m.stages.stage(b) == stock.Left {
		return nil
	}
	return m.reader.OpenLines(r.Key, r.Packed, func(l *stock.Line) {
		if countWaiting(l) > 0 {
			m.waits.note(r.Key.Order, b, l)
			m.waits.behind[l.Item] = 0 // nobody knows
		}
		if r.Deadline == 0 {
			return
		}
		own := *l // the reader uses its line again
		own.Drawn = slices.Clone(l.Drawn)
		m.indexOf(&own).add(r.Key.Order, b, &own)
	})
}

// Steps reads the last step of each bucket that ever moved.
func (s *replica) Steps(ctx context.Context) (map[stock.Bucket]*stock.Handover, error) {
	rows, _, err := s.eng.Buckets(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the stages of buckets: %w", err)
	}
	return decodeSteps(rows)
}

// checkTail checks the newest thousand records up to head, names each to note and
// returns the last (F35).
func checkTail(ctx context.Context, eng engine.Engine, head engine.Seq, note func(engine.Seq, [32]byte)) (engine.Record, error) {
	const newest = 1000
	var last engine.Record
	after := engine.Seq(0)
	if head > newest {
		after = head - newest
	}
	for after < head {
		records, err := eng.Read(ctx, after, ReadLimit)
		if err != nil {
			return last, fmt.Errorf("read records behind %d: %w", after, err)
		}
		if len(records) == 0 {
			return last, fmt.Errorf("record %d is missing: %w", after+1, engine.ErrBroken)
		}
		for i := range records {
			r := &records[i]
			v, err := stock.ParseRecord(r.Body)
			if err == nil && (r.Seq != after+1 || v.Header().Seq != uint64(r.Seq) || v.Hash() != r.Hash) {
				err = errors.New("its columns and its body differ")
			}
			if err == nil && last.Seq != 0 && v.Header().Prev != last.Hash {
				err = errors.New("it does not continue the chain")
			}
			if err != nil {
				return last, fmt.Errorf("record %d: %w", r.Seq, errors.Join(err, engine.ErrBroken))
			}
			after, last = r.Seq, *r
			note(r.Seq, r.Hash)
			if after == head {
				break
			}
		}
	}
	return last, nil
}
