package feed

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// Epochs keeps the history of each slot (Epochs of catalog.Catalog).
type Epochs interface {
	// History answers from memory.
	History(slot uint16) catalog.History
	// FreshHistory returns what is stored.
	FreshHistory(ctx context.Context, slot uint16) (catalog.History, error)
}

// Histories distinguishes positions of these books from those of a history that was lost
// when the books were restored. A nil Histories is for books that were never restored.
type Histories struct{ epochs Epochs }

// NewHistories returns the histories that follow from the epochs.
func NewHistories(epochs Epochs) *Histories { return &Histories{epochs: epochs} }

// LostError says that a cursor is of a history that these books do not have: they were
// restored to before it, or are others. Events before this position may have been lost in
// the restore, so a watcher cannot continue from it: read the stock anew, then watch behind
// Resume.
type LostError struct{ Resume Cursors }

// Error names the cursor to continue from.
func (e *LostError) Error() string {
	return "the place is of a history that is lost; what is told from " + e.Resume.String() + " on is new"
}

// Is reports that the error is an ErrAhead.
func (e *LostError) Is(target error) bool { return target == ErrAhead }

// epoch returns the epoch of a record.
func (h *Histories) epoch(slot uint16, seq engine.Seq) uint32 {
	if h == nil {
		return 0
	}
	return h.epochs.History(slot).Of(uint64(seq))
}

// Mark returns the cursor with the epoch of its record.
func (h *Histories) Mark(c Cursor) Cursor {
	c.Epoch = h.epoch(c.Slot, c.Seq)
	return c
}

// Stamp marks the cursors, and returns them.
func (h *Histories) Stamp(c Cursors) Cursors {
	for i := range c {
		c[i] = h.Mark(c[i])
	}
	return c
}

// Check returns a *LostError when one of the cursors is of a history that is lost. It does
// not check whether the log reaches that far.
func (h *Histories) Check(ctx context.Context, at Cursors) error {
	var resume Cursors
	for i, c := range at {
		if h.epoch(c.Slot, c.Seq) == c.Epoch {
			continue
		}
		// Another server may know of an epoch that has just begun.
		var now catalog.History
		if h != nil {
			var err error
			if now, err = h.epochs.FreshHistory(ctx, c.Slot); err != nil {
				return fmt.Errorf("read the epochs of slot %d: %w", c.Slot, err)
			}
		}
		if now.Of(uint64(c.Seq)) == c.Epoch {
			continue
		}
		if resume == nil {
			resume = append(resume, at...)
		}
		end, ended := now.End(c.Epoch)
		if !ended { // the cursor names an epoch that began behind it
			end = uint64(c.Seq)
		}
		resume[i] = Behind(c.Slot, engine.Seq(end))
	}
	if resume == nil {
		return nil
	}
	return &LostError{Resume: h.Stamp(resume)}
}

// goneError is the error for positions that are not all in the logs. The epochs need not show
// it: the restore of the books may never have been reported.
func (w *Watch) goneError(ctx context.Context, at Cursors) error {
	strands := w.listStrands()
	resume := make(Cursors, len(at))
	for i, c := range at {
		if int(c.Slot) >= len(strands) {
			return fmt.Errorf("slot %d: %w", c.Slot, ErrCursor)
		}
		head, err := strands[c.Slot].log.Engine.Head(ctx)
		if err != nil {
			return fmt.Errorf("read head: %w", err)
		}
		resume[i] = Behind(c.Slot, min(c.read(), head))
	}
	return &LostError{Resume: w.tail.logs.histories.Stamp(resume)}
}
