package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/failstop"
)

// conn is a connection; one goroutine uses it at a time.
type conn struct {
	db                     *sqlite.Conn
	begin, end, undo, head *sqlite.Stmt
}

// pragmas are set on every connection. The order matters: page_size, which
// counts only for a file that is new, then journal_mode. Pages of 2 KB make a
// commit, which writes whole pages, 3 to 14 % quicker than those of 4 KB at 1 to
// 256 callers; 1 KB is slower where groups are large. cache_size is in KiB. autocheckpoint, in pages, is the net under checkpoint.go.
var pragmas = []string{
	"PRAGMA page_size = 2048",
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA wal_autocheckpoint = 50000",
	"PRAGMA cache_size = -32768",
	"PRAGMA cell_size_check = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA temp_store = MEMORY",
}

// connect opens a connection to the file at path and makes the file if there
// is none.
func connect(ctx context.Context, path string) (*conn, error) {
	_ = failstop.Create(path) // SQLite, below, says it better
	c, err := openConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	for _, p := range pragmas {
		if err := patience(ctx, func() error { return c.exec(p) }); err != nil {
			return nil, errors.Join(explainOpen(path, err), c.close())
		}
	}
	return c, nil
}

// openConn opens a connection as it is. No URI: a path is a path, whatever
// characters are in it.
func openConn(path string, flags sqlite.OpenFlags) (*conn, error) {
	raw, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, explainOpen(path, err)
	}
	// SQLite's own waiting sleeps up to 100 ms at a time and knows no
	// context; patience below waits instead.
	raw.SetBusyTimeout(0)
	return &conn{db: raw}, nil
}

// exec runs a statement that is not worth keeping.
func (c *conn) exec(sql string) error {
	s, _, err := c.db.PrepareTransient(sql)
	if err != nil {
		return err
	}
	_, err = s.Step()
	return errors.Join(err, s.Finalize())
}

// prepare makes the statements that reading needs. The schema is there by now.
func (c *conn) prepare() error {
	return c.prepareAll(map[**sqlite.Stmt]string{
		&c.begin: "BEGIN",
		&c.end:   "COMMIT",
		&c.undo:  "ROLLBACK",
		&c.head:  "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1",
	})
}

func (c *conn) prepareAll(stmts map[**sqlite.Stmt]string) error {
	for at, sql := range stmts {
		s, err := c.db.Prepare(sql)
		if err != nil {
			return err
		}
		*at = s
	}
	return nil
}

func (c *conn) close() error { return c.db.Close() }

// run runs a statement that returns no row.
func run(s *sqlite.Stmt) error {
	_, err := s.Step()
	return errors.Join(err, s.Reset())
}

// readHead reads the head; 0 when the log is empty.
func (c *conn) readHead() (engine.Seq, error) {
	h, _, err := c.readNewest()
	return h, err
}

// readNewest reads the seq and the hash of the newest record; 0 when the log is
// empty.
func (c *conn) readNewest() (h engine.Seq, hash [32]byte, err error) {
	row, err := c.head.Step()
	if err != nil {
		return 0, hash, err
	}
	if row {
		h = engine.Seq(c.head.ColumnInt64(0))
		c.head.ColumnBytes(1, hash[:])
	}
	return h, hash, c.head.Reset()
}

// snapshot runs fn in a transaction that sees one state of the slot, the one
// at the head that fn is given.
func (c *conn) snapshot(ctx context.Context, fn func(head engine.Seq) error) error {
	var head engine.Seq
	err := patience(ctx, func() (err error) {
		if err := run(c.begin); err != nil {
			return err
		}
		if head, err = c.readHead(); err != nil { // the first read takes the snapshot
			return errors.Join(err, run(c.undo))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = fn(head)
	return errors.Join(err, c.leave())
}

// leave ends a transaction that wrote nothing, or whose writing is not wanted.
func (c *conn) leave() error {
	if c.db.AutocommitEnabled() {
		return nil // SQLite has undone it already, as it does after some errors
	}
	return run(c.undo)
}

// patience calls try until it is not told that another connection is in the
// way, or the context ends. Usually the other holds the lock for one commit, so
// the pauses are short, shorter than courtesy; past 50 ms they grow.
func patience(ctx context.Context, try func() error) error {
	const shortest, longest = 100 * time.Microsecond, 5 * time.Millisecond
	if err := ctx.Err(); err != nil {
		return err
	}
	var waited time.Duration
	for {
		err := try()
		if !isLocked(err) {
			return err
		}
		d := min(max(waited/500, shortest), longest)
		if err := pause(ctx, d); err != nil {
			return err
		}
		waited += d
	}
}

// isLocked reports whether err says that another connection holds a lock.
func isLocked(err error) bool {
	if err == nil {
		return false
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultBusy, sqlite.ResultProtocol:
		return true
	}
	return false
}

// columns of rows are read with these.

func blob(s *sqlite.Stmt, col int) []byte {
	b := make([]byte, s.ColumnLen(col))
	s.ColumnBytes(col, b)
	return b
}

func bytes16(s *sqlite.Stmt, col int) (b [16]byte, err error) {
	if s.ColumnLen(col) != len(b) {
		return b, fmt.Errorf("%w: %d bytes where there must be %d", engine.ErrBroken, s.ColumnLen(col), len(b))
	}
	s.ColumnBytes(col, b[:])
	return b, nil
}
