package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// Append stores the group in one transaction. The context can end the waiting
// for the lock and the writing of rows; the commit itself is not interrupted,
// so that its outcome is known.
func (e *Engine) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	if err := g.Check(after); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	defer e.turn.Give()
	if err := e.w.lock(ctx); err != nil {
		return e.fail("append", err)
	}
	if err := e.w.append(ctx, after, g, g.Ask); err != nil {
		return e.fail("append", errors.Join(err, e.w.leave()))
	}
	e.ckpt.wake()
	return nil
}

// Between two processes SQLite's lock goes to the one that asks at the right
// moment. A process that writes group after group leaves hardly such a moment:
// without a remedy the other one waited 1.3 s at worst. So a process that has
// found foreign records lately leaves a gap after each commit. The gap is
// longer than the others' pauses between two tries (patience), so they take
// turns.
const (
	courtesy = 300 * time.Microsecond
	// rivalFor is how many groups after the last foreign record the gap is kept.
	rivalFor = 16
)

// lock begins the transaction that has SQLite's write lock.
func (w *writer) lock(ctx context.Context) error {
	if err := w.file.Writable(); err != nil {
		return err
	}
	if w.rival > 0 {
		if d := courtesy - time.Since(w.left); d > 0 {
			if err := pause(ctx, d); err != nil {
				return err
			}
		}
	}
	return patience(ctx, func() error { return run(w.immediate) })
}

// noteForeignHead remembers whether another process has moved the head since this one
// left it.
func (w *writer) noteForeignHead(head engine.Seq) {
	switch {
	case w.leftAt != 0 && head != w.leftAt:
		w.rival = rivalFor
	case w.rival > 0:
		w.rival--
	}
	w.leftAt = head
}

// append stores the group and commits. When it returns an error the
// transaction is still to be ended; if that is an ExistsError and ask was
// set, nothing has been written in it.
func (w *writer) append(ctx context.Context, after engine.Seq, g *engine.Group, ask bool) error {
	head, hash, err := w.readNewest()
	if err != nil {
		return err
	}
	w.noteForeignHead(head)
	switch {
	case head != after:
		return engine.ErrMoved
	case after > 0 && !g.Follows(hash):
		return engine.ErrLost
	}
	if ask {
		if err := w.conflict(g); err != nil {
			return err
		}
	}
	if err := w.store(g); err != nil {
		return w.explainRefusal(g, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.commit(); err != nil {
		return err
	}
	w.leftAt, w.left = after+1, time.Now()
	return nil
}

// conflict returns an ExistsError when something of the group exists.
func (w *writer) conflict(g *engine.Group) error {
	exists, err := w.existing(g)
	if err != nil {
		return err
	}
	if exists != nil {
		return exists
	}
	return nil
}

// explainRefusal explains why the tables did not take the group.
func (w *writer) explainRefusal(g *engine.Group, err error) error {
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey:
		if c := w.conflict(g); c != nil {
			return c
		}
		return errors.New("the group names a key or a hold twice")
	case sqlite.ResultConstraintCheck:
		return fmt.Errorf("a figure of the group is out of range (%v)", err)
	}
	return err
}

// commit makes the transaction durable. After most errors it is not known
// whether the group will be found when the file is opened next: its pages may
// have reached the disk although the sync failed.
func (w *writer) commit() error {
	var tried error
	err := w.file.Sync(func() error {
		tried = run(w.end)
		return explain(tried)
	})
	if tried == nil {
		return err // nil, or why COMMIT was not tried
	}
	switch sqlite.ErrCode(tried).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultBusy:
		return tried // the last page, which makes it a commit, was not written
	}
	return fmt.Errorf("%w: %w", engine.ErrUnknown, err)
}

// locked is the writer while one caller holds the head still.
type locked struct {
	e     *Engine
	lease *turn.Lease
}

// Lock takes SQLite's write lock.
func (e *Engine) Lock(ctx context.Context) (engine.Writer, error) {
	if err := e.turn.TakeToWrite(ctx); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := e.w.lock(ctx); err != nil {
		e.turn.Give()
		return nil, e.fail("lock", err)
	}
	return &locked{e: e, lease: e.turn.Lend(e.idle, func() {
		_ = e.fail("unlock", e.w.leave()) // what cannot be undone stops the slot
	})}, nil
}

func (l *locked) Load(ctx context.Context, want engine.Want) (got *engine.Loaded, err error) {
	err = l.read(ctx, "load", func(head engine.Seq) error {
		got, err = l.e.w.load(ctx, head, want)
		return err
	})
	return got, err
}

func (l *locked) Read(ctx context.Context, after engine.Seq, limit int) (recs []engine.Record, err error) {
	err = l.read(ctx, "read", func(head engine.Seq) error {
		recs, err = l.e.w.records(ctx, head, after, limit)
		return err
	})
	return recs, err
}

// read runs fn with the head while the lock cannot be taken back.
func (l *locked) read(ctx context.Context, op string, fn func(head engine.Seq) error) error {
	return l.lease.Use(func() (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		head, err := l.e.w.readHead()
		if err == nil {
			err = fn(head)
		}
		return false, l.e.fail(op, err)
	})
}

// Append always asks first: after an ExistsError the transaction stays open and
// must be empty.
func (l *locked) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return l.lease.Use(func() (end bool, err error) {
		if err := g.Check(after); err != nil {
			return true, fmt.Errorf("append: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return true, fmt.Errorf("append: %w", err)
		}
		err = l.e.w.append(ctx, after, g, true)
		l.e.ckpt.wake()
		var exists *engine.ExistsError
		return !errors.As(err, &exists), l.e.fail("append", err)
	})
}

func (l *locked) Unlock() { l.lease.End() }
