package mysql

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// locked is the writer while one caller holds the head still.
type locked struct {
	e     *Engine
	lease *turn.Lease
}

// point is where the transaction of a locked writer goes back to when its
// group names what exists: the lock of the head was taken before and stays.
const point = "decided"

// Lock locks the head's row. The server takes the lock back when this process
// is stopped (dialect.go), the lease when its caller forgets it.
func (e *Engine) Lock(ctx context.Context) (engine.Writer, error) {
	if err := e.turn.Take(ctx); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err := e.writable()
	if err == nil {
		err = e.w.lock(ctx)
	}
	if err != nil {
		e.turn.Give()
		return nil, e.fail("lock", err)
	}
	l := &locked{e: e, lease: turn.NewLease(e.d.idle, func() {
		defer e.turn.Give()
		ctx, cancel := context.WithTimeout(context.Background(), lockWait)
		defer cancel()
		e.w.release(ctx)
	})}
	e.lease.Store(l.lease)
	return l, nil
}

// lock begins the transaction that has the lock of the head.
func (w *writer) lock(ctx context.Context) error {
	for try := 0; ; try++ {
		if err := w.ready(ctx); err != nil {
			return err
		}
		var at current
		w.text.reset().say(w.e.d.dialect.begin).end().headOf(w.e).say(" FOR UPDATE").end()
		floor := w.e.shown.Seq()
		err := w.c.ask(ctx, &w.text, at.read)
		if err == nil {
			w.open = true
			if at.seq < floor {
				w.release(ctx)
				return lostRecords(floor)
			}
			w.held = at
			if w.e.parts.covers(at.seq + 1) {
				return nil
			}
			w.release(ctx)
			if err = w.e.makeRoom(ctx); err != nil {
				return err
			}
			continue
		}
		if w.c.dead {
			w.leave(false)
		} else {
			w.undo(ctx)
		}
		if try+1 == tries || !codeOf(err).again() && !isLost(err) {
			return err
		}
		if err := pause(ctx, w.e.gate.closed, backoff(try)); err != nil {
			return err
		}
	}
}

// admit lets the caller have the head that is locked.
func (w *writer) admit(ctx context.Context) error {
	return w.e.admit(ctx, w.c, w.e.shown.Seq(), w.held, true)
}

// release ends the transaction of lock, if it has not ended.
func (w *writer) release(ctx context.Context) {
	if w.open {
		w.open = false
		w.undo(ctx)
	}
}

// use runs fn with the transaction of the lock. A connection that is lost has
// lost the lock.
func (l *locked) use(op string, fn func(*writer) (end bool, err error)) error {
	return l.lease.Use(func() (bool, error) {
		end, err := fn(l.e.w)
		if isLost(err) {
			if l.e.w.open {
				l.e.w.open = false
				l.e.w.leave(false)
			}
			end, err = true, fmt.Errorf("%w (%v)", turn.ErrTakenBack, err)
		}
		return end, l.e.fail(op, err)
	})
}

// Load reads at the locked head.
func (l *locked) Load(ctx context.Context, want engine.Want) (got *engine.Loaded, err error) {
	err = l.use("load", func(w *writer) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err = w.admit(ctx); err == nil {
			got, err = l.e.load(ctx, w.c, want, &w.text, "", "")
		}
		return w.c.dead, err
	})
	return got, err
}

// Read reads at the locked head.
func (l *locked) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = l.use("read", func(w *writer) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err = w.admit(ctx); err == nil {
			recs, err = l.e.records(ctx, w.c, after, limit)
		}
		return w.c.dead, err
	})
	return recs, err
}

// Append stores the group and commits the transaction that has the lock.
func (l *locked) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := l.use("append", func(w *writer) (end bool, err error) {
		if err := g.Check(after); err != nil {
			return true, err
		}
		if err := ctx.Err(); err != nil {
			return true, err
		}
		if !w.c.alive(ctx) {
			return true, lost(errors.New("it was idle"))
		}
		if g.Ask {
			exists, err := w.existing(ctx, g, "")
			if err != nil {
				return true, err
			}
			if exists != nil {
				return false, exists
			}
		}
		w.text.reset().say("SAVEPOINT ", point).end().group(l.e, after, g)
		w.text.say(l.e.d.dialect.end).end()
		err = w.commit(ctx, after, g, "ROLLBACK TO SAVEPOINT "+point)
		if _, exists := errors.AsType[*engine.ExistsError](err); exists {
			return false, err
		}
		w.open = false
		if err != nil {
			w.undo(ctx)
		}
		return true, err
	})
	l.e.ahead(after)
	return err
}

// Unlock ends the Writer.
func (l *locked) Unlock() { l.lease.End() }
