//go:build !linux

package catalog

import (
	"syscall"
	"time"
)

// noticeDead does nothing here: a dead server is found by keepalives and by
// the bounds of each call.
func noticeDead(syscall.RawConn, time.Duration) error { return nil }
