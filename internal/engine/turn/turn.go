// Package turn lets one caller at a time write to an engine, first come first
// served. Unlike with a mutex, a caller can wait for a turn with a context. A
// turn can be taken back from a caller that holds it and does nothing, and it
// can be closed and stopped for good. The engine decides what is written.
package turn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// Turn is held by one caller at a time.
type Turn struct {
	free   chan struct{} // holds one token while nobody has the turn
	closed <-chan struct{}
	once   sync.Once
	end    func()
	atEnd  func(func()) (stop func() bool)

	lease atomic.Pointer[Lease] // the last that was lent
	// broken is set, permanently, when the slot must no longer be written.
	broken atomic.Pointer[error]
}

// New returns a turn that nobody has.
func New() *Turn {
	life, end := context.WithCancel(context.Background())
	t := &Turn{free: make(chan struct{}, 1), closed: life.Done(), end: end}
	t.atEnd = func(fn func()) func() bool { return context.AfterFunc(life, fn) }
	t.free <- struct{}{}
	return t
}

// Take waits for the turn. It returns the context's error or
// engine.ErrClosed when there is no more turn to be had.
func (t *Turn) Take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.IsShut() {
		return engine.ErrClosed
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

// TakeToWrite is Take for a caller who writes: it also fails when the slot must
// no longer be written.
func (t *Turn) TakeToWrite(ctx context.Context) error {
	if err := t.Take(ctx); err != nil {
		return err
	}
	if err := t.Writable(); err != nil {
		t.Give()
		return err
	}
	return nil
}

// Give gives the turn to the next. Only the caller who has it may call Give.
func (t *Turn) Give() { t.free <- struct{}{} }

// Lend makes a lease of the turn, which the caller has. When the lease ends,
// drop is called and then the turn is given to the next.
func (t *Turn) Lend(idle time.Duration, drop func()) *Lease {
	l := NewLease(idle, func() {
		defer t.Give()
		drop()
	})
	t.lease.Store(l)
	return l
}

// Failed wraps err with the operation. After an engine.ErrBroken nothing may be
// written again.
func (t *Turn) Failed(op string, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", op, err)
	if errors.Is(err, engine.ErrBroken) {
		t.broken.CompareAndSwap(nil, &err)
	}
	return err
}

// Writable returns why nothing may be written, nil when it may.
func (t *Turn) Writable() error {
	if err := t.broken.Load(); err != nil {
		return fmt.Errorf("the slot has been stopped: %w", *err)
	}
	return nil
}

// Closed is closed when nobody can get a turn again.
func (t *Turn) Closed() <-chan struct{} { return t.closed }

// IsShut reports whether the turn is shut: nobody can get it again.
func (t *Turn) IsShut() bool {
	select {
	case <-t.closed:
		return true
	default:
		return false
	}
}

// AtEnd has fn called when the turn is shut, unless stop is called before.
func (t *Turn) AtEnd(fn func()) (stop func() bool) { return t.atEnd(fn) }

// UntilClosed returns a context that ends with ctx and when the turn is shut;
// Cause tells which. Callers call done when they need it no longer.
func (t *Turn) UntilClosed(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := t.atEnd(func() { cancel(engine.ErrClosed) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// Cause is why a context of UntilClosed ended.
func Cause(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, engine.ErrClosed) {
		return err
	}
	return ctx.Err()
}

// Shut refuses all callers who wait and all later ones, and ends the lease when
// it is no longer in use. It reports whether it was the first call to do so.
func (t *Turn) Shut() bool {
	first := false
	t.once.Do(func() {
		first = true
		t.end()
		if l := t.lease.Load(); l != nil {
			l.End()
		}
	})
	return first
}

// Drain returns, once shut, when nobody has the turn. It is called once.
func (t *Turn) Drain() { <-t.free }
