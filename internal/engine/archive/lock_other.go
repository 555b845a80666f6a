//go:build !unix

package archive

import (
	"errors"
	"io/fs"
	"os"
)

// takeLock keeps the lock file open, which other processes then cannot remove;
// ErrBusy when somebody else does. It ends with the process at the latest.
func takeLock(path string) (giveBack func() error, err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, ErrBusy
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	return file.Close, nil
}

// syncFolder has nothing to do: a name is durable with its file.
func syncFolder(string, disk) error { return nil }
