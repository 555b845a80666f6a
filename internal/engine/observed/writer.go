package observed

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// writer is who has the lock of the engine.
type writer struct {
	in engine.Writer
	m  *metrics
}

func (w *writer) Load(ctx context.Context, want engine.Want) (l *engine.Loaded, err error) {
	ctx, call := w.m.see(ctx, "locked_load")
	defer call.done(&err)
	return w.in.Load(ctx, want)
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) (r []engine.Record, err error) {
	ctx, call := w.m.see(ctx, "locked_read")
	defer call.done(&err)
	return w.in.Read(ctx, after, limit)
}

func (w *writer) Append(ctx context.Context, after engine.Seq, g *engine.Group) (err error) {
	ctx, call := w.m.see(ctx, "locked_append")
	defer call.done(&err)
	call.tell(g)
	if err = w.in.Append(ctx, after, g); err == nil {
		w.m.stored(g)
	}
	return err
}

func (w *writer) Unlock() { w.in.Unlock() }
