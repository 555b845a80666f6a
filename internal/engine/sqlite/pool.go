package sqlite

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// pool keeps connections for reading, opened when they are first needed.
type pool struct {
	path   string
	slots  chan struct{} // one token per connection that may be taken
	closed <-chan struct{}

	mu   sync.Mutex
	idle []*reader
}

func newPool(path string, size int, closed <-chan struct{}) *pool {
	p := &pool{path: path, slots: make(chan struct{}, size), closed: closed}
	for range size {
		p.slots <- struct{}{}
	}
	return p
}

// take waits for a connection.
func (p *pool) take(ctx context.Context) (*reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, engine.ErrClosed
	default:
	}
	select {
	case <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, engine.ErrClosed
	}
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		r := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return r, nil
	}
	p.mu.Unlock()
	r, err := p.open(ctx)
	if err != nil {
		p.slots <- struct{}{}
		return nil, err
	}
	return r, nil
}

func (p *pool) open(ctx context.Context) (*reader, error) {
	c, err := connect(ctx, p.path)
	if err != nil {
		return nil, err
	}
	r, err := newReader(c)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return r, nil
}

// give puts a connection back, unless it is stuck in a transaction.
func (p *pool) give(r *reader) {
	if r.AutocommitEnabled() {
		p.mu.Lock()
		p.idle = append(p.idle, r)
		p.mu.Unlock()
	} else {
		_ = r.close() // another is opened when it is needed
	}
	p.slots <- struct{}{}
}

// drain waits until all connections are back, when no more are taken, and
// closes them.
func (p *pool) drain() error {
	for range cap(p.slots) {
		<-p.slots
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, r := range p.idle {
		errs = append(errs, r.close())
	}
	p.idle = nil
	return errors.Join(errs...)
}
