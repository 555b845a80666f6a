//go:build unix

package sqlite

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// Where each connection to a file in WAL mode has a shared lock, from its first
// access until it is closed: the bytes behind the pending byte
// (https://www.sqlite.org/src/file/src/os.h, SHARED_FIRST and SHARED_SIZE).
const (
	sharedFirst = 0x40000000 + 2
	sharedSize  = 510
)

// inUse reports whether another process has a lock on the file. It only asks.
func inUse(path string) (used bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: sharedFirst, Len: sharedSize}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return false, err
	}
	return lock.Type != syscall.F_UNLCK, nil
}
