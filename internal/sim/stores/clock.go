package stores

import (
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// clock is a machine's wall clock, which may be wrong, and a monotonic clock.
type clock struct {
	begun time.Time
	off   atomic.Int64 // the wall is ahead
}

var _ ledger.Clock = (*clock)(nil)

func newClock() *clock { return &clock{begun: time.Now()} }

// Wall is the time of day as the machine has it.
func (c *clock) Wall() stock.Time {
	return stock.Time(time.Now().Add(time.Duration(c.off.Load())).UnixMilli())
}

// Elapsed is true.
func (c *clock) Elapsed() time.Duration { return time.Since(c.begun) }
