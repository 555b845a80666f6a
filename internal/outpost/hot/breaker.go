package hot

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// answerWithin is how long Redis may take: a script of a batch takes less than a
	// millisecond.
	answerWithin = 500 * time.Millisecond
	// restFor is for how long nobody asks Redis after it did not answer.
	restFor = time.Second
)

// ErrDown means that Redis does not answer, or did not lately.
var ErrDown = errors.New("redis: it does not answer")

// breaker lets only one caller wait for a Redis that does not answer.
type breaker struct {
	now func() time.Time

	mu    sync.Mutex
	down  bool
	since time.Time // when it went down
	again time.Time // when the next caller may try
}

// ask calls fn, unless Redis did not answer lately.
func (b *breaker) ask(ctx context.Context, fn func(context.Context) error) error {
	if !b.may() {
		return ErrDown
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	err := fn(ctx)
	silent := err != nil && !answered(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	if silent && !b.down {
		b.since = b.now()
	}
	if b.down = silent; silent {
		b.again = b.now().Add(restFor)
		return errors.Join(ErrDown, err)
	}
	return err
}

// may reports whether Redis may be asked: while it is down, one caller from time to time.
func (b *breaker) may() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.down {
		return true
	}
	if b.now().Before(b.again) {
		return false
	}
	b.again = b.now().Add(restFor)
	return true
}

// silentFor is for how long Redis has not answered.
func (b *breaker) silentFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.down {
		return 0
	}
	return b.now().Sub(b.since)
}

// forget lets everybody ask again: it is another Redis now.
func (b *breaker) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = false
}
