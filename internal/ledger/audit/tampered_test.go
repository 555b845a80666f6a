package audit

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
)

// tampered is an engine that falsifies its log or its rows. A hook that returns
// false leaves the row out.
type tampered struct {
	engine.Engine
	record func(*engine.Record) bool
	item   func(*engine.ItemRow) bool
	hold   func(*engine.HoldRow) bool
	key    func(*engine.KeyRow) bool
	loaded func(*engine.HoldRow) bool // for Load
	line   func(*engine.JournalRow) bool
	bucket func(*engine.BucketRow) bool
	head   engine.Seq // when not 0, the log ends here
}

func (e *tampered) Head(ctx context.Context) (engine.Seq, error) {
	if e.head != 0 {
		return e.head, nil
	}
	return e.Engine.Head(ctx)
}

func (e *tampered) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	recs, err := e.Engine.Read(ctx, after, limit)
	var shown []engine.Record
	for _, r := range recs {
		if (e.head == 0 || r.Seq <= e.head) && (e.record == nil || e.record(&r)) {
			shown = append(shown, r)
		}
	}
	return shown, err
}

func (e *tampered) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	l, err := e.Engine.Load(ctx, w)
	if err == nil && e.loaded != nil {
		l.Holds = slices.DeleteFunc(l.Holds, func(r engine.HoldRow) bool { return !e.loaded(&r) })
	}
	return l, err
}

func (e *tampered) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	return e.Engine.ScanItems(ctx, s, filtered(e.item, fn))
}

func (e *tampered) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	return e.Engine.ScanHolds(ctx, s, filtered(e.hold, fn))
}

func (e *tampered) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	return e.Engine.ScanKeys(ctx, first, last, filtered(e.key, fn))
}

func (e *tampered) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	rows, at, err := e.Engine.Buckets(ctx)
	var shown []engine.BucketRow
	for _, r := range rows {
		if e.bucket == nil || e.bucket(&r) {
			shown = append(shown, r)
		}
	}
	return shown, at, err
}

func (e *tampered) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (engine.Seq, error) {
	return e.Engine.ScanJournal(ctx, filtered(e.line, fn))
}

func filtered[R any](hook func(*R) bool, fn func(*R) error) func(*R) error {
	return func(r *R) error {
		if hook != nil && !hook(r) {
			return nil
		}
		return fn(r)
	}
}
