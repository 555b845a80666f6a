package relay

import (
	"math/rand/v2"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	mostPause  = 30 * time.Second
	// mostTries is how often an event is tried before it is parked.
	mostTries = 10
)

// Backoff is how long to wait after that many failures, the first being 1. The bound
// doubles each time, from 100 ms to 30 s. Full jitter: all durations up to the bound are
// equally likely, so that relays do not return at the same moment.
func Backoff(failures int) time.Duration {
	most := mostPause
	if failures < 10 { // 100 ms << 9 is more than 30 s
		most = min(mostPause, firstPause<<(max(failures, 1)-1))
	}
	return rand.N(most) + time.Millisecond
}
