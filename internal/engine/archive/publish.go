package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// publish gives the files of a part their names and makes the manifest that
// lists them the one that counts.
func (f *Folder) publish(p *Part, m *manifest) (*manifest, error) {
	rename := func(kind, to string) error {
		return os.Rename(filepath.Join(f.path, kind+partSuffix), filepath.Join(f.path, to))
	}
	if err := rename(kindLog, p.Log.Name); err != nil {
		return nil, err
	}
	f.passed("log named")
	if p.Entries != nil {
		if err := rename(kindEntries, p.Entries.Name); err != nil {
			return nil, err
		}
		f.passed("entries named")
	}
	if err := syncFolder(f.path, f.sync); err != nil {
		return nil, err
	}
	f.passed("named")
	if err := m.write(f.path, f.sync); err != nil {
		return nil, err
	}
	f.passed("listed")
	return f.current(true)
}

// tidy removes what an interrupted run left behind. A file that the manifest
// does not list is only removed when its records are also elsewhere: a manifest
// that is too old must not cost records.
func (r *slotRun) tidy() error {
	files, err := os.ReadDir(r.path)
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for i := range r.at.Parts {
		p := &r.at.Parts[i]
		listed[p.Log.Name] = true
		if p.Entries != nil {
			listed[p.Entries.Name] = true
		}
	}
	for _, file := range files {
		n, ours := parseName(file.Name())
		unfinished := filepath.Ext(file.Name()) == partSuffix
		if listed[file.Name()] || !ours && !unfinished {
			continue
		}
		if ours && !r.spare(n) {
			return fmt.Errorf("%s is not in the manifest, and its records are not in the database: the manifest is older than the files, restore the newest one",
				filepath.Join(r.path, file.Name()))
		}
		if err := os.Remove(filepath.Join(r.path, file.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if r.begun() {
		return nil
	}
	// From now on there is a manifest: files without one were lost, not left.
	if err := r.at.write(r.path, r.sync); err != nil {
		return err
	}
	r.at, err = r.current(true)
	return err
}

// spare reports whether the records of a file that is not listed are all in
// the database or in files that are.
func (r *slotRun) spare(n name) bool {
	for i := range r.at.Parts {
		if p := &r.at.Parts[i]; p.First == n.first && p.Last == n.last {
			_, err := os.Stat(filepath.Join(r.path, p.Log.Name))
			return err == nil
		}
	}
	return r.scope.first > 0 && n.first >= r.scope.first && n.last <= r.scope.head
}
