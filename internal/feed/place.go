package feed

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// cursorBefore returns the cursor behind the last record that was booked before t or was dropped;
// for 0 it is the first cursor from which everything can be read.
func (l *Log) cursorBefore(ctx context.Context, t stock.Time) (Cursor, error) {
	head, err := l.Engine.Head(ctx)
	if err != nil {
		return Cursor{}, fmt.Errorf("read head: %w", err)
	}
	low, high := engine.Seq(0), head // behind high nothing is too old
	for low < high {
		mid := low + (high-low)/2
		records, err := l.Engine.Read(ctx, mid, 1)
		switch {
		case errors.Is(err, engine.ErrGone), err == nil && len(records) > 0 && records[0].At < t:
			low = mid + 1
		case err != nil:
			return Cursor{}, fmt.Errorf("read the log behind %d: %w", mid, err)
		default:
			high = mid
		}
	}
	return Behind(l.Slot, low), nil
}

// booked returns when the record of the cursor was booked, 0 at the beginning
// of the log.
func (l *Log) booked(ctx context.Context, at Cursor) (stock.Time, error) {
	if at.Seq == 0 {
		return 0, nil
	}
	records, err := l.Engine.Read(ctx, at.Seq-1, 1)
	if err != nil {
		return 0, fmt.Errorf("read record %d: %w", at.Seq, err)
	}
	if len(records) == 0 {
		return 0, ErrAhead
	}
	return records[0].At, nil
}

// Before returns the position before everything that was booked at a time or later, in each
// slot by the clock of its writers. Records that were dropped are before it.
func (t *Tail) Before(ctx context.Context, at stock.Time) (Cursors, error) {
	slots := t.logs.Each()
	place := Cursors{}.Cover(len(slots))
	err := EachSlot(ctx, len(slots), func(ctx context.Context, slot int) (err error) {
		place[slot], err = slots[slot].cursorBefore(ctx, at)
		return err
	})
	return t.logs.histories.Stamp(place), err
}
