package sqlite

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// A transaction that drops records is bounded in rows and in bytes, so that an
// Append in this process or in another waits for 2 to 4 ms: a large record
// occupies many pages, and each has to be found before it can be freed.
const (
	dropRecordsAtOnce = 1000
	dropBytesAtOnce   = 1 << 20
)

// First reads the seq of the oldest record.
func (e *Engine) First(ctx context.Context) (first engine.Seq, err error) {
	err = e.ask(ctx, "first", e.loads, func(r *reader) error {
		first, err = r.seq(r.first)
		return err
	})
	return first, err
}

// DropRecords drops the oldest records in short transactions, oldest first,
// with pauses as long as they take. The room they leave in the file is used
// again; the file does not shrink.
func (e *Engine) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	head, err := e.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("drop records: %w", err)
	}
	if head > 0 {
		upTo = min(upTo, head-1)
	}
	for {
		to, err := e.dropSomeRecords(ctx, upTo)
		if err != nil {
			return 0, err
		}
		if to == 0 {
			return e.droppedThrough(ctx)
		}
		began := time.Now()
		if err := e.lazily(ctx, "drop records", func(w *writer) error {
			w.dropRecords.BindInt64(1, int64(to))
			return run(w.dropRecords)
		}); err != nil {
			return 0, err
		}
		if to < upTo {
			if err := pause(ctx, time.Since(began)); err != nil {
				return 0, fmt.Errorf("drop records: %w", err)
			}
		}
	}
}

// droppedThrough returns the seq up to which records are gone.
func (e *Engine) droppedThrough(ctx context.Context) (engine.Seq, error) {
	first, err := e.First(ctx)
	return max(first, 1) - 1, err
}

// dropSomeRecords returns the seq up to which one transaction drops, 0 when
// nothing is left to drop.
func (e *Engine) dropSomeRecords(ctx context.Context, upTo engine.Seq) (to engine.Seq, err error) {
	err = e.ask(ctx, "drop records", e.scans, func(r *reader) error {
		to = 0
		size := int64(0)
		r.oldRecords.BindInt64(1, int64(upTo))
		r.oldRecords.BindInt64(2, dropRecordsAtOnce)
		return r.rows(r.oldRecords, func() error {
			if size += r.oldRecords.ColumnInt64(1); to == 0 || size <= dropBytesAtOnce {
				to = engine.Seq(r.oldRecords.ColumnInt64(0))
			}
			return nil
		})
	})
	return to, err
}
