// Package wrap makes each call of an engine through one function, for wrappers
// that do the same for all calls.
package wrap

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Method names a call: "Append", "Load" and so on as in engine.Engine,
// "Writer.Append", "Writer.Load" and "Writer.Read" under the lock.
type Method string

// Around makes a call with do, if at all. Its error is the call's.
type Around func(ctx context.Context, m Method, do func(context.Context) error) error

// New returns e, whose calls are made by around: all but Close and Unlock.
func New(e engine.Engine, around Around) engine.Engine { return &wrapped{e, around} }

// call makes a call that returns a value: none when the call has succeeded and
// around says that it has not.
func call[T any](ctx context.Context, around Around, m Method, do func(context.Context) (T, error)) (T, error) {
	var v, none T
	var failed error
	err := around(ctx, m, func(ctx context.Context) error {
		v, failed = do(ctx)
		return failed
	})
	if err != nil && failed == nil {
		return none, err
	}
	return v, err
}

type wrapped struct {
	engine.Engine
	around Around
}

func (e *wrapped) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return e.around(ctx, "Append", func(ctx context.Context) error { return e.Engine.Append(ctx, after, g) })
}

func (e *wrapped) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	return call(ctx, e.around, "Load", func(ctx context.Context) (*engine.Loaded, error) { return e.Engine.Load(ctx, w) })
}

func (e *wrapped) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return call(ctx, e.around, "Read", func(ctx context.Context) ([]engine.Record, error) { return e.Engine.Read(ctx, after, limit) })
}

func (e *wrapped) Head(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.around, "Head", e.Engine.Head)
}

func (e *wrapped) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	return call(ctx, e.around, "ScanItems", func(ctx context.Context) (engine.Seq, error) { return e.Engine.ScanItems(ctx, s, fn) })
}

func (e *wrapped) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	return call(ctx, e.around, "ScanHolds", func(ctx context.Context) (engine.Seq, error) { return e.Engine.ScanHolds(ctx, s, fn) })
}

func (e *wrapped) Lock(ctx context.Context) (engine.Writer, error) {
	var w engine.Writer
	err := e.around(ctx, "Lock", func(ctx context.Context) (err error) {
		w, err = e.Engine.Lock(ctx)
		return err
	})
	if err != nil {
		if w != nil {
			w.Unlock() // nobody will hear of it
		}
		return nil, err
	}
	return &writer{w, e.around}, nil
}

func (e *wrapped) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.around, "JournalCursor", e.Engine.JournalCursor)
}

func (e *wrapped) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	return e.around(ctx, "AddJournal", func(ctx context.Context) error { return e.Engine.AddJournal(ctx, from, to, rows) })
}

func (e *wrapped) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) ([]engine.Seq, error) {
	return call(ctx, e.around, "JournalSeqs", func(ctx context.Context) ([]engine.Seq, error) {
		return e.Engine.JournalSeqs(ctx, item, before, limit)
	})
}

func (e *wrapped) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, e.around, "PruneKeys", func(ctx context.Context) (int, error) { return e.Engine.PruneKeys(ctx, upTo, limit) })
}

func (e *wrapped) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (int, error) {
	return call(ctx, e.around, "PruneHolds", func(ctx context.Context) (int, error) { return e.Engine.PruneHolds(ctx, upTo, limit) })
}

func (e *wrapped) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	return call(ctx, e.around, "ScanKeys", func(ctx context.Context) (engine.Seq, error) { return e.Engine.ScanKeys(ctx, first, last, fn) })
}

func (e *wrapped) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	return call(ctx, e.around, "ScanJournal", func(ctx context.Context) (engine.Seq, error) { return e.Engine.ScanJournal(ctx, fn) })
}

func (e *wrapped) First(ctx context.Context) (engine.Seq, error) {
	return call(ctx, e.around, "First", e.Engine.First)
}

func (e *wrapped) DropRecords(ctx context.Context, upTo engine.Seq) (engine.Seq, error) {
	return call(ctx, e.around, "DropRecords", func(ctx context.Context) (engine.Seq, error) { return e.Engine.DropRecords(ctx, upTo) })
}

func (e *wrapped) Rewrite(ctx context.Context, was, now *engine.Record) error {
	return e.around(ctx, "Rewrite", func(ctx context.Context) error { return e.Engine.Rewrite(ctx, was, now) })
}

func (e *wrapped) DropKeys(ctx context.Context, entries []engine.EntryRange) (int, error) {
	return call(ctx, e.around, "DropKeys", func(ctx context.Context) (int, error) { return e.Engine.DropKeys(ctx, entries) })
}

func (e *wrapped) DropTenant(ctx context.Context, tenant string, limit int) (int, error) {
	return call(ctx, e.around, "DropTenant", func(ctx context.Context) (int, error) { return e.Engine.DropTenant(ctx, tenant, limit) })
}

func (e *wrapped) Cursor(ctx context.Context, name string) (engine.Seq, error) {
	return call(ctx, e.around, "Cursor", func(ctx context.Context) (engine.Seq, error) { return e.Engine.Cursor(ctx, name) })
}

func (e *wrapped) SetCursor(ctx context.Context, name string, from, to engine.Seq) error {
	return e.around(ctx, "SetCursor", func(ctx context.Context) error { return e.Engine.SetCursor(ctx, name, from, to) })
}

func (e *wrapped) Buckets(ctx context.Context) (rows []engine.BucketRow, head engine.Seq, err error) {
	err = e.around(ctx, "Buckets", func(ctx context.Context) (err error) {
		rows, head, err = e.Engine.Buckets(ctx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, head, nil
}

func (e *wrapped) DropBucket(ctx context.Context, b stock.Bucket, sealed engine.Seq, limit int) (int, error) {
	return call(ctx, e.around, "DropBucket", func(ctx context.Context) (int, error) { return e.Engine.DropBucket(ctx, b, sealed, limit) })
}

type writer struct {
	engine.Writer
	around Around
}

func (w *writer) Load(ctx context.Context, want engine.Want) (*engine.Loaded, error) {
	return call(ctx, w.around, "Writer.Load", func(ctx context.Context) (*engine.Loaded, error) { return w.Writer.Load(ctx, want) })
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return call(ctx, w.around, "Writer.Read", func(ctx context.Context) ([]engine.Record, error) { return w.Writer.Read(ctx, after, limit) })
}

// Append ends the writer as an Append must, also when it fails before it
// reaches the engine.
func (w *writer) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := w.around(ctx, "Writer.Append", func(ctx context.Context) error { return w.Writer.Append(ctx, after, g) })
	if _, ok := errors.AsType[*engine.ExistsError](err); !ok {
		w.Unlock()
	}
	return err
}
