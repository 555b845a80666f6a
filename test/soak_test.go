package test

import (
	"os"
	"strconv"
	"time"
)

// hang is after how long a wait is given up. It says nothing of how quick anything
// has to be: a busy machine is slow, not wrong.
const hang = 10 * time.Minute

// rounds is how often a test repeats its fault: n, or n times the factor that
// `make soak` sets in SOAK.
func rounds(n int) int {
	if f, err := strconv.Atoi(os.Getenv("SOAK")); err == nil && f > 0 {
		return n * f
	}
	return n
}
