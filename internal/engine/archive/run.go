package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/engine"
)

// Report is the work that Run did, or would do.
type Report struct {
	Slot uint16 `json:"slot"`
	// First and Head are the oldest and the newest record of the database
	// when Run began.
	First engine.Seq `json:"first"`
	Head  engine.Seq `json:"head"`
	// UpTo is the last record that may be moved, 0 when none may, Reason what
	// stands in the way of the next.
	UpTo   engine.Seq `json:"up_to"`
	Reason string     `json:"reason"`
	// These fields count what was copied: records, their bytes, those of the
	// files, entries and parts. For a dry run Records is how many would be
	// copied.
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
	Stored  int64 `json:"stored_bytes"`
	Entries int64 `json:"entries"`
	Parts   int   `json:"parts"`
	// Last is the newest record of the archive, Gone the one up to which
	// records are gone from the database.
	Last engine.Seq `json:"last"`
	Gone engine.Seq `json:"gone"`
}

// slotRun is one run on one slot.
type slotRun struct {
	*Folder
	eng    engine.Engine
	plan   Plan
	scope  scope
	at     *manifest
	from   engine.Seq // the record before the first to be copied
	report *Report
}

// Run copies records to the archive, part by part: each is compared with the
// database, listed in the manifest, and then dropped from the database. When
// Run is called again after an interruption, at any point, it continues.
// Servers may use the database meanwhile. ErrBusy says that another Run works
// on the same archive; nothing was done.
func Run(ctx context.Context, eng engine.Engine, f *Folder, plan Plan) (*Report, error) {
	r := &slotRun{Folder: f, eng: eng, plan: plan, report: &Report{Slot: f.slot}}
	if err := r.do(ctx); err != nil {
		return r.report, fmt.Errorf("archive slot %d: %w", f.slot, err)
	}
	return r.report, nil
}

func (r *slotRun) do(ctx context.Context) (err error) {
	if r.plan.DryRun {
		return r.begin(ctx)
	}
	done, err := r.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := r.tidy(); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	for next := r.next(); next <= r.scope.upTo; next = r.next() {
		if err := r.copy(ctx, next); err != nil {
			return err
		}
		if err := r.dropUpTo(ctx, r.at.lastSeq()); err != nil {
			return err
		}
	}
	return nil
}

// lock makes the slot's folder and keeps others from changing it.
func (f *Folder) lock() (done func() error, err error) {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, err
	}
	// The folders must not be gone after a crash either.
	root := filepath.Dir(f.path)
	if err := syncFolder(root, f.sync); err != nil {
		return nil, err
	}
	if err := syncFolder(filepath.Dir(root), f.sync); err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	return takeLock(filepath.Join(f.path, "lock"))
}

// begin finds out what is to be done, and that archive and database belong
// together.
func (r *slotRun) begin(ctx context.Context) (err error) {
	if r.at, err = r.current(true); err != nil {
		return err
	}
	if r.scope, err = r.plan.scope(ctx, r.eng, r.keep); err != nil {
		return err
	}
	if r.at.lastSeq() > 0 || !r.plan.Begin {
		if err := r.fits(ctx, r.eng, r.at, r.scope.first); err != nil {
			return err
		}
	}
	r.from = r.next() - 1
	p, s := r.report, r.scope
	p.First, p.Head, p.UpTo, p.Reason, p.Last, p.Gone = s.first, s.head, s.upTo, s.why, r.at.lastSeq(), max(s.first, 1)-1
	if next := r.next(); r.plan.DryRun && next <= s.upTo {
		p.Records = int64(s.upTo - next + 1)
	}
	return nil
}

// next is the record to be copied next.
func (r *slotRun) next() engine.Seq {
	if last := r.at.lastSeq(); last > 0 {
		return last + 1
	}
	return max(r.scope.first, 1)
}

// copy makes a part of the records from first on.
func (r *slotRun) copy(ctx context.Context, first engine.Seq) error {
	w, err := r.newPartWriter(r.plan.Entries)
	if err != nil {
		return err
	}
	l := &live{eng: r.eng, after: first - 1}
	for l.after < r.scope.upTo && w.raw < r.partBytes && w.log.rows < r.partRecords {
		rec, err := l.next(ctx)
		if err == nil {
			err = w.put(rec)
		}
		if err != nil {
			return errors.Join(err, w.abandon())
		}
		if l.after%liveStep == 0 {
			r.progress(l.after)
		}
		if l.after == first {
			r.passed("writing")
		}
	}
	part, err := w.finish(1)
	if err != nil {
		return err
	}
	r.passed("written")
	same, err := r.compare(ctx, part, kindLog+partSuffix)
	if err == nil && !same {
		err = errors.New("a record was changed while it was copied; run it again")
	}
	if err == nil && len(r.at.Parts) > 0 && part.Prev != r.at.Parts[len(r.at.Parts)-1].LastHash {
		err = broken("record %d does not continue the chain of the archive", part.First)
	}
	if err != nil {
		return errors.Join(err, w.abandon())
	}
	r.passed("compared")
	next := &manifest{Version: manifestVersion, Slot: r.slot}
	next.Parts = append(append(next.Parts, r.at.Parts...), *part)
	if r.at, err = r.publish(part, next); err != nil {
		return err
	}
	p := r.report
	p.Records, p.Bytes, p.Stored, p.Parts, p.Last = p.Records+part.Log.Rows, p.Bytes+w.raw, p.Stored+part.Log.Bytes, p.Parts+1, part.Last
	if part.Entries != nil {
		p.Stored, p.Entries = p.Stored+part.Entries.Bytes, p.Entries+part.Entries.Rows
	}
	r.progress(part.Last)
	return nil
}

func (r *slotRun) progress(at engine.Seq) {
	if r.plan.Progress != nil {
		r.plan.Progress(int64(at-r.from), int64(r.scope.upTo-r.from))
	}
}

// dropUpTo drops what the archive has from the database.
func (r *slotRun) dropUpTo(ctx context.Context, seq engine.Seq) error {
	seq = min(seq, r.scope.upTo)
	if !r.plan.KeepKeys {
		const some = 1000
		for {
			n, err := r.eng.PruneKeys(ctx, seq, some)
			if err != nil {
				return err
			}
			if n < some {
				break
			}
		}
	}
	r.passed("keys dropped")
	gone, err := r.eng.DropRecords(ctx, seq)
	if err != nil {
		return err
	}
	r.report.Gone = gone
	r.passed("dropped")
	return nil
}
