//go:build unix

package sheet

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock tells other processes on the same folder that a process works on a job. It ends
// with the process at the latest.
type lock struct{ file *os.File }

// tryLock takes the lock; nil when another process has it.
func tryLock(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock an import: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return &lock{file}, nil
	}
	if err = errors.Join(err, file.Close()); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, fmt.Errorf("lock an import: %w", err)
}

// unlock releases the lock. Closing the file is not enough: a child process that is being
// started has it open too, for a moment.
func (l *lock) unlock() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	_ = l.file.Close()
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
