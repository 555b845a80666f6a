package mysql

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// What became of a commit whose answer got lost
//
// The packet with the COMMIT may be in a buffer of ours, of a proxy or of the
// server, or be running. Whoever looks at the log and does not find the record
// must be sure that it does not appear later. Time alone makes nobody sure: a
// paused server goes on after any time. So the session itself must have ended:
//
//   - Each connection for writing takes a user lock of a random name, its mark,
//     before its first transaction, and holds it as long as its session lives.
//   - Before anybody concludes anything, a new connection finds the session by
//     the mark, kills it and takes the lock itself. Getting the lock means that
//     the session runs nothing any more and never will: what it had committed
//     is committed and synced, all else has been or will be rolled back. Bytes
//     of the packet that arrive later have nobody to read them.
//   - A server that was restarted has no locks and no sessions of before; its
//     recovery, which comes before the first connection, has decided. The name
//     is random, so that it cannot hit a session of another, as the number of
//     a connection could, because numbers begin anew with the server.
//   - A server that cannot be reached, or a session that does not end, gives
//     errors for as long as that lasts, and no answer.
//
// Reading goes through settled, so that whoever was told ErrUnknown, or could
// not be told at all, reads the truth or an error. Other processes need no
// fence: they draw no conclusion from the absence of our record, and if it
// appears behind their back their own comparison with the head fails.
//
// If the database has failed over to another server the session is not there:
// the answer is what that server has. User locks are kept per server, so the
// addresses of a DSN must lead to one server at a time, without a proxy that
// shares sessions between clients.

// fenceWait is how long one try waits for a killed session to end.
const fenceWait = 2 * time.Second

// settleWithin is how long reading waits for the server when the outcome of a
// commit is unsure.
const settleWithin = 30 * time.Second

// sign gives the session its mark.
func (c *conn) sign(ctx context.Context) error {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	c.mark = "holdfast:" + hex.EncodeToString(random[:])
	return c.lock(ctx, c.mark, 0)
}

// lock takes a user lock.
func (c *conn) lock(ctx context.Context, name string, wait time.Duration) error {
	got := false
	err := c.ask(ctx, new(text).say("SELECT GET_LOCK('", name, "',", fmt.Sprint(int(wait.Seconds())), ")"), func(r row) error {
		got = r.flag(0)
		return nil
	})
	if err == nil && !got {
		err = errHeld
	}
	return err
}

var errHeld = errors.New("the lock is held by another session")

func (c *conn) unlock(ctx context.Context, name string) error {
	return c.exec(ctx, "DO RELEASE_LOCK('"+name+"')")
}

// fence returns nil when none of the sessions left behind can do anything any
// more.
func (w *writer) fence(ctx context.Context, c *conn) error {
	for len(w.left) > 0 {
		if err := c.kill(ctx, w.left[0]); err != nil {
			return err
		}
		w.left = w.left[1:]
	}
	w.e.unsure.Store(false)
	return nil
}

// kill ends the session that holds the mark and returns when it has ended.
func (c *conn) kill(ctx context.Context, mark string) error {
	var id int64
	err := c.ask(ctx, new(text).say("SELECT IS_USED_LOCK('", mark, "')"), func(r row) error {
		id = r.num(0)
		return nil
	})
	if err != nil {
		return err
	}
	if id != 0 {
		if err := c.exec(ctx, fmt.Sprintf("KILL CONNECTION %d", id)); err != nil && codeOf(err) != errNoThread {
			return err
		}
	}
	switch err := c.lock(ctx, mark, fenceWait); {
	case errors.Is(err, errHeld):
		return &lostError{"the session before it does not end"}
	case err != nil:
		return err
	}
	return c.unlock(ctx, mark)
}

// settled returns when it is known what became of every commit, or an error.
func (e *Engine) settled(ctx context.Context) error {
	if !e.unsure.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	if err := e.turn.Take(ctx); err != nil {
		return err
	}
	defer e.turn.Give()
	for e.unsure.Load() {
		if err := e.w.ready(ctx); err != nil && (!isLost(err) || ctx.Err() != nil) {
			return errors.Join(err, errUnsure)
		}
	}
	return nil
}

var errUnsure = errors.New("it is not known yet what became of the last group")

// resolve finds out what became of a group whose answer got lost: nil when it
// is stored, engine.ErrMoved when another is in its place, a lostError when
// nothing is, and engine.ErrUnknown when it cannot be found out now.
func (w *writer) resolve(ctx context.Context, g *engine.Group, cause error) error {
	if err := w.ready(ctx); err != nil {
		return unknown(ctx, cause, err)
	}
	var at current
	t := new(text).headOf(w.e).end().say("SELECT writer,nonce FROM ", w.e.tables.log, " WHERE seq=").num(int64(g.Record.Seq)).end()
	found, ours := false, false
	err := w.c.ask(ctx, t, at.read, func(r row) error {
		var writer [16]byte
		found = true
		ours = r.array(0, writer[:]) == nil && writer == g.Record.Writer && r.unsigned(1) == g.Record.Nonce
		return nil
	})
	switch {
	case err != nil:
		// No session can commit the group any more, but who reads must see it.
		return unknown(ctx, cause, err)
	case ours:
		// Its session has ended; whether that was after its sync does not matter.
		if err := w.e.ensure(ctx, w.c, false); err != nil {
			return unknown(ctx, cause, err)
		}
		return nil
	case found || at.seq >= g.Record.Seq:
		return engine.ErrMoved
	}
	return cause
}

// unknown is an engine.ErrUnknown. It is not a lostError, after which things
// are tried again.
func unknown(ctx context.Context, cause, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", engine.ErrUnknown, ctx.Err())
	}
	return fmt.Errorf("%w: %v; and then: %v", engine.ErrUnknown, cause, err)
}
