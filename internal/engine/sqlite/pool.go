package sqlite

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine/pool"
)

// newPool keeps connections for reading.
func newPool(path string, size int, closed <-chan struct{}) *pool.Pool[*reader] {
	return pool.New(size, closed, pool.Kind[*reader]{
		Open:   func(ctx context.Context) (*reader, error) { return openReader(ctx, path) },
		Close:  func(r *reader) error { return r.close() },
		Usable: func(context.Context, *reader) bool { return true },
	})
}

func openReader(ctx context.Context, path string) (*reader, error) {
	c, err := connect(ctx, path)
	if err != nil {
		return nil, err
	}
	r, err := newReader(c)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return r, nil
}

// withReader runs fn with a connection of the pool. One that is stuck in a
// transaction is closed.
func (e *Engine) withReader(ctx context.Context, op string, p *pool.Pool[*reader], fn func(*reader) error) error {
	r, err := p.Take(ctx, nil)
	if err != nil {
		return e.fail(op, err)
	}
	defer func() {
		if r.db.AutocommitEnabled() {
			p.Give(r)
			return
		}
		_ = r.close() // another is opened when it is needed
		p.Forget()
	}()
	return e.fail(op, fn(r))
}

// ask is withReader, with patience, for fn that can be called again.
func (e *Engine) ask(ctx context.Context, op string, p *pool.Pool[*reader], fn func(*reader) error) error {
	return e.withReader(ctx, op, p, func(r *reader) error {
		return patience(ctx, func() error { return fn(r) })
	})
}
