//go:build !windows

package outpost

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile returns errLocked if another process, or this one, has the lock. It never waits.
func lockFile(f *os.File) error {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); { //nolint:gosec // a descriptor is an int
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		default:
			return err
		}
	}
}
