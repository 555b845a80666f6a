package sqlite

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Rewrite puts body and text of now in the place of those of was. The old
// content is overwritten in the file; the write-ahead log has it until its
// space is used again.
func (e *Engine) Rewrite(ctx context.Context, was, now *engine.Record) error {
	found := false
	err := e.durably(ctx, "rewrite", func(w *writer) error {
		if now.Seq == 0 {
			return nil
		}
		recs, err := w.records(ctx, now.Seq, now.Seq-1, 1)
		if err != nil {
			return err
		}
		if len(recs) != 1 || !engine.SameContent(&recs[0], was) {
			return nil
		}
		if err := w.exec("PRAGMA secure_delete = ON"); err != nil {
			return err
		}
		found = true
		return w.rewrite(now)
	})
	if err == nil && !found {
		err = engine.Rewritten(ctx, e, now)
	}
	if err != nil {
		return fmt.Errorf("rewrite record %d: %w", now.Seq, err)
	}
	return nil
}

func (w *writer) rewrite(r *engine.Record) error {
	s := w.setRecord
	s.BindInt64(1, int64(r.Seq))
	s.BindInt64(2, w.sum.record(r))
	if r.Text == nil {
		s.BindNull(3)
		s.BindNull(4)
	} else {
		s.BindInt64(3, w.sum.text(r.Seq, r.Text))
		s.BindBytes(4, r.Text)
	}
	s.BindBytes(5, r.Body)
	return run(s)
}
