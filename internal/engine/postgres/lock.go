package postgres

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// locked is the session for writing while one caller holds the head still, by
// the lock on the head's row in a transaction that is open.
type locked struct {
	e     *Engine
	w     *writer
	lease *turn.Lease
}

// Lock locks the head's row. The lock and what is read under it are statements
// of their own: one that waits for the lock has its snapshot from before.
func (e *Engine) Lock(ctx context.Context) (engine.Writer, error) {
	ctx, done, err := e.call(ctx, callWait)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	defer done()
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return nil, e.fail(ctx, "lock", err)
	}
	l := &locked{e: e}
	err = retry(func() (err error) {
		l.w, err = e.lock(ctx)
		return err
	})
	if err != nil {
		e.turn.Give()
		return nil, e.fail(ctx, "lock", err)
	}
	// The server's limit is the same and a little later: it is for a process
	// that is paused, and costs the connection.
	l.lease = e.turn.Lend(e.db.idle*4/5, func() {
		l.w.rollback()
		l.w.release()
	})
	return l, nil
}

// lock begins a transaction that holds the lock.
func (e *Engine) lock(ctx context.Context) (*writer, error) {
	w, err := e.ready(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := e.relock(ctx, w); err != nil {
		w.rollback()
		return nil, err
	}
	return w, nil
}

// relock locks the head's row and returns where the head is.
func (e *Engine) relock(ctx context.Context, w *writer) (seq engine.Seq, err error) {
	err = w.pipe(ctx, step{sql: begin}, step{sql: e.sql.lock, row: func(r *row) error {
		seq, w.fence = r.seq(), r.int8()
		return r.err
	}})
	return seq, explain(ctx, err)
}

// use runs fn while the lock cannot be taken back. If the lock was lost, for
// whatever reason, the caller receives that as an error: nothing was stored,
// others may have written.
func (l *locked) use(ctx context.Context, op string, fn func(context.Context) (end bool, err error)) error {
	return l.lease.Use(func() (bool, error) {
		ctx, done, err := l.e.call(ctx, callWait)
		if err != nil {
			return errors.Is(err, engine.ErrClosed), fmt.Errorf("%s: %w", op, err)
		}
		defer done()
		end, err := fn(ctx)
		err = l.e.fail(ctx, op, err)
		end = end || err != nil && l.isLost()
		if end && retryable(err) {
			err = fmt.Errorf("%w: %w", engine.ErrMoved, err)
		}
		return end, err
	})
}

// isLost reports whether the transaction is over or can only be rolled back.
func (l *locked) isLost() bool { return l.w.closed() || l.w.conn.PgConn().TxStatus() != 'T' }

func (l *locked) Load(ctx context.Context, want engine.Want) (got *engine.Loaded, err error) {
	err = l.use(ctx, "load", func(ctx context.Context) (bool, error) {
		got, err = l.e.load(ctx, &l.w.session, want, false)
		return false, err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

func (l *locked) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = l.use(ctx, "read", func(ctx context.Context) (bool, error) {
		recs, err = l.e.records(ctx, &l.w.session, after, limit)
		return false, err
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

// Append stores the group and commits in one packet. A group that asks is
// committed in a second one, so that the lock is kept when something exists.
func (l *locked) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return l.use(ctx, "append", func(ctx context.Context) (bool, error) {
		if err := g.Check(after); err != nil {
			return true, err
		}
		err := l.append(ctx, after, g)
		_, exists := errors.AsType[*engine.ExistsError](err)
		return !exists, err
	})
}

func (l *locked) append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	e, w := l.e, l.w
	if after >= lastSeq {
		return engine.ErrMoved
	}
	if err := e.partFor(ctx, after); err != nil {
		return err
	}
	w.sort(g, nil) // a spot that is wrong would cost the lock
	f, sd, err := e.prepare(ctx, w, formOf(g, &w.sorted, e.parts.number(after+1), e.db.copies))
	if err != nil {
		return explain(ctx, err)
	}
	a, err := w.store(ctx, sd, f, after, g, !f.ask)
	switch {
	case f.ask && errors.Is(err, errPending):
		w.abandon() // it is not committed, and the server undoes it
		return cause(ctx)
	case f.ask && err == nil && a.won:
		err = w.commit(ctx)
	}
	switch {
	case err != nil:
		return l.explainRefusal(ctx, after, g, err)
	case a.won:
		e.stored(g)
		return nil
	case a.seq == after && a.exists():
		return a.existsError(g, w)
	}
	w.rollback() // a failed statement has ended what follows it
	return e.fenced(ctx, w, after, g)
}

// explainRefusal explains why a group was not stored. A new transaction looks up which
// rows exist, because the failure has ended the old one and its lock. If the
// head has moved in between, the caller receives that instead.
func (l *locked) explainRefusal(ctx context.Context, after engine.Seq, g *engine.Group, err error) error {
	if pe, ok := pgError(err); !ok || pe.Code != codeUnique || l.w.closed() {
		return l.e.explainRefusal(ctx, l.w, g, err)
	}
	l.w.rollback()
	head, lerr := l.e.relock(ctx, l.w)
	switch {
	case lerr != nil:
		return lerr
	case head != after:
		return engine.ErrMoved
	}
	return l.e.explainRefusal(ctx, l.w, g, err)
}

// Unlock gives the lock back.
func (l *locked) Unlock() { l.lease.End() }
