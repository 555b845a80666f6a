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
	if err := e.turn.Take(ctx); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	defer e.turn.Give()
	if err := e.writable(); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if err := e.w.ready(ctx); err != nil {
		return e.fail("append", err)
	}
	if g.Ask {
		exists, err := e.w.existing(ctx, g, "")
		if err == nil && exists != nil {
			err = exists
		}
		if err != nil {
			return e.fail("append", err)
		}
	}
	err := e.w.store(ctx, after, g)
	e.ahead(after)
	return e.fail("append", err)
}

// store stores the group in a transaction of its own. What the server undoes
// so that others get on, and what was lost and is known not to be stored, it
// tries again.
func (w *writer) store(ctx context.Context, after engine.Seq, g *engine.Group) error {
	d := w.e.d.dialect
	for try := 0; ; try++ {
		w.text.reset().say(d.begin).end().group(w.e, after, g)
		w.text.say(d.end).end()
		err := w.commit(ctx, after, g, d.undo)
		if err == nil || try+1 == tries || !codeOf(err).again() && !isLost(err) && codeOf(err) != errNoPart {
			return err
		}
		if codeOf(err) == errNoPart {
			err = w.e.makeRoom(ctx)
		} else {
			err = pause(ctx, w.e.gate.closed, backoff(try))
		}
		if err == nil {
			err = w.ready(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// commit sends the text that ends with a COMMIT and finds out what became of
// it. When the server has refused it, undo is what the transaction is ended or
// put back with.
func (w *writer) commit(ctx context.Context, after engine.Seq, g *engine.Group, undo string) error {
	err := w.c.send(ctx, &w.text, w.e.d.dialect.block)
	switch {
	case err == nil:
		w.e.shown.Note(g.Record.Seq, g.Record.Hash)
		return nil
	case codeOf(err) == errNull:
		return w.moved(ctx, after)
	case codeOf(err) == errDuplicate:
		return w.refused(ctx, g, undo, err)
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

// moved ends the transaction whose comparison of the head has failed. The lock
// of the head is ours until then, so what it shows is what was compared.
func (w *writer) moved(ctx context.Context, after engine.Seq) error {
	var at current
	floor := w.e.shown.Seq() // others move the head as soon as it is let go
	w.text.reset().headOf(w.e).end().say(w.e.d.dialect.undo).end()
	if err := w.c.ask(ctx, &w.text, at.read); err != nil {
		w.leave(false)
		return fmt.Errorf("%w (%v)", engine.ErrMoved, err)
	}
	if at.seq == after || at.seq < floor {
		return lostRecords(max(after, floor))
	}
	return engine.ErrMoved
}

// refused explains why the tables did not take the group, and undoes it.
func (w *writer) refused(ctx context.Context, g *engine.Group, undo string, cause error) error {
	exists, err := w.existing(ctx, g, undo)
	switch {
	case err != nil:
		w.leave(false)
		return err
	case exists != nil:
		return exists
	}
	return fmt.Errorf("the group names a key or a hold twice, or an item that is said to be fresh exists (%v)", cause)
}
