package relay

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 100 * time.Millisecond
	mostPause  = 30 * time.Second
	// mostTries is how often an event is tried before it is parked.
	mostTries = 10
	// refusedPause is the least pause after a refusal that may pass: what the receiver waits for takes longer
	// than the next packet. Standard Webhooks has 5 s before the second try.
	refusedPause = 6 * time.Second
)

// pauseAfter is how long an event waits after that many failures, the last of which is err.
func pauseAfter(tries int, err error) time.Duration {
	pause := Backoff(tries)
	if errors.Is(err, ErrRefused) {
		pause = max(pause, refusedPause+rand.N(refusedPause/2))
	}
	return pause
}

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
