package memory

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
)

// First returns the oldest record's seq.
func (e *Engine) First(ctx context.Context) (engine.Seq, error) {
	if err := e.open(ctx); err != nil {
		return 0, fmt.Errorf("first: %w", err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if len(e.log) == 0 {
		return 0, nil
	}
	return e.gone + 1, nil
}

// DropRecords drops old records.
func (e *Engine) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	if err := e.turn.Take(ctx); err != nil {
		return 0, fmt.Errorf("drop records: %w", err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.log) > 0 {
		upTo = min(upTo, e.head()-1)
	}
	if len(e.log) > 0 && upTo > e.gone {
		// A copy: the array would keep what was dropped alive.
		e.log = slices.Clone(e.log[upTo-e.gone:])
		e.gone = upTo
	}
	return e.gone, nil
}
