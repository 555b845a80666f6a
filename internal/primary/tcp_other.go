//go:build !linux

package primary

import (
	"syscall"
	"time"
)

// noticeDead does nothing here: a dead server is found by keepalives and by
// the limits of each call.
func noticeDead(syscall.RawConn, time.Duration) error { return nil }
