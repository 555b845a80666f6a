// Package pool keeps the connections with which an engine reads.
package pool

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// Kind says what is done with connections of a kind.
type Kind[C any] struct {
	Open  func(context.Context) (C, error)
	Close func(C) error
	// Usable reports whether a connection that was idle can be used.
	Usable func(context.Context, C) bool
}

// Pool keeps connections, opened when they are first needed.
type Pool[C any] struct {
	kind   Kind[C]
	slots  chan struct{} // one token per connection that may be taken
	closed <-chan struct{}

	mu   sync.Mutex
	idle []C
}

// New returns a pool of up to size connections, from which none can be taken
// when closed is.
func New[C any](size int, closed <-chan struct{}, kind Kind[C]) *Pool[C] {
	p := &Pool[C]{kind: kind, slots: make(chan struct{}, size), closed: closed}
	for range size {
		p.slots <- struct{}{}
	}
	return p
}

// Take waits for a connection, until the pool or the channel is closed.
func (p *Pool[C]) Take(ctx context.Context, closed <-chan struct{}) (c C, err error) {
	if err := ctx.Err(); err != nil {
		return c, err
	}
	select {
	case <-p.closed:
		return c, engine.ErrClosed
	case <-closed:
		return c, engine.ErrClosed
	default:
	}
	select {
	case <-p.slots:
	case <-ctx.Done():
		return c, ctx.Err()
	case <-p.closed:
		return c, engine.ErrClosed
	case <-closed:
		return c, engine.ErrClosed
	}
	for c, ok := p.pop(); ok; c, ok = p.pop() {
		if p.kind.Usable(ctx, c) {
			return c, nil
		}
		_ = p.kind.Close(c) // it is broken already, and the caller gets another
	}
	if c, err = p.kind.Open(ctx); err != nil {
		p.slots <- struct{}{}
	}
	return c, err
}

func (p *Pool[C]) pop() (c C, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return c, false
	}
	c = p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c, true
}

// Give puts a connection back.
func (p *Pool[C]) Give(c C) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	p.slots <- struct{}{}
}

// Forget makes room for another connection in the place of one that was closed.
func (p *Pool[C]) Forget() { p.slots <- struct{}{} }

// Drain waits until all connections are back, when no more are taken, and
// closes them.
func (p *Pool[C]) Drain() error {
	for range cap(p.slots) {
		<-p.slots
	}
	var errs []error
	for c, ok := p.pop(); ok; c, ok = p.pop() {
		errs = append(errs, p.kind.Close(c))
	}
	return errors.Join(errs...)
}
