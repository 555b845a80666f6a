package sqlite

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/failstop"
)

// SQLite would move its log into the file in the middle of a commit, and would
// not report an error of the disk there. The next try would sync again, get
// success, and drop the log (FAULTS F22). So the engine does this checkpoint
// concurrently with the commits, on a connection of its own, and stops the slot
// when the disk fails. SQLite's own checkpoint stays on as a safety net, at a
// much longer log.
const (
	// A log with moveAt pages that are not yet in the file is moved: 16 MB.
	// Longer logs cost a little less, because a page that changed often is
	// written once. But they make a start after a crash slower.
	moveAt = 8_000
	// lookEvery is how often a log that grows is looked at: a busy slot adds
	// some 40,000 pages a second.
	lookEvery = 50 * time.Millisecond
)

// checkpointer moves the log into the file.
type checkpointer struct {
	conn  *conn
	file  *failstop.File
	woken chan struct{} // something has been committed
	done  chan struct{} // run has returned
}

func newCheckpointer(ctx context.Context, path string, file *failstop.File) (*checkpointer, error) {
	c, err := connect(ctx, path)
	if err != nil {
		return nil, err
	}
	return &checkpointer{conn: c, file: file, woken: make(chan struct{}, 1), done: make(chan struct{})}, nil
}

// wake says that the log has grown.
func (c *checkpointer) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// checkpoint keeps the log short until the engine is closed.
func (e *Engine) checkpoint() {
	c := e.ckpt
	defer close(c.done)
	pause := time.NewTimer(lookEvery)
	defer pause.Stop()
	for {
		select {
		case <-c.woken:
		case <-e.turn.Closed():
			return
		}
		pause.Reset(lookEvery)
		select {
		case <-pause.C:
		case <-e.turn.Closed():
			return
		}
		if err := e.move(); err != nil {
			_ = e.fail("checkpoint", err) // stops the slot if it must
		}
	}
}

// move moves the log if it is long. It moves most of it while commits continue,
// and the rest, which they added meanwhile, while they wait. Otherwise the log
// could never start again at its beginning.
func (e *Engine) move() error {
	left, err := e.ckpt.pragma("NOOP")
	if err != nil || left < e.moveAt {
		return err
	}
	if err := e.ckpt.passive(); err != nil {
		return err
	}
	if err := e.turn.Take(context.Background()); err != nil {
		return nil // closed, and closing moves what is left
	}
	defer e.turn.Give()
	return e.ckpt.passive()
}

// passive moves what commits do not keep it from, unless the disk has failed. It
// runs concurrently with commits, so it checks Writable first and notes its
// error. It does not use failstop.File.Sync, because that would delay the
// commits.
func (c *checkpointer) passive() error {
	if err := c.file.Writable(); err != nil {
		return err
	}
	_, err := c.pragma("PASSIVE")
	c.file.Failed(explain(err))
	return err
}

// pragma runs a checkpoint and returns how many pages of the log are not yet
// in the file.
func (c *checkpointer) pragma(mode string) (left int, err error) {
	err = sqlitex.ExecuteTransient(c.conn.db, "PRAGMA wal_checkpoint("+mode+")", &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error {
			left = s.ColumnInt(1) - s.ColumnInt(2)
			return nil
		},
	})
	if isLocked(err) {
		return 0, nil // another process is at it
	}
	if err != nil {
		return 0, fmt.Errorf("move the log into the file: %w", err)
	}
	return left, nil
}

// close waits for run and closes the connection, unless the slot is broken:
// with the last connection SQLite would move its log once more, from a disk
// that has just failed. The connection then stays open until the process ends,
// so that no other connection of the process is the last.
func (c *checkpointer) close(broken bool) error {
	<-c.done
	if broken {
		return nil
	}
	return c.conn.close()
}
