package memory

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ScanKeys calls fn for each key of the records from first to last.
func (e *Engine) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("scan keys: %w", err)
	}
	e.mu.RLock()
	head, rows := e.head(), selected(e.keys, func(r engine.KeyRow) bool { return r.Seq >= first && (last == 0 || r.Seq <= last) })
	e.mu.RUnlock()
	return show(ctx, "scan keys", head, rows, fn)
}

// ScanJournal calls fn for each journal row up to the cursor.
func (e *Engine) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("scan journal: %w", err)
	}
	e.mu.RLock()
	cursor := e.cursor
	// AddJournal inserts into these slices; copies keep the snapshot.
	journal := make(map[stock.ItemKey][]engine.Seq, len(e.journal))
	for k, seqs := range e.journal {
		end, _ := slices.BinarySearch(seqs, cursor+1)
		journal[k] = slices.Clone(seqs[:end])
	}
	e.mu.RUnlock()
	for k, seqs := range journal {
		if err := ctx.Err(); err != nil {
			return 0, fmt.Errorf("scan journal: %w", err)
		}
		for _, seq := range seqs {
			if err := fn(&engine.JournalRow{Item: k, Seq: seq}); err != nil {
				return 0, err
			}
		}
	}
	return cursor, nil
}
