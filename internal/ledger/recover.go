package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// recover fills the memory from the store.
func (s *slot) recover(ctx context.Context) error {
	due, legs := newDueIndex(), newDueIndex()
	var lines stock.HoldReader
	head, err := s.eng.ScanHolds(ctx, engine.HoldScan{Open: true}, func(r *engine.HoldRow) error {
		if r.Deadline == 0 {
			return nil
		}
		return lines.OpenLines(r.Key, r.Packed, func(l *stock.Line) {
			own := *l // the reader uses its line again
			own.Drawn = slices.Clone(l.Drawn)
			if own.Follows() {
				legs.add(r.Key.Order, &own)
			} else {
				due.add(r.Key.Order, &own)
			}
		})
	})
	if err != nil {
		return fmt.Errorf("read open holds: %w", err)
	}
	s.at(ctx, PointScanned)
	last, err := checkTail(ctx, s.eng, head)
	if err != nil {
		return err
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.forget()
	s.m.due, s.m.legs, s.m.unnoted = due, legs, nil
	s.m.seq, s.m.hash, s.m.at = head, last.Hash, last.At
	s.since, s.writers = head, nil // who wrote before is not known
	return nil
}

// checkTail checks the newest thousand records up to head and returns the last (F35).
func checkTail(ctx context.Context, eng engine.Engine, head engine.Seq) (engine.Record, error) {
	const newest = 1000
	var last engine.Record
	after := engine.Seq(0)
	if head > newest {
		after = head - newest
	}
	for after < head {
		records, err := eng.Read(ctx, after, readLimit)
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
			if after == head {
				break
			}
		}
	}
	return last, nil
}
