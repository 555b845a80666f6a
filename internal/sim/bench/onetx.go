package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/sim/load"
)

// oneTx is the usual way to write a reservation: one transaction that checks,
// updates, inserts the hold and inserts the log entry; WAL, synchronous=FULL,
// prepared statements, a pool of connections. The same driver as Holdfast's
// engine, the same meaning of the rows.
type oneTx struct {
	w     *load.Workload
	keys  bool
	ids   *load.Counter
	conns chan *sqlite.Conn
	all   []*sqlite.Conn
}

const oneTxSchema = `
CREATE TABLE stock (product TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0), held INTEGER NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE hold (order_id TEXT PRIMARY KEY, product TEXT NOT NULL, qty INTEGER NOT NULL, deadline INTEGER NOT NULL, state INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE log (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, order_id TEXT NOT NULL, product TEXT NOT NULL, delta INTEGER NOT NULL, available INTEGER NOT NULL, held INTEGER NOT NULL);
CREATE TABLE idem (key TEXT PRIMARY KEY, print BLOB NOT NULL, outcome INTEGER NOT NULL) WITHOUT ROWID;
`

// openOneTx makes the database with its items and a pool of that many connections.
func openOneTx(dir string, w *load.Workload, conns int, keys bool) (b *oneTx, err error) {
	b = &oneTx{w: w, keys: keys, ids: &load.Counter{}, conns: make(chan *sqlite.Conn, conns)}
	path := filepath.Join(dir, fmt.Sprintf("onetx-%s-%d-%v.db", w.Name, conns, keys))
	for i := range conns {
		c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
		if err != nil {
			return nil, fmt.Errorf("open: %w", err)
		}
		b.all = append(b.all, c)
		c.SetBlockOnBusy()
		for _, pragma := range []string{"PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=4000"} {
			if err := sqlitex.ExecuteTransient(c, pragma, nil); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			if err := b.fill(c); err != nil {
				return nil, fmt.Errorf("fill: %w", err)
			}
		}
		b.conns <- c
	}
	return b, nil
}

func (b *oneTx) fill(c *sqlite.Conn) error {
	if err := sqlitex.ExecuteScript(c, oneTxSchema, nil); err != nil {
		return err
	}
	end, err := sqlitex.ImmediateTransaction(c)
	if err != nil {
		return err
	}
	defer end(&err)
	for n := range b.w.Items {
		err = sqlitex.Execute(c, "INSERT INTO stock VALUES (?, ?, 0, 1)", &sqlitex.ExecOptions{Args: []any{load.Product(uint32(n)), int64(load.Plenty)}})
		if err != nil {
			return err
		}
	}
	return nil
}

// reserve is one operation.
func (b *oneTx) reserve(context.Context, int) error {
	n := b.ids.Next()
	id, sku := load.Order(n), load.Product(b.w.Pick(n))
	c := <-b.conns
	defer func() { b.conns <- c }()
	return b.transact(c, id, sku)
}

func (b *oneTx) transact(c *sqlite.Conn, id, sku string) (err error) {
	end, err := sqlitex.ImmediateTransaction(c)
	if err != nil {
		return err
	}
	defer end(&err)
	check := c.Prep("SELECT available, held FROM stock WHERE product = ?")
	check.BindText(1, sku)
	found, err := check.Step()
	if err != nil {
		return err
	}
	available, held := check.ColumnInt64(0), check.ColumnInt64(1)
	if err := check.Reset(); err != nil {
		return err
	}
	if !found || available < 1 {
		return fmt.Errorf("%s is sold out", sku)
	}
	if b.keys {
		s := c.Prep("INSERT INTO idem VALUES (?, ?, 1)")
		s.BindText(1, "key-"+id)
		s.BindBytes(2, []byte("0123456789abcdef"))
		if _, err := s.Step(); err != nil {
			return err
		}
	}
	update := c.Prep("UPDATE stock SET available = available - 1, held = held + 1, version = version + 1 WHERE product = ?")
	update.BindText(1, sku)
	if _, err := update.Step(); err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	hold := c.Prep("INSERT INTO hold VALUES (?, ?, 1, ?, 0)")
	hold.BindText(1, id)
	hold.BindText(2, sku)
	hold.BindInt64(3, now+1_800_000)
	if _, err := hold.Step(); err != nil {
		return err
	}
	log := c.Prep("INSERT INTO log (at, order_id, product, delta, available, held) VALUES (?, ?, ?, -1, ?, ?)")
	log.BindInt64(1, now)
	log.BindText(2, id)
	log.BindText(3, sku)
	log.BindInt64(4, available-1)
	log.BindInt64(5, held+1)
	_, err = log.Step()
	return err
}

// check says whether units taken, holds and log entries agree with want.
func (b *oneTx) check(want int) error {
	c := <-b.conns
	defer func() { b.conns <- c }()
	for name, query := range map[string]string{
		"units taken": "SELECT total(held) FROM stock", "holds": "SELECT count(*) FROM hold", "log entries": "SELECT count(*) FROM log",
	} {
		got, err := sqlitex.ResultInt64(c.Prep(query))
		if err != nil {
			return err
		}
		if got != int64(want) {
			return fmt.Errorf("one transaction each: %d %s, %d acknowledged", got, name, want)
		}
	}
	return nil
}

// close closes the connections.
func (b *oneTx) close() error {
	var first error
	for _, c := range b.all {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
