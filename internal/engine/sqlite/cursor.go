package sqlite

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor reads the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (at engine.Seq, err error) {
	err = e.withReader(ctx, "read cursor", e.loads, func(r *reader) error {
		return patience(ctx, func() error {
			at, err = r.progress(name)
			return err
		})
	})
	return at, err
}

// SetCursor stores the named cursor without waiting for the disk.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.lazily(ctx, "set cursor", func(w *writer) error {
		at, err := w.progress(name)
		if err != nil {
			return err
		}
		if at != from {
			return engine.ErrMoved
		}
		return w.setProgress(name, to)
	})
}

func (r *reader) progress(name string) (engine.Seq, error) {
	var at engine.Seq
	r.cursor.BindText(1, name)
	err := r.rows(r.cursor, func() error {
		at = engine.Seq(r.cursor.ColumnInt64(0))
		return nil
	})
	return at, err
}

func (w *writer) setProgress(name string, to engine.Seq) error {
	w.setCursor.BindText(1, name)
	w.setCursor.BindInt64(2, int64(to))
	return run(w.setCursor)
}
