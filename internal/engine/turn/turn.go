// Package turn lets one caller at a time write to an engine, first come first
// served. Unlike a mutex it can be waited for with a context, taken back from
// a caller who holds it and does nothing, and closed. What is written is the
// engine's business.
package turn

import (
	"context"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// Turn is held by one caller at a time.
type Turn struct {
	free   chan struct{} // holds one token while nobody has the turn
	closed chan struct{}
	once   sync.Once
}

// New returns a turn that nobody has.
func New() *Turn {
	t := &Turn{free: make(chan struct{}, 1), closed: make(chan struct{})}
	t.free <- struct{}{}
	return t
}

// Take waits for the turn. It returns the context's error or
// engine.ErrClosed when there is no more turn to be had.
func (t *Turn) Take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-t.closed:
		return engine.ErrClosed
	default:
	}
	select {
	case <-t.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-t.closed:
		return engine.ErrClosed
	}
}

// Give gives the turn to the next. Only the caller who has it may call Give.
func (t *Turn) Give() { t.free <- struct{}{} }

// Closed is closed when nobody gets a turn any more.
func (t *Turn) Closed() <-chan struct{} { return t.closed }

// Shut turns away all who wait and all who come. It reports whether it was the
// first to do so.
func (t *Turn) Shut() bool {
	first := false
	t.once.Do(func() {
		first = true
		close(t.closed)
	})
	return first
}

// Drain returns, once shut, when nobody has the turn. It is called once.
func (t *Turn) Drain() { <-t.free }
