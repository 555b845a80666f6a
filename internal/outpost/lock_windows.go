package outpost

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// behindWords is where the locked byte is: what is locked on Windows cannot be read, and others read which process it
// is.
const behindWords = 1 << 30

// lockFile returns errLocked if another process, or this one, has the lock. It never waits.
func lockFile(f *os.File) error {
	at := windows.Overlapped{Offset: behindWords}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errLocked
	}
	return err
}
