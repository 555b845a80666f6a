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

// point is the savepoint that the transaction of a locked writer rolls back to
// when its group names keys or holds that exist. The lock of the head was taken
// before it and stays. On a node of a Galera cluster the transaction ends then,
// as if the lock were taken back: MariaDB 10.11 leaves what was rolled back to a
// savepoint in the write set when it keeps no binary log, and the other nodes
// carry it out.
const point = "decided"

// Lock locks the head's row. The server takes the lock back when this process
// is stopped (dialect.go), the lease when its caller forgets it.
func (e *Engine) Lock(ctx context.Context) (engine.Writer, error) {
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := e.w.lock(ctx); err != nil {
		e.turn.Give()
		return nil, e.fail("lock", err)
	}
	return &locked{e: e, lease: e.turn.Lend(e.d.idle, func() {
		ctx, cancel := context.WithTimeout(context.Background(), lockWait)
		defer cancel()
		e.w.release(ctx)
	})}, nil
}

// lock begins the transaction that has the lock of the head.
func (w *writer) lock(ctx context.Context) error {
	var f effort
	for {
		if err := w.ready(ctx); err != nil {
			return err
		}
		err := w.tryLock(ctx)
		switch {
		case err == nil && w.e.parts.covers(w.held.seq+1):
			return nil
		case err == nil:
			w.release(ctx)
			if err = w.e.makeRoom(ctx); err != nil {
				return err
			}
			continue
		default:
			w.abandon(ctx)
		}
		if err := f.pauseForRetry(ctx, w.e.turn.Closed(), err); err != nil {
			return err
		}
	}
}

func (w *writer) tryLock(ctx context.Context) error {
	var at current
	w.text.reset().writeSQL(w.e.d.dialect.begin).end().headOf(w.e).writeSQL(" FOR UPDATE").end()
	floor := w.e.shown.Seq()
	if err := w.c.ask(ctx, &w.text, at.read); err != nil {
		return err
	}
	w.open = true
	if at.seq >= floor {
		w.held = at
		return nil
	}
	if w.release(ctx); w.c == nil {
		return awayError(errors.New("the lock could not be given back"))
	}
	return w.e.judgeShown(ctx, w.c)
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
// lost the lock, and so has a transaction that the server has chosen to give way:
// on a Galera node, to one of another node that has moved the head.
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
		if codeOf(err).isRetryable() {
			end, err = true, fmt.Errorf("%w (the lock was lost to another writer: %v)", engine.ErrMoved, err)
		}
		return end, l.e.fail(op, err)
	})
}

// read runs fn, which reads at the locked head.
func (l *locked) read(ctx context.Context, op string, fn func(*writer) error) error {
	return l.use(op, func(w *writer) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		err := w.admit(ctx)
		if err == nil {
			err = fn(w)
		}
		return w.c.dead, err
	})
}

// Load reads at the locked head.
func (l *locked) Load(ctx context.Context, want engine.Want) (got *engine.Loaded, err error) {
	err = l.read(ctx, "load", func(w *writer) error {
		got, err = l.e.load(ctx, w.c, want, &w.text, "", "")
		return err
	})
	return got, err
}

// Read reads at the locked head.
func (l *locked) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = l.read(ctx, "read", func(w *writer) error {
		recs, err = l.e.records(ctx, w.c, after, limit)
		return err
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
			return true, awayError(errors.New("it was idle"))
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
		w.text.reset()
		undo := l.e.d.dialect.undo
		if !w.c.galera {
			w.text.writeSQL("SAVEPOINT ", point).end()
			undo = "ROLLBACK TO SAVEPOINT " + point
		}
		w.text.group(l.e, after, g)
		w.text.writeSQL(l.e.d.dialect.end).end()
		err = w.commit(ctx, after, g, undo)
		if _, exists := errors.AsType[*engine.ExistsError](err); exists {
			w.open = !w.c.galera
			return w.c.galera, err
		}
		w.open = false
		if err != nil {
			w.undo(ctx)
		}
		return true, err
	})
	l.e.addPartAhead(after)
	return err
}

// Unlock ends the Writer.
func (l *locked) Unlock() { l.lease.End() }
