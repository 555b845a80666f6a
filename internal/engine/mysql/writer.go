package mysql

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
)

// writer is the connection that writes the slot, and what it is to become when
// it is lost. Whoever has the engine's turn uses it.
type writer struct {
	e *Engine
	c *conn // nil while there is none
	// left are the marks of sessions that were lost in the middle of
	// something and have not been seen to end.
	left []string
	// open says that the transaction of a lock is open.
	open bool
	held current // the head that is locked
	text text
}

func newWriter(e *Engine) *writer { return &writer{e: e} }

// ready makes sure that there is a connection and that no session of before
// can still commit. It tries for a while: the server may be starting.
func (w *writer) ready(ctx context.Context) error {
	if w.c != nil && w.c.alive(ctx) && len(w.left) == 0 {
		return ctx.Err()
	}
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := w.connect(ctx)
		if err == nil || !isLost(err) || try+1 == tries {
			return err
		}
		if err := pause(ctx, w.e.gate.closed, backoff(try)); err != nil {
			return err
		}
	}
}

// connect opens a connection, ends the sessions that were left behind and
// marks the new one.
func (w *writer) connect(ctx context.Context) error {
	if w.c != nil {
		w.hangUp()
	}
	c, err := w.e.d.writer(ctx, w.e.d.connector)
	if err != nil {
		return err
	}
	if err = w.fence(ctx, c); err == nil {
		err = c.sign(ctx)
	}
	if err != nil {
		return errors.Join(err, c.close())
	}
	w.c = c
	return nil
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
	seq  engine.Seq
	hash [32]byte
}

func (c *current) read(r row) error {
	c.seq = engine.Seq(r.num(0))
	return r.array(1, c.hash[:])
}

// headOf asks for the head.
func (t *text) headOf(e *Engine) *text {
	return t.say("SELECT seq,hash FROM ", e.tables.head, " WHERE one=1")
}
