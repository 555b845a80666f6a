package mysql

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// pool keeps connections for reading, opened when they are first needed.
type pool struct {
	d     *Database
	slots chan struct{} // one token per connection that may be taken

	mu   sync.Mutex
	idle []*conn
}

func newPool(d *Database, size int) *pool {
	p := &pool{d: d, slots: make(chan struct{}, size)}
	for range size {
		p.slots <- struct{}{}
	}
	return p
}

// take waits for a connection, until closed is.
func (p *pool) take(ctx context.Context, closed <-chan struct{}) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-closed:
		return nil, engine.ErrClosed
	case <-p.d.closed:
		return nil, engine.ErrClosed
	}
	for c := p.pop(); c != nil; c = p.pop() {
		if p.d.inUse(c) && c.alive(ctx) {
			return c, nil
		}
		_ = c.close()
	}
	c, err := p.d.reader(ctx)
	if err != nil {
		p.slots <- struct{}{}
		return nil, err
	}
	return c, nil
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c
}

// give puts a connection back, unless it has ended.
func (p *pool) give(c *conn) {
	if !c.dead {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	}
	p.slots <- struct{}{}
}

// drain waits until all connections are back and closes them.
func (p *pool) drain() {
	for range cap(p.slots) {
		<-p.slots
	}
	for c := p.pop(); c != nil; c = p.pop() {
		_ = c.close()
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

// again returns nil, after a pause, when what has ended with err is to be tried
// again, else why not.
func (f *effort) again(ctx context.Context, closed <-chan struct{}, err error) error {
	n := f.tried
	f.tried++
	switch {
	case codeOf(err).again():
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
