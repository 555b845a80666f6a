package slot

import (
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// Clock is where time comes from. Tests jump it.
type Clock interface {
	// Wall is the time of day.
	Wall() stock.Time
	// Elapsed is the time since some moment in the past; it never goes back
	// and is not set by anybody.
	Elapsed() time.Duration
}

type systemClock struct{ start time.Time }

// SystemClock is the clock of this process.
func SystemClock() Clock { return systemClock{start: time.Now()} }

func (systemClock) Wall() stock.Time         { return stock.Time(time.Now().UnixMilli()) }
func (c systemClock) Elapsed() time.Duration { return time.Since(c.start) }

// clockAlarm is how far slot time and the wall may be apart before it is an alarm.
const clockAlarm = 5 * time.Second

// slotClock is slot time: it starts at the wall clock, never behind the last
// record, runs with the monotonic clock and is drawn towards the wall by at
// most 5 %. A wall that jumps is not followed: deadlines are promises.
type slotClock struct {
	clock Clock

	mu   sync.Mutex
	now  time.Duration // slot time since 1970
	at   time.Duration // clock.Elapsed when it was now
	wall time.Duration // how far the wall is ahead
}

func newSlotClock(c Clock, last stock.Time) *slotClock {
	return &slotClock{clock: c, now: fromTime(max(c.Wall(), last)), at: c.Elapsed()}
}

// Now returns slot time.
func (c *slotClock) Now() stock.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run()
	return toTime(c.now)
}

// run advances slot time to this moment.
func (c *slotClock) run() {
	elapsed := c.clock.Elapsed()
	gone := elapsed - c.at
	if gone <= 0 {
		return
	}
	c.at = elapsed
	c.now += gone
	c.wall = fromTime(c.clock.Wall()) - c.now
	c.now += min(max(c.wall, -gone/20), gone/20)
}

// NotBefore moves slot time up to t: a record of another node says it is at least that.
func (c *slotClock) NotBefore(t stock.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run() // t already includes the time since the last look
	c.now = max(c.now, fromTime(t))
}

// Apart returns how far the wall is ahead of slot time, and whether that is
// an alarm.
func (c *slotClock) Apart() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run() // also in a slot that has nothing to do
	return c.wall, c.wall > clockAlarm || c.wall < -clockAlarm
}

func fromTime(t stock.Time) time.Duration { return time.Duration(t) * time.Millisecond }
func toTime(d time.Duration) stock.Time   { return stock.Time(d / time.Millisecond) }
