package test

import (
	"os"
	"strconv"
	"time"
)

// hang is the time after which a wait is given up. It is no bound on how fast anything must be: a
// busy machine is slow, not wrong.
const hang = 10 * time.Minute

// rounds is how often a test repeats its fault: n, or n times the factor that
// `make soak` sets in SOAK.
func rounds(n int) int {
	if f, err := strconv.Atoi(os.Getenv("SOAK")); err == nil && f > 0 {
		return n * f
	}
	return n
}
