package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// appendTries is how often a group is sent that the server has not carried
// out: because a connection turned out to be lost before anything was sent,
// another process raised the fence, or two transactions waited for each other.
const appendTries = 5

// Append stores the group with one statement, which is a transaction. If the
// context ends while the server executes it, the outcome is unknown: the commit
// continues (wire.go).
func (e *Engine) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := g.Check(after); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if after >= lastSeq {
		return fmt.Errorf("append: %w", engine.ErrMoved)
	}
	ctx, done, err := e.call(ctx, callWait)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	defer done()
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return e.fail(ctx, "append", err)
	}
	defer e.turn.Give()
	return e.fail(ctx, "append", retry(func() error { return e.appendOnce(ctx, after, g) }))
}

// retry calls try a few times, for a while, as long as nothing was done.
func retry(try func() error) error {
	began := time.Now()
	for n := 1; ; n++ {
		err := try()
		if !retryable(err) || n == appendTries || time.Since(began) > retryFor {
			return err
		}
	}
}

// appendOnce sends the group once.
func (e *Engine) appendOnce(ctx context.Context, after engine.Seq, g *engine.Group) error {
	w, err := e.ready(ctx)
	if err != nil {
		return err
	}
	if err := e.partFor(ctx, after); err != nil {
		return err
	}
	defer w.release()
	for known := &e.spots; ; known = nil {
		w.sort(g, known)
		f, sd, err := e.prepare(ctx, w, formOf(g, &w.sorted, e.parts.number(after+1), e.db.copies))
		if err != nil {
			return explain(ctx, err)
		}
		a, err := w.store(ctx, sd, f, after, g, false)
		switch {
		case w.spotted() && isRowMissing(err):
			continue // something is not where it was: all is found by its key
		case err != nil:
			return e.explainRefusal(ctx, w, g, err)
		case a.won:
			e.stored(g)
			return nil
		case a.exists() && a.seq == after:
			return a.existsError(g, w)
		}
		return e.fenced(ctx, w, after, g)
	}
}

// stored notes that the group is durable.
func (e *Engine) stored(g *engine.Group) {
	e.seen.Note(g.Record.Seq, g.Record.Hash)
	e.partAhead(g.Record.Seq)
}

// isRowMissing reports whether the statement of a group did not find a row that it
// changes.
func isRowMissing(err error) bool {
	pe, ok := pgError(err)
	return ok && pe.Code == codeDivision
}

// fenced finds out why a statement did not move the head: somebody else had, the
// log has another record there than the group goes behind, or another session
// has raised the fence.
func (e *Engine) fenced(ctx context.Context, w *writer, after engine.Seq, g *engine.Group) error {
	h, err := e.readHead(ctx, &w.session)
	switch {
	case err != nil:
		return explain(ctx, err)
	case h.seq != after:
		return engine.ErrMoved
	case after > 0 && !g.Follows(h.hash):
		return lostRecord(after)
	}
	w.fence = h.fence
	return fmt.Errorf("%w: the fence was raised", errAgain)
}

// lostRecord says that the log does not have a record that callers have seen.
func lostRecord(seq engine.Seq) error { return fmt.Errorf("record %d: %w", seq, engine.ErrLost) }

// answer is what the statement of a group says.
type answer struct {
	won   bool
	seq   engine.Seq // when it asked: where the head was
	keys  []int64    // places in the group, from 1
	holds []int64
}

func (a *answer) read(r *row, f groupShape) error {
	a.won = r.bool()
	if f.ask {
		a.seq = r.seq()
		a.keys, a.holds = r.ints(), r.ints()
	}
	return r.err
}

func (a *answer) exists() bool { return len(a.keys)+len(a.holds) > 0 }

// existsError names what exists; w still has the group's rows sorted.
func (a *answer) existsError(g *engine.Group, w *writer) error {
	e := &engine.ExistsError{}
	for _, n := range a.keys {
		e.Keys = append(e.Keys, g.Keys[n-1].ID)
	}
	for _, n := range a.holds {
		e.Holds = append(e.Holds, w.newHolds[n-1].Key)
	}
	return e
}

// explainRefusal explains why the statement of a group failed.
func (e *Engine) explainRefusal(ctx context.Context, w *writer, g *engine.Group, err error) error {
	pe, ok := pgError(err)
	if !ok {
		return e.unsure(ctx, w, g, err)
	}
	switch pe.Code {
	case codeUnique:
		switch pe.TableName {
		case "item":
			return fmt.Errorf("an item of the group exists, the group says it does not (%s)", pe.Detail)
		case "key", "hold":
			return e.conflict(ctx, w, g)
		}
		return fmt.Errorf("%w: record %d is there, the head is before it", engine.ErrBroken, g.Record.Seq)
	case codeTwice:
		return errTwice
	case codeDivision:
		return errors.New("an item of the group does not exist, the group says it does")
	}
	return e.unsure(ctx, w, g, err)
}

var errTwice = errors.New("the group names a key or a hold twice")

// unsure is outcome, remembering that a group is in doubt.
func (e *Engine) unsure(ctx context.Context, w *writer, g *engine.Group, err error) error {
	if stale(err) {
		w.close()
	}
	if errors.Is(err, errPending) {
		e.pending(g.Record.Seq)
		return fmt.Errorf("%w: %w", engine.ErrUnknown, cmp.Or(cause(ctx), err))
	}
	err = outcome(ctx, err)
	if errors.Is(err, engine.ErrUnknown) {
		e.unknown(g.Record.Seq)
	}
	return err
}

// conflict names what exists of a group that the tables did not take.
func (e *Engine) conflict(ctx context.Context, w *writer, g *engine.Group) error {
	a := answer{}
	err := w.call(ctx, step{
		sql: e.sql.existing,
		bind: func(p *params) {
			bindKeyIDs(p, g.Keys)
			bindHoldKeys(p, w.newHolds)
		},
		row: func(r *row) error {
			if key, n := r.bool(), r.int8(); key {
				a.keys = append(a.keys, n)
			} else {
				a.holds = append(a.holds, n)
			}
			return r.err
		},
	})
	switch {
	case err != nil:
		return explain(ctx, err)
	case a.exists():
		return a.existsError(g, w)
	case repeats(g):
		return errTwice
	}
	return fmt.Errorf("%w: what was in the way is gone", errAgain)
}

// repeats reports whether the group names a key or a fresh hold twice.
func repeats(g *engine.Group) bool {
	keys := make(map[engine.KeyID]struct{}, len(g.Keys))
	for i := range g.Keys {
		keys[g.Keys[i].ID] = struct{}{}
	}
	holds := make(map[stock.HoldKey]struct{}, len(g.Holds))
	for i := range g.Holds {
		holds[g.Holds[i].Key] = struct{}{}
	}
	return len(keys) < len(g.Keys) || len(holds) < len(g.Holds)
}
