package mysql

import (
	"context"
	"math/rand/v2"
	"time"

	"holdfast.dev/holdfast/internal/engine/pool"
)

// newPool keeps connections for reading.
func (d *Database) newPool(size int) *pool.Pool[*conn] {
	return pool.New(size, d.closed, pool.Kind[*conn]{
		Open:   d.reader,
		Close:  (*conn).close,
		Usable: func(ctx context.Context, c *conn) bool { return d.isInUse(c) && c.alive(ctx) },
	})
}

// give puts a connection back, unless it has ended.
func give(p *pool.Pool[*conn], c *conn) {
	if c.dead {
		p.Forget()
	} else {
		p.Give(c)
	}
}

const (
	// tries is how often what is safe to repeat is tried, with pauses of at most
	// backoff in between (FAULTS F14): about two seconds altogether.
	tries = 6
	// conflictsFor is how long what lost against another writer is tried again,
	// and conflictPauses the number of the pause that is not exceeded meanwhile.
	conflictsFor   = 5 * time.Second
	conflictPauses = 2
)

// effort counts how often something was tried.
type effort struct {
	tried int
	until time.Time // conflicts are worth another try until then
}

// pauseForRetry returns nil, after a pause, when what has ended with err is to be tried
// again, else why not.
func (f *effort) pauseForRetry(ctx context.Context, closed <-chan struct{}, err error) error {
	n := f.tried
	f.tried++
	switch {
	case codeOf(err).isRetryable():
		if n == 0 {
			f.until = time.Now().Add(conflictsFor)
		}
		if f.tried >= tries && time.Now().After(f.until) {
			return err
		}
		n = min(n, conflictPauses)
	case !isLost(err) || f.tried >= tries:
		return err
	}
	return pause(ctx, closed, backoff(n))
}

// backoff is a random part of a limit that grows: full jitter.
func backoff(try int) time.Duration {
	limit := min(20*time.Millisecond<<min(try, tries), time.Second)
	return rand.N(limit) + time.Millisecond
}
