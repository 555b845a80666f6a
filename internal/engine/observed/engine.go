package observed

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
)

// observed is the engine itself.
type observed struct {
	in engine.Engine
	m  *metrics
}

var _ engine.Engine = (*observed)(nil)

func (o *observed) Append(ctx context.Context, after engine.Seq, g *engine.Group) (err error) {
	ctx, call := o.m.see(ctx, "append")
	defer call.done(&err)
	call.tell(g)
	if err = o.in.Append(ctx, after, g); err == nil {
		o.m.stored(g)
	}
	return err
}

func (o *observed) Load(ctx context.Context, w engine.Want) (l *engine.Loaded, err error) {
	ctx, call := o.m.see(ctx, "load")
	defer call.done(&err)
	return o.in.Load(ctx, w)
}

func (o *observed) Read(ctx context.Context, after engine.Seq, limit int) (r []engine.Record, err error) {
	ctx, call := o.m.see(ctx, "read")
	defer call.done(&err)
	return o.in.Read(ctx, after, limit)
}

func (o *observed) Head(ctx context.Context) (s engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "head")
	defer call.done(&err)
	return o.in.Head(ctx)
}

func (o *observed) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_items")
	defer call.done(&err)
	return o.in.ScanItems(ctx, s, fn)
}

func (o *observed) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (h engine.Seq, err error) {
	ctx, call := o.m.see(ctx, "scan_holds")
	defer call.done(&err)
	return o.in.ScanHolds(ctx, s, fn)
}

func (o *observed) Close() (err error) {
	_, call := o.m.see(context.Background(), "close")
	defer call.done(&err)
	return o.in.Close()
}

// locker is its lock, and the writer who has it.
type locker struct {
	in engine.Locker
	m  *metrics
}

func (l *locker) Lock(ctx context.Context) (w engine.Writer, err error) {
	ctx, call := l.m.see(ctx, "lock")
	defer call.done(&err)
	if w, err = l.in.Lock(ctx); err != nil {
		return nil, err
	}
	return &writer{w, l.m}, nil
}

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
