package server_test

import (
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// clock stands still until it is turned forward: however slow the machine is, no
// hold is past its deadline before the test says so.
type clock struct {
	ahead atomic.Int64
	start time.Time
}

func (c *clock) Wall() stock.Time {
	return stock.Time(c.start.UnixMilli()) + stock.Time(c.Elapsed().Milliseconds())
}

func (c *clock) Now() time.Time { return time.UnixMilli(int64(c.Wall())).UTC() }

func (c *clock) Elapsed() time.Duration {
	return time.Duration(c.ahead.Load())
}

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }
