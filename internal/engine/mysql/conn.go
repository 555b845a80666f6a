package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
)

// conn is a connection; one goroutine uses it at a time. It speaks to the
// driver without database/sql, as the other engines do to theirs: who commits
// must know which connection it has.
type conn struct {
	raw     driver.Conn
	queries driver.QueryerContext
	execs   driver.ExecerContext
	// packet is how many bytes the server takes at once.
	packet int
	// mark is held by the session as long as it lives (fence.go); "" for readers.
	mark string
	// logs says that the server syncs what is committed here in a binary log
	// before it shows it.
	logs bool
	// host is the number of the host among those of the DSN, and choice says
	// that there are others.
	host   int
	choice bool
	// galera says that the server is a node of a Galera cluster.
	galera bool
	// behind says that the node did not keep up with its cluster when the
	// session began.
	behind bool
	// dead says that the connection is not to be used again.
	dead bool
}

func (c *conn) close() error {
	c.dead = true
	_ = c.raw.Close() // nothing of ours is under way
	return nil
}

// alive looks, without a round trip, whether the server has closed the
// connection while it lay idle.
func (c *conn) alive(ctx context.Context) bool {
	if c.dead {
		return false
	}
	if s, ok := c.raw.(driver.SessionResetter); ok && s.ResetSession(ctx) != nil {
		c.dead = true
	}
	return !c.dead
}

// exec runs statements that return no rows.
func (c *conn) exec(ctx context.Context, sql string) error {
	_, err := c.affect(ctx, sql, 0)
	return err
}

// affect is exec that returns how many rows the last statements changed. The
// argument statements is the number of those statements.
func (c *conn) affect(ctx context.Context, sql string, statements int) (n int, err error) {
	r, err := c.execs.ExecContext(ctx, sql, nil)
	if err != nil {
		return 0, c.failed(ctx, err)
	}
	each, ok := r.(mysqldriver.Result)
	if !ok {
		return 0, errors.New("the driver lacks the count of each statement's rows")
	}
	all := each.AllRowsAffected()
	for _, rows := range all[max(0, len(all)-statements):] {
		n += int(rows)
	}
	return n, nil
}

// send runs a text that returns no rows, in a block if it fits into a packet.
func (c *conn) send(ctx context.Context, t *text, in textBlock) error {
	packets, err := t.packets(c.packet, in)
	if err != nil {
		return err
	}
	for _, p := range packets {
		if err := c.exec(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// row is one row of a result. Its bytes are only good until the next.
type row []driver.Value

func (r row) num(i int) int64 {
	switch v := r[i].(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	}
	return 0
}

func (r row) unsigned(i int) uint64 {
	switch v := r[i].(type) {
	case int64:
		return uint64(v)
	case uint64:
		return v
	}
	return 0
}

func (r row) flag(i int) bool { return r.num(i) != 0 }

func (r row) null(i int) bool { return r[i] == nil }

// str and bytes copy.
func (r row) str(i int) string {
	switch v := r[i].(type) {
	case []byte:
		return string(v)
	case string:
		return v
	case nil:
		return ""
	}
	return fmt.Sprint(r[i])
}

func (r row) bytes(i int) []byte {
	v, _ := r[i].([]byte)
	return append(make([]byte, 0, len(v)), v...)
}

// array copies the column's bytes to b, which they must fill.
func (r row) array(i int, b []byte) error {
	v, _ := r[i].([]byte)
	if len(v) != len(b) {
		return broken("%d bytes where there must be %d", len(v), len(b))
	}
	copy(b, v)
	return nil
}

// ask runs a text and calls fns[i] for each row of its result i. The error of
// a function ends the reading and is returned.
func (c *conn) ask(ctx context.Context, t *text, fns ...func(row) error) error {
	packets, err := t.packets(c.packet, textBlock{})
	if err != nil {
		return err
	}
	for _, p := range packets {
		rows, err := c.queries.QueryContext(ctx, p, nil)
		if err != nil {
			return c.failed(ctx, err)
		}
		n, err := c.results(ctx, rows, fns)
		if cerr := rows.Close(); err == nil && cerr != nil {
			err = c.failed(ctx, cerr)
		}
		if err != nil {
			return err
		}
		fns = fns[n:]
	}
	return nil
}

// askNum runs a text with one result and returns the first column of its row, 0
// when there is none.
func (c *conn) askNum(ctx context.Context, t *text) (n int64, err error) {
	err = c.ask(ctx, t, func(r row) error {
		n = r.num(0)
		return nil
	})
	return n, err
}

// results reads the results of a packet and says how many there were.
func (c *conn) results(ctx context.Context, rows driver.Rows, fns []func(row) error) (n int, err error) {
	next, ok := rows.(driver.RowsNextResultSet)
	if !ok {
		return 0, errors.New("the driver lacks results in a row")
	}
	for {
		if columns := len(rows.Columns()); columns > 0 {
			if n == len(fns) {
				return n, errors.New("more results than asked for")
			}
			if err := c.scanRows(ctx, rows, make(row, columns), fns[n]); err != nil {
				return n, err
			}
			n++
		}
		if !next.HasNextResultSet() {
			return n, nil
		}
		switch err := next.NextResultSet(); {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, c.failed(ctx, err)
		}
	}
}

func (c *conn) scanRows(ctx context.Context, rows driver.Rows, r row, fn func(row) error) error {
	for {
		switch err := rows.Next(r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.failed(ctx, err)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
}

// failed notes whether the connection has ended, and says so in words of this
// package.
func (c *conn) failed(ctx context.Context, err error) error {
	code := codeOf(err)
	if code != 0 && !code.endsSession() && (!c.choice || !code.readOnly()) {
		return err // the server's answer; the connection stays usable
	}
	_ = c.close()
	if code == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	return awayError(err)
}

// pause waits for d, or as long as ctx and closed allow.
func pause(ctx context.Context, closed <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}
