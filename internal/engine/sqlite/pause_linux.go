package sqlite

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// pause waits for d or the end of the context. A Go timer of an idle process
// goes off a millisecond late, and by then the other process has taken the
// lock again; the system's own clock is good to some 50 µs.
func pause(ctx context.Context, d time.Duration) error {
	for left := syscall.NsecToTimespec(int64(d)); ; {
		err := syscall.Nanosleep(&left, &left)
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil
		}
	}
}
