package primary

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// noticeDead makes a connection fail when what was sent has not been
// acknowledged for d: keepalives find a dead server only while nothing is under way.
func noticeDead(c syscall.RawConn, d time.Duration) error {
	var err error
	if cerr := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
	}); cerr != nil {
		return cerr
	}
	return err
}
