package mysql

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
)

// writer is the connection that writes the slot, and what is needed to replace
// it when it is lost. The call that has the engine's turn uses it.
type writer struct {
	e *Engine
	c *conn // nil while there is none
	// left are the marks of sessions that were lost in the middle of
	// something and have not been seen to end.
	left []string
	// open reports that the transaction of a lock is open.
	open bool
	held current // the head that is locked
	// fenced is the fence of the head that the session uses, on Galera.
	fenced int64
	// takeOver receives each history before something is stored on it. accepted is
	// the last one that it received, and asked is the connection that named it.
	takeOver engine.TakeOver
	accepted string
	asked    *conn
	text     text
}

func newWriter(e *Engine) *writer { return &writer{e: e} }

// ready makes sure that there is a connection and that no earlier session can
// still commit. It tries for a while: the server may be starting.
func (w *writer) ready(ctx context.Context) error {
	if w.c != nil && w.e.d.isInUse(w.c) && w.c.alive(ctx) && len(w.left) == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		return w.accept(ctx)
	}
	var f effort
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := w.connect(ctx)
		if err == nil {
			err = w.accept(ctx)
		}
		if err == nil {
			return nil
		}
		if err := f.pauseForRetry(ctx, w.e.turn.Closed(), err); err != nil {
			return err
		}
	}
}

// connect opens a connection, ends the sessions that were left behind, looks
// whether the log still has what callers have seen and marks the new session.
func (w *writer) connect(ctx context.Context) error {
	if w.c != nil {
		w.hangUp()
	}
	c, err := w.e.d.writer(ctx, false)
	if err != nil {
		return err
	}
	if err = w.fence(ctx, c); err == nil {
		err = w.compare(ctx, c)
	}
	if err == nil {
		err = c.sign(ctx)
	}
	if err != nil {
		return errors.Join(err, c.close())
	}
	w.c = c
	return nil
}

// compare returns engine.ErrLost when the log of a new session lacks the newest
// record that callers have seen: the database was restored, or failed over to a
// server that did not have it.
func (w *writer) compare(ctx context.Context, c *conn) error {
	seq, hash := w.e.shown.Record()
	if seq == 0 {
		return nil
	}
	has, err := w.e.has(ctx, c, seq, hash)
	if err == nil && !has {
		err = w.e.judge(ctx, c, seq, hash)
	}
	return err
}

// hangUp closes the connection, in which nothing of the writer's is under way.
func (w *writer) hangUp() {
	if w.c != nil {
		_ = w.c.close()
		w.c = nil
	}
}

// leave gives the connection up in the middle of something. commit says that a
// COMMIT may be on its way.
func (w *writer) leave(commit bool) {
	if w.c == nil {
		return
	}
	w.left = append(w.left, w.c.mark)
	if commit {
		w.e.unsure.Store(true)
	}
	w.hangUp()
}

// abandon ends a transaction in which something has failed that was no COMMIT.
func (w *writer) abandon(ctx context.Context) {
	if w.c != nil && w.c.dead {
		w.leave(false)
		return
	}
	w.undo(ctx)
}

// undo ends the transaction that is open, without storing anything.
func (w *writer) undo(ctx context.Context) {
	if w.c == nil {
		return
	}
	if err := w.c.exec(ctx, w.e.d.dialect.undo); err != nil {
		w.leave(false)
	}
}

// current is the head as the server has it.
type current struct {
	seq   engine.Seq
	hash  [32]byte
	fence int64
}

func (c *current) read(r row) error {
	c.seq, c.fence = engine.Seq(r.num(0)), r.num(2)
	return r.array(1, c.hash[:])
}

// headOf asks for the head.
func (t *text) headOf(e *Engine) *text {
	return t.writeSQL("SELECT seq,hash,fence FROM ", e.tables.head, " WHERE one=1")
}
