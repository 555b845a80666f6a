package sheet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folder keeps imports as files. ID.json is the progress of the import, ID.csv its result.
// ID.lock says that a process works on it. *.body are files that were sent, *.part
// incomplete files.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }
func (f folder) job(id string) string    { return f.path(id + ".json") }
func (f folder) result(id string) string { return f.path(id + ".csv") }
func (f folder) lock(id string) string   { return f.path(id + ".lock") }
func (f folder) body(j *job) string      { return f.path(j.Body) }

// temp makes a file for incomplete content, and also the folder.
func (f folder) temp() (*os.File, error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return nil, err
	}
	return os.CreateTemp(string(f), "*.part")
}

// list lists the names of the files.
func (f folder) list() ([]os.DirEntry, error) {
	entries, err := os.ReadDir(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// read reads a job; ErrUnknown when there is none.
func (f folder) read(id string) (Job, error) {
	var j Job
	if !isID(id) {
		return j, ErrUnknown
	}
	packed, err := os.ReadFile(f.job(id))
	if errors.Is(err, fs.ErrNotExist) {
		return j, ErrUnknown
	}
	if err == nil {
		err = json.Unmarshal(packed, &j)
	}
	if err != nil {
		return j, fmt.Errorf("read import %s: %w", id, err)
	}
	return j, nil
}

// isID reports that a text is an id that this package made.
func isID(id string) bool { return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" }

// write stores a job. With create it must be new: fs.ErrExist otherwise.
func (f folder) write(j *Job, create, durable bool) error {
	packed, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("pack import %s: %w", j.ID, err)
	}
	temp, err := f.temp()
	if err != nil {
		return fmt.Errorf("store import %s: %w", j.ID, err)
	}
	_, err = temp.Write(packed)
	if err == nil && durable {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	switch {
	case err != nil:
	case create:
		err = os.Link(temp.Name(), f.job(j.ID))
	default:
		err = os.Rename(temp.Name(), f.job(j.ID))
	}
	if create || err != nil {
		err = errors.Join(err, os.Remove(temp.Name()))
	}
	if err == nil && durable {
		err = syncFolder(string(f))
	}
	if err != nil {
		return fmt.Errorf("store import %s: %w", j.ID, err)
	}
	return nil
}

// ids lists the jobs.
func (f folder) ids() ([]string, error) {
	entries, err := f.list()
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	var all []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && isID(id) {
			all = append(all, id)
		}
	}
	return all, nil
}

// remove deletes a job that has ended.
func (f folder) remove(j *Job) error {
	var errs []error
	for _, path := range []string{f.job(j.ID), f.result(j.ID), f.lock(j.ID), f.path(j.Body)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
