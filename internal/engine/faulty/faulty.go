// Package faulty makes an engine fail, for tests and simulation: calls that
// fail before or after they took effect, replies that are lost, calls that
// are held up. What fails when is a Plan.
package faulty

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/facet"
	"holdfast.dev/holdfast/internal/stock"
)

// New returns e, befallen by the faults of the plan.
func New(e engine.Engine, p Plan) engine.Engine {
	f := facet.Of(e)
	if f.Locker != nil {
		f.Locker = &locker{f.Locker, p}
	}
	if f.Journal != nil {
		f.Journal = &journal{f.Journal, p}
	}
	if f.Pruner != nil {
		f.Pruner = &pruner{f.Pruner, p}
	}
	if f.Auditor != nil {
		f.Auditor = &auditor{f.Auditor, p}
	}
	if f.Archiver != nil {
		f.Archiver = &archiver{f.Archiver, p}
	}
	if f.Cursors != nil {
		f.Cursors = &cursors{f.Cursors, p}
	}
	if f.Mover != nil {
		f.Mover = &mover{f.Mover, p}
	}
	return facet.Join(&faulty{e, p}, f)
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

type faulty struct {
	in engine.Engine
	p  Plan
}

var _ engine.Engine = (*faulty)(nil)

func (e *faulty) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return only(ctx, e.p, "Append", func() error { return e.in.Append(ctx, after, g) })
}

func (e *faulty) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	return call(ctx, e.p, "Load", func() (*engine.Loaded, error) { return e.in.Load(ctx, w) })
}

func (e *faulty) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return call(ctx, e.p, "Read", func() ([]engine.Record, error) { return e.in.Read(ctx, after, limit) })
}

func (e *faulty) Head(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.p, "Head", func() (engine.Seq, error) { return e.in.Head(ctx) })
}

func (e *faulty) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanItems", func() (engine.Seq, error) { return e.in.ScanItems(ctx, s, fn) })
}

func (e *faulty) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	return call(ctx, e.p, "ScanHolds", func() (engine.Seq, error) { return e.in.ScanHolds(ctx, s, fn) })
}

// Close always works: a test that fails should not hang as well.
func (e *faulty) Close() error { return e.in.Close() }

type locker struct {
	in engine.Locker
	p  Plan
}

func (l *locker) Lock(ctx context.Context) (engine.Writer, error) {
	var w engine.Writer
	_, err := call(ctx, l.p, "Lock", func() (struct{}, error) {
		var err error
		w, err = l.in.Lock(ctx)
		return struct{}{}, err
	})
	if err != nil {
		if w != nil {
			w.Unlock() // nobody will hear of it
		}
		return nil, err
	}
	return &writer{w, l.p}, nil
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

type journal struct {
	in engine.Journal
	p  Plan
}

func (j *journal) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return call(ctx, j.p, "JournalCursor", func() (engine.Seq, error) { return j.in.JournalCursor(ctx) })
}

func (j *journal) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	return only(ctx, j.p, "AddJournal", func() error { return j.in.AddJournal(ctx, from, to, rows) })
}

func (j *journal) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) ([]engine.Seq, error) {
	return call(ctx, j.p, "JournalSeqs", func() ([]engine.Seq, error) { return j.in.JournalSeqs(ctx, item, before, limit) })
}

type pruner struct {
	in engine.Pruner
	p  Plan
}

func (r *pruner) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, r.p, "PruneKeys", func() (int, error) { return r.in.PruneKeys(ctx, upTo, limit) })
}

func (r *pruner) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, r.p, "PruneHolds", func() (int, error) { return r.in.PruneHolds(ctx, upTo, limit) })
}

type auditor struct {
	in engine.Auditor
	p  Plan
}

func (a *auditor) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	return call(ctx, a.p, "ScanKeys", func() (engine.Seq, error) { return a.in.ScanKeys(ctx, first, last, fn) })
}

func (a *auditor) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	return call(ctx, a.p, "ScanJournal", func() (engine.Seq, error) { return a.in.ScanJournal(ctx, fn) })
}

type archiver struct {
	in engine.Archiver
	p  Plan
}

func (a *archiver) First(ctx context.Context) (engine.Seq, error) {
	return call(ctx, a.p, "First", func() (engine.Seq, error) { return a.in.First(ctx) })
}

func (a *archiver) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	return call(ctx, a.p, "DropRecords", func() (engine.Seq, error) { return a.in.DropRecords(ctx, upTo) })
}

type cursors struct {
	in engine.Cursors
	p  Plan
}

func (c *cursors) Cursor(ctx context.Context, name string) (engine.Seq, error) {
	return call(ctx, c.p, "Cursor", func() (engine.Seq, error) { return c.in.Cursor(ctx, name) })
}

func (c *cursors) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return only(ctx, c.p, "SetCursor", func() error { return c.in.SetCursor(ctx, name, from, to) })
}

type mover struct {
	in engine.Mover
	p  Plan
}

func (m *mover) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	head, err = call(ctx, m.p, "Buckets", func() (h engine.Seq, err error) {
		rows, h, err = m.in.Buckets(ctx)
		return h, err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

func (m *mover) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	return call(ctx, m.p, "DropBucket", func() (int, error) { return m.in.DropBucket(ctx, b, sealed, limit) })
}
