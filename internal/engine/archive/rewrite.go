package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Rewrite changes records of the archive in the two ways in which records may
// change: notes of a text are redacted (stock.RedactText), or a tenant is
// dropped (stock.DropTenant). change is called for each record from first to
// last and may change its Body and Text; a change that the record's hash or
// the text's do not allow is refused. The files that have these records are
// written anew under other names, with their entries, then listed in the place
// of the old ones, which are removed. Records that are not in the archive are
// skipped. Replaced files that an interrupted Rewrite has left behind are removed
// first. ErrBusy says that a Run works on the archive.
func (f *Folder) Rewrite(ctx context.Context, first, last engine.Seq, change func(*engine.Record) error) (err error) {
	done, err := f.lock()
	if err != nil {
		return fmt.Errorf("rewrite: %w", err)
	}
	defer func() { err = errors.Join(err, done()) }()
	m, err := f.current(true)
	if err != nil {
		return fmt.Errorf("rewrite: %w", err)
	}
	if err := f.removeReplaced(m); err != nil {
		return fmt.Errorf("rewrite: %w", err)
	}
	for i := range m.Parts {
		if m.Parts[i].Last < first || m.Parts[i].First > last {
			continue
		}
		if m, err = f.rewrite(ctx, m, i, func(r *engine.Record) error {
			if r.Seq < first || r.Seq > last {
				return nil
			}
			return change(r)
		}); err != nil {
			return fmt.Errorf("rewrite: %w", err)
		}
	}
	return nil
}

// rewrite makes the files of part i anew.
func (f *Folder) rewrite(ctx context.Context, m *manifest, i int, change func(*engine.Record) error) (*manifest, error) {
	old := &m.Parts[i]
	if err := f.verifyFile(ctx, &old.Log); err != nil {
		return nil, f.fault(ctx, &old.Log, err)
	}
	n, ok := parseName(old.Log.Name)
	if !ok {
		return nil, broken("%s is no name of an archive file", old.Log.Name)
	}
	w, err := f.newPartWriter(old.Entries != nil)
	if err != nil {
		return nil, err
	}
	err = eachRecord(ctx, filepath.Join(f.path, old.Log.Name), old, func(r *engine.Record) error {
		changed := *r
		if err := change(&changed); err != nil {
			return err
		}
		if err := allowed(r, &changed); err != nil {
			return err
		}
		return w.put(&changed)
	})
	if err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	part, err := w.finish(n.revision + 1)
	if err != nil {
		return nil, err
	}
	err = eachRecord(ctx, filepath.Join(f.path, kindLog+partSuffix), part, func(*engine.Record) error { return nil })
	if err == nil && (part.First != old.First || part.Last != old.Last || part.Prev != old.Prev || part.LastHash != old.LastHash) {
		err = errors.New("the rewritten part is not the same part")
	}
	if err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	next := &manifest{Version: m.Version, Slot: m.Slot}
	next.Parts = append(next.Parts, m.Parts...)
	next.Parts[i] = *part
	now, err := f.publish(part, next)
	if err != nil {
		return nil, err
	}
	err = os.Remove(filepath.Join(f.path, old.Log.Name))
	if old.Entries != nil {
		err = errors.Join(err, os.Remove(filepath.Join(f.path, old.Entries.Name)))
	}
	f.passed("old removed")
	return now, errors.Join(err, syncFolder(f.path, f.sync))
}

// removeReplaced removes files that have been replaced by others of the same records.
func (f *Folder) removeReplaced(m *manifest) error {
	files, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		old, ours := parseName(file.Name())
		replaced := ours && slices.ContainsFunc(m.Parts, func(p Part) bool {
			is, _ := parseName(p.Log.Name)
			return is.first == old.first && is.last == old.last && is.revision > old.revision
		})
		if replaced {
			err = errors.Join(err, os.Remove(filepath.Join(f.path, file.Name())))
		}
	}
	return errors.Join(err, syncFolder(f.path, f.sync))
}

// allowed says why a record may not be changed so.
func allowed(old, changed *engine.Record) error {
	if sameRecord(old, changed) {
		return nil
	}
	if !sameHead(old, changed) {
		return fmt.Errorf("record %d: only body and text may change", old.Seq)
	}
	if !bytes.Equal(old.Body, changed.Body) {
		v, err := stock.ParseRecord(changed.Body)
		if err == nil {
			err = v.Check()
		}
		if err != nil {
			return err
		}
	}
	report, err := stock.VerifyText(changed.Body, changed.Text)
	if err != nil {
		return err
	}
	if len(report.Damaged) > 0 {
		return fmt.Errorf("record %d: note %d of block %d is not what was written", old.Seq, report.Damaged[0].Note, report.Damaged[0].Block)
	}
	return nil
}
