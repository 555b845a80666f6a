// Package faulty makes an engine fail, for tests and simulation: calls that
// fail before or after they took effect, replies that are lost, calls that
// are held up. What fails when is a Plan.
package faulty

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// New returns e, befallen by the faults of the plan.
func New(e engine.Engine, p Plan) engine.Engine {
	return &faulty{e, p}
}

// call makes a call as the plan has it.
func call[T any](ctx context.Context, p Plan, m Method, do func() (T, error)) (T, error) {
	var none T
	if g, ok := p.(Gate); ok {
		if err := g.Enter(ctx, m); err != nil {
			return none, err
		}
		v, err := befall(ctx, p.Next(m), do)
		if left := g.Leave(ctx, m); left != nil {
			return v, left
		}
		return v, err
	}
	return befall(ctx, p.Next(m), do)
}

// befall makes a call as the fault has it.
func befall[T any](ctx context.Context, f *Fault, do func() (T, error)) (T, error) {
	var none T
	if f == nil {
		return do()
	}
	if f.Arrived != nil {
		close(f.Arrived)
	}
	if !f.After {
		if err := f.hold(ctx); err != nil {
			return none, err
		}
		if f.Err != nil {
			return none, f.Err
		}
		return do()
	}
	v, err := do()
	if err != nil {
		return v, err
	}
	if herr := f.hold(ctx); herr != nil {
		// It has taken effect: to say that the context ended would be a lie.
		return none, errors.Join(engine.ErrUnknown, herr)
	}
	if f.Err != nil {
		return none, f.Err
	}
	return v, nil
}

func (f *Fault) hold(ctx context.Context) error {
	if f.Go == nil {
		return nil
	}
	select {
	case <-f.Go:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// only is call for what returns nothing but an error.
func only(ctx context.Context, p Plan, m Method, do func() error) error {
	_, err := call(ctx, p, m, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// faulty overrides all but Close, which always works: a test that fails should
// not hang as well.
type faulty struct {
	engine.Engine
	p Plan
}

func (e *faulty) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return only(ctx, e.p, "Append", func() error { return e.Engine.Append(ctx, after, g) })
}

func (e *faulty) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	return call(ctx, e.p, "Load", func() (*engine.Loaded, error) { return e.Engine.Load(ctx, w) })
}

func (e *faulty) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return call(ctx, e.p, "Read", func() ([]engine.Record, error) { return e.Engine.Read(ctx, after, limit) })
}

func (e *faulty) Head(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.p, "Head", func() (engine.Seq, error) { return e.Engine.Head(ctx) })
}

func (e *faulty) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanItems", func() (engine.Seq, error) { return e.Engine.ScanItems(ctx, s, fn) })
}

func (e *faulty) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanHolds", func() (engine.Seq, error) { return e.Engine.ScanHolds(ctx, s, fn) })
}

func (e *faulty) Lock(ctx context.Context) (engine.Writer, error) {
	var w engine.Writer
	_, err := call(ctx, e.p, "Lock", func() (struct{}, error) {
		var err error
		w, err = e.Engine.Lock(ctx)
		return struct{}{}, err
	})
	if err != nil {
		if w != nil {
			w.Unlock() // nobody will hear of it
		}
		return nil, err
	}
	return &writer{w, e.p}, nil
}

func (e *faulty) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.p, "JournalCursor", func() (engine.Seq, error) { return e.Engine.JournalCursor(ctx) })
}

func (e *faulty) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	return only(ctx, e.p, "AddJournal", func() error { return e.Engine.AddJournal(ctx, from, to, rows) })
}

func (e *faulty) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) ([]engine.Seq, error) {
	return call(ctx, e.p, "JournalSeqs", func() ([]engine.Seq, error) { return e.Engine.JournalSeqs(ctx, item, before, limit) })
}

func (e *faulty) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, e.p, "PruneKeys", func() (int, error) { return e.Engine.PruneKeys(ctx, upTo, limit) })
}

func (e *faulty) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, e.p, "PruneHolds", func() (int, error) { return e.Engine.PruneHolds(ctx, upTo, limit) })
}

func (e *faulty) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanKeys", func() (engine.Seq, error) { return e.Engine.ScanKeys(ctx, first, last, fn) })
}

func (e *faulty) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanJournal", func() (engine.Seq, error) { return e.Engine.ScanJournal(ctx, fn) })
}

func (e *faulty) First(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.p, "First", func() (engine.Seq, error) { return e.Engine.First(ctx) })
}

func (e *faulty) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	return call(ctx, e.p, "DropRecords", func() (engine.Seq, error) { return e.Engine.DropRecords(ctx, upTo) })
}

func (e *faulty) Cursor(ctx context.Context, name string) (engine.Seq, error) {
	return call(ctx, e.p, "Cursor", func() (engine.Seq, error) { return e.Engine.Cursor(ctx, name) })
}

func (e *faulty) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return only(ctx, e.p, "SetCursor", func() error { return e.Engine.SetCursor(ctx, name, from, to) })
}

func (e *faulty) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	head, err = call(ctx, e.p, "Buckets", func() (h engine.Seq, err error) {
		rows, h, err = e.Engine.Buckets(ctx)
		return h, err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

func (e *faulty) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	return call(ctx, e.p, "DropBucket", func() (int, error) { return e.Engine.DropBucket(ctx, b, sealed, limit) })
}

type writer struct {
	in engine.Writer
	p  Plan
}

func (w *writer) Load(ctx context.Context, want engine.Want) (*engine.Loaded, error) {
	return call(ctx, w.p, "Writer.Load", func() (*engine.Loaded, error) { return w.in.Load(ctx, want) })
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return call(ctx, w.p, "Writer.Read", func() ([]engine.Record, error) { return w.in.Read(ctx, after, limit) })
}

// Append ends the writer as an Append must, also when it fails before it
// comes to the engine.
func (w *writer) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := only(ctx, w.p, "Writer.Append", func() error { return w.in.Append(ctx, after, g) })
	if _, ok := errors.AsType[*engine.ExistsError](err); !ok {
		w.in.Unlock()
	}
	return err
}

func (w *writer) Unlock() { w.in.Unlock() }
