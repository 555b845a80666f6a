package memory

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor returns the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (engine.Seq, error) {
	if err := e.turn.Take(ctx); err != nil {
		return 0, fmt.Errorf("read cursor: %w", err)
	}
	defer e.turn.Give()
	return e.cursors[name], nil
}

// SetCursor moves the named cursor.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("set cursor: %w", err)
	}
	defer e.turn.Give()
	if e.cursors[name] != from {
		return engine.ErrMoved
	}
	e.cursors[name] = to
	return nil
}
