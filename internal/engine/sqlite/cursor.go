package sqlite

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// Cursor reads the named cursor.
func (e *Engine) Cursor(ctx context.Context, name string) (at engine.Seq, err error) {
	err = e.ask(ctx, "read cursor", e.loads, func(r *reader) error {
		at, err = r.progress(name)
		return err
	})
	return at, err
}

// SetCursor stores the named cursor without waiting for the disk.
func (e *Engine) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.lazily(ctx, "set cursor", func(w *writer) error { return w.moveCursor(name, from, to) })
}

func (r *reader) progress(name string) (engine.Seq, error) {
	r.cursor.BindText(1, name)
	return r.seq(r.cursor)
}

// moveCursor moves the named cursor from one seq to another.
func (w *writer) moveCursor(name string, from, to engine.Seq) error {
	at, err := w.progress(name)
	if err != nil {
		return err
	}
	if at != from {
		return engine.ErrMoved
	}
	w.setCursor.BindText(1, name)
	w.setCursor.BindInt64(2, int64(to))
	return run(w.setCursor)
}
