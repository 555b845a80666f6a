package mysql

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Append stores the group in one packet. A context that ends while it is under
// way leaves the outcome unknown.
func (e *Engine) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := g.Check(after); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	defer e.turn.Give()
	if err := e.w.ready(ctx); err != nil {
		return e.fail("append", err)
	}
	if g.Ask {
		if err := e.w.askFirst(ctx, g); err != nil {
			return e.fail("append", err)
		}
	}
	err := e.w.store(ctx, after, g)
	e.addPartAhead(after)
	return e.fail("append", err)
}

// askFirst returns an engine.ExistsError when keys or fresh holds of the group
// exist.
func (w *writer) askFirst(ctx context.Context, g *engine.Group) error {
	var f effort
	for {
		exists, err := w.existing(ctx, g, "")
		switch {
		case err == nil && exists != nil:
			return exists
		case err == nil:
			return nil
		}
		if err = f.pauseForRetry(ctx, w.e.turn.Closed(), err); err == nil {
			err = w.ready(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// store stores the group in a transaction of its own. It tries again when the
// server rolled the transaction back for others, or when the connection was
// lost and the group is known not to be stored.
func (w *writer) store(ctx context.Context, after engine.Seq, g *engine.Group) error {
	d := w.e.d.dialect
	var f effort
	for {
		w.text.reset().writeSQL(d.begin).end().group(w.e, after, g)
		w.text.writeSQL(d.end).end()
		err := w.commit(ctx, after, g, d.undo)
		switch {
		case err == nil:
			return nil
		case codeOf(err) == errNoPart && f.tried < tries:
			f.tried++
			err = w.e.makeRoom(ctx)
		default:
			err = f.pauseForRetry(ctx, w.e.turn.Closed(), err)
		}
		if err == nil {
			err = w.ready(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// commit sends the text that ends with a COMMIT and determines the outcome.
// When the server has refused it, undo is the statement that ends the
// transaction or rolls it back.
func (w *writer) commit(ctx context.Context, after engine.Seq, g *engine.Group, undo string) error {
	err := w.c.send(ctx, &w.text, w.e.d.dialect.block)
	switch {
	case err == nil:
		w.e.shown.Note(g.Record.Seq, g.Record.Hash)
		return nil
	case codeOf(err) == errNull:
		return w.moved(ctx, after, g)
	case codeOf(err) == errDuplicate:
		return w.explainRefusal(ctx, g, undo, err)
	case codeOf(err).undone():
		w.undo(ctx)
		return err
	}
	w.leave(true)
	if err = w.resolve(ctx, g, err); err == nil {
		w.e.shown.Note(g.Record.Seq, g.Record.Hash)
	}
	return err
}

// moved ends the transaction whose comparison of the head has failed. This
// session has the lock of the head until then, so the head is the one that was
// compared. But on a Galera node the head may have moved as soon as the
// comparison had failed.
func (w *writer) moved(ctx context.Context, after engine.Seq, g *engine.Group) error {
	var at current
	floor := w.e.shown.Seq() // others move the head as soon as it is let go
	w.text.reset().headOf(w.e).end().writeSQL(w.e.d.dialect.undo).end()
	if err := w.c.ask(ctx, &w.text, at.read); err != nil {
		w.abandon(ctx)
		return fmt.Errorf("%w (%v)", engine.ErrMoved, err)
	}
	switch prev := (g.Prev != [32]byte{}); {
	case prev && at.seq == after && at.hash != g.Prev:
		return w.e.judge(ctx, w.c, after, g.Prev)
	case at.seq < floor:
		return w.e.judgeShown(ctx, w.c)
	case at.seq != after:
		return engine.ErrMoved
	case !w.c.galera:
		return lostRecords(after)
	}
	w.fenced = at.fence
	return &lostError{why: "the session was fenced off by another one's commit"}
}

// explainRefusal explains why the tables did not take the group, and undoes it.
func (w *writer) explainRefusal(ctx context.Context, g *engine.Group, undo string, cause error) error {
	exists, err := w.existing(ctx, g, undo)
	switch {
	case err != nil:
		w.abandon(ctx)
		return err
	case exists != nil:
		return exists
	}
	return fmt.Errorf("the group names a key or a hold twice, or an item that is said to be fresh exists (%v)", cause)
}
