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

// The outcome of a commit whose answer got lost
//
// The packet with the COMMIT may be in a buffer of ours, of a proxy or of the
// server, or be running. A reader who does not find the record in the log must
// be sure that it does not appear later. Waiting proves nothing: a paused
// server may resume after any time. So the session itself must have ended:
//
//   - Each connection for writing takes a user lock of a random name, its mark,
//     before its first transaction, and holds it as long as its session lives.
//   - Before anybody concludes anything, a new connection finds the session by
//     the mark, kills it and takes the lock itself. Getting the lock means that
//     the session no longer runs anything and never will: what it had committed
//     is committed and synced, all else has been or will be rolled back. Nobody
//     reads bytes of the packet that arrive later.
//   - A restarted server has no locks and no sessions from before. Its
//     recovery, which comes before the first connection, has decided the
//     outcome. The name is random, so that it cannot match the session of
//     another client. The number of a connection could: numbers start again
//     with the server.
//   - A server that cannot be reached, or a session that does not end, leads to
//     errors for as long as that lasts, and to no answer.
//
// Every read first calls settled. So a caller that received ErrUnknown, or no
// answer at all, reads the truth or an error. Other processes need no fence.
// They conclude nothing from the absence of our record, and if it appears
// later, their own comparison with the head fails.
//
// If the database has failed over to another server, the session does not exist
// there: the answer is what that server has. User locks are kept per server, so
// the addresses of a DSN must lead to one server at a time, without a proxy
// that shares sessions between clients.
//
// Galera
//
// On Galera the new session may be on another node, where it finds no mark. The
// write set of the old session may still get a place in the order of the cluster.
// So the new session raises the fence: a commit of its own that changes the
// column fence in the row of the head. Each group is stored with a statement that
// changes that row too, and only if the fence is the one that its session knew.
// Let T be the old session's transaction and F the commit that raises the fence.
//
//   - T comes before F in the cluster's order: then every node has carried it out
//     when it carries out F, and the session that has committed F sees it.
//   - T was carried out at its node before F was, and comes after F: both have
//     changed the row of the head, so T fails its certification, on all nodes.
//   - T begins at its node after F, because its bytes came late: it finds a fence
//     that differs from the one it compares with.
//   - T was ordered by a part of the cluster that is now cut off. A part that is
//     not primary orders nothing; what it had ordered before was delivered to all
//     its members at that time (Galera's messages are "safe": none is delivered
//     before every member has it), so it is in the primary part's order.
//
// The outcome that the session reads after F is therefore final. Sessions of
// other processes find the new fence too, and use it from then on (moved). A
// group of theirs that failed because of the new fence was not stored, and its
// text with the old fence never will be. The fence never goes down, so raising
// it twice harms nobody. Our other sessions that were lost without a COMMIT can
// at most hold locks on their node.

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
	got, err := c.askNum(ctx, new(text).writeSQL("SELECT GET_LOCK('", name, "',", fmt.Sprint(int(wait.Seconds())), ")"))
	if err == nil && got == 0 {
		err = errHeld
	}
	return err
}

var errHeld = errors.New("the lock is held by another session")

func (c *conn) unlock(ctx context.Context, name string) error {
	return c.exec(ctx, "DO RELEASE_LOCK('"+name+"')")
}

// fence returns nil when none of the sessions left behind can still do
// anything.
func (w *writer) fence(ctx context.Context, c *conn) error {
	for len(w.left) > 0 {
		err := c.kill(ctx, w.left[0])
		if stays := isLost(err) && !c.dead; err != nil && (!c.galera || !stays) {
			return err
		}
		w.left = w.left[1:]
	}
	if c.galera {
		if err := w.raise(ctx, c); err != nil {
			return err
		}
	}
	w.e.unsure.Store(false)
	return nil
}

// raise learns the fence of the head. It raises it when a COMMIT of a session
// that was lost may be on its way.
func (w *writer) raise(ctx context.Context, c *conn) error {
	t := new(text)
	if w.e.unsure.Load() {
		t.writeSQL("UPDATE ", w.e.tables.head, " SET fence=fence+1 WHERE one=1").end()
	}
	var at current
	t.headOf(w.e).end()
	var f effort
	for {
		err := c.ask(ctx, t, at.read)
		if err == nil {
			w.fenced = at.fence
			return nil
		}
		if c.dead {
			return err
		}
		if err := f.pauseForRetry(ctx, w.e.turn.Closed(), err); err != nil {
			return err
		}
	}
}

// kill ends the session that holds the mark and returns when it has ended. A
// session that does not end is a lostError of a connection that lives.
func (c *conn) kill(ctx context.Context, mark string) error {
	id, err := c.askNum(ctx, new(text).writeSQL("SELECT IS_USED_LOCK('", mark, "')"))
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
		return &lostError{why: "the session before it does not end"}
	case err != nil:
		return err
	}
	return c.unlock(ctx, mark)
}

// checkSettled returns nil when the outcome of every commit is known, or an error.
func (e *Engine) checkSettled(ctx context.Context) error {
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

var errUnsure = errors.New("the outcome of the last group is not known yet")

// resolve determines the outcome of a group whose answer got lost. It returns
// nil when the group is stored, engine.ErrMoved when another group is in its
// place, a lostError when nothing is, and engine.ErrUnknown when the outcome
// cannot be determined now.
func (w *writer) resolve(ctx context.Context, g *engine.Group, cause error) error {
	if err := w.ready(ctx); err != nil {
		return unknown(ctx, cause, err)
	}
	var at current
	t := new(text).headOf(w.e).end().writeSQL("SELECT writer,nonce FROM ", w.e.tables.log, " WHERE seq=").num(int64(g.Record.Seq)).end()
	found, ours := false, false
	err := w.c.ask(ctx, t, at.read, func(r row) error {
		var writer [16]byte
		found = true
		ours = r.array(0, writer[:]) == nil && writer == g.Record.Writer && r.unsigned(1) == g.Record.Nonce
		return nil
	})
	switch {
	case err != nil:
		// No session can commit the group now, but readers must see it.
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
