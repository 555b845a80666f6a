package erase

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

const (
	// page is how many records are read at a time.
	page = 64
	// maxTries bounds how often one record is read again because another process
	// has rewritten it meanwhile.
	maxTries = 10
)

// Change returns the new form of a record: the same record when there is nothing to
// erase.
type Change func(rec *engine.Record) (engine.Record, error)

// Log changes each record that the engine keeps, up to the head, and stores those
// that differ afterwards. Servers may run meanwhile: records that they write behind
// the head are not looked at. It may be interrupted and run again; with dry nothing
// is stored.
func Log(ctx context.Context, e engine.Engine, change Change, dry bool) error {
	return walk(ctx, e, func(recs []engine.Record) error {
		for i := range recs {
			if err := rewrite(ctx, e, &recs[i], change, dry); err != nil {
				return fmt.Errorf("record %d: %w", recs[i].Seq, err)
			}
		}
		return nil
	})
}

// walk calls fn for all records that the engine keeps, up to the head, some at a time.
func walk(ctx context.Context, e engine.Engine, fn func([]engine.Record) error) error {
	first, err := e.First(ctx)
	if err != nil {
		return err
	}
	head, err := e.Head(ctx)
	if err != nil {
		return err
	}
	for after := max(first, 1) - 1; after < head; {
		recs, err := e.Read(ctx, after, int(min(page, head-after)))
		if errors.Is(err, engine.ErrGone) { // an archive run has dropped them
			first, err := e.First(ctx)
			if err != nil {
				return err
			}
			after = max(after, first-1)
			continue
		}
		if err == nil && len(recs) == 0 {
			err = fmt.Errorf("record %d is missing: run holdfast verify", after+1)
		}
		if err == nil {
			err = fn(recs)
		}
		if err != nil {
			return err
		}
		after = recs[len(recs)-1].Seq
	}
	return nil
}

// rewrite changes one record.
func rewrite(ctx context.Context, e engine.Engine, rec *engine.Record, change Change, dry bool) error {
	for range maxTries {
		now, err := change(rec)
		if err != nil || dry || engine.SameContent(rec, &now) {
			return err
		}
		if err = e.Rewrite(ctx, rec, &now); !errors.Is(err, engine.ErrMoved) {
			return err
		}
		recs, err := e.Read(ctx, rec.Seq-1, 1)
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			return engine.ErrLost
		}
		rec = &recs[0]
	}
	return engine.ErrMoved
}
