//go:build unix

package archive

import (
	"errors"
	"os"
	"syscall"
)

// takeLock says to other processes that somebody changes the folder; ErrBusy
// when somebody else does. It ends with the process at the latest. A program that is
// being started has the file open as well, for a moment: closing it is not enough.
func takeLock(path string) (giveBack func() error, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return func() error { return errors.Join(syscall.Flock(int(file.Fd()), syscall.LOCK_UN), file.Close()) }, nil
	}
	if err = errors.Join(err, file.Close()); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrBusy
	}
	return nil, err
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string, sync disk) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(sync(dir), dir.Close())
}
