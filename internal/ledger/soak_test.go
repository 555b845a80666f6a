package ledger_test

import (
	"os"
	"strconv"
)

// rounds is how often a test repeats its part: n times, or as many times more as
// `make soak` sets in SOAK.
func rounds(n int) int {
	if f, err := strconv.Atoi(os.Getenv("SOAK")); err == nil && f > 0 {
		return n * f
	}
	return n
}
