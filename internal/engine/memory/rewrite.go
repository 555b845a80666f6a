package memory

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
)

// Rewrite puts body and text of now in the place of those of was.
func (e *Engine) Rewrite(ctx context.Context, was, now *engine.Record) error {
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("rewrite: %w", err)
	}
	defer e.turn.Give()
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case now.Seq <= e.gone:
		return fmt.Errorf("rewrite record %d: %w", now.Seq, engine.ErrGone)
	case now.Seq > e.head():
		return fmt.Errorf("rewrite record %d: %w", now.Seq, engine.ErrMoved)
	}
	r := &e.log[now.Seq-e.gone-1]
	if !engine.SameContent(r, was) && !engine.SameContent(r, now) {
		return fmt.Errorf("rewrite record %d: %w", now.Seq, engine.ErrMoved)
	}
	r.Body, r.Text = slices.Clone(now.Body), slices.Clone(now.Text)
	return nil
}
