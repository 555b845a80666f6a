package world

import (
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// nodeClock is a node's wall clock, which may be wrong, and a monotonic clock. Both use the time of
// the bubble.
type nodeClock struct {
	begun time.Time
	off   atomic.Int64 // the wall is ahead
}

var _ ledger.Clock = (*nodeClock)(nil)

// Wall is the time of day as the node has it.
func (c *nodeClock) Wall() stock.Time {
	return stock.Time(time.Now().Add(time.Duration(c.off.Load())).UnixMilli())
}

// Elapsed is true.
func (c *nodeClock) Elapsed() time.Duration { return time.Since(c.begun) }

func (c *nodeClock) jump(by time.Duration) { c.off.Add(int64(by)) }
func (c *nodeClock) set(off time.Duration) { c.off.Store(int64(off)) }
