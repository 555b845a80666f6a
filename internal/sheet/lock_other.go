//go:build !unix

package sheet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// lock keeps the file of a job's lock open, so that other processes cannot remove it. It
// ends with the process at the latest.
type lock struct{ file *os.File }

// tryLock takes the lock; nil when another process has it.
func tryLock(path string) (*lock, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lock an import: %w", err)
	}
	return &lock{file}, nil
}

func (l *lock) unlock() { _ = l.file.Close() } // which ends the lock

// syncFolder has nothing to do: the name becomes durable together with the file.
func syncFolder(string) error { return nil }
