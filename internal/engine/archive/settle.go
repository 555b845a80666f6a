package archive

import (
	"context"
	"path/filepath"

	"holdfast.dev/holdfast/internal/engine"
)

// settle finishes what an earlier run has copied and not dropped.
func (r *slotRun) settle(ctx context.Context) error {
	for i := range r.at.Parts {
		p := &r.at.Parts[i]
		if p.Last < r.scope.first || p.First > r.scope.upTo {
			continue
		}
		if err := r.verifyFile(ctx, &p.Log); err != nil {
			return r.fault(ctx, &p.Log, err)
		}
		same, err := r.compare(ctx, p, p.Log.Name)
		if err != nil {
			return err
		}
		if !same {
			// Redacted since: the copy must not remember what the original forgot.
			l := &live{eng: r.eng, after: max(p.First, r.scope.first) - 1}
			if r.at, err = r.rewrite(ctx, r.at, i, func(rec *engine.Record) error {
				if rec.Seq <= l.after {
					return nil
				}
				now, err := l.next(ctx)
				if err == nil {
					rec.Body, rec.Text = now.Body, now.Text
				}
				return err
			}); err != nil {
				return err
			}
		}
		if err := r.dropUpTo(ctx, r.at.Parts[i].Last); err != nil {
			return err
		}
	}
	return nil
}

// compare reads a part back and compares it with what of it is in the
// database. same is false when nothing but texts and dropped tenants differ.
func (r *slotRun) compare(ctx context.Context, p *Part, file string) (same bool, err error) {
	same = true
	l := &live{eng: r.eng, after: max(p.First, r.scope.first) - 1}
	err = eachRecord(ctx, filepath.Join(r.path, file), p, func(rec *engine.Record) error {
		if rec.Seq <= l.after {
			return nil // dropped by an earlier run
		}
		now, err := l.next(ctx)
		if err != nil {
			return err
		}
		if !sameHead(rec, now) {
			return broken("record %d in %s is not the one in the database", rec.Seq, filepath.Join(r.path, file))
		}
		same = same && sameContent(rec, now)
		return nil
	})
	return same, err
}
