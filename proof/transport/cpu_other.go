//go:build !unix

package transport

import (
	"errors"
	"time"
)

// cpu is unknown here.
func cpu() (time.Duration, error) {
	return 0, errors.New("the CPU time of a process is read on Unix only")
}
