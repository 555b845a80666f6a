package task

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/dburl"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// mysqlTables are those of PostgreSQL. Ids are compared byte for byte.
var mysqlTables = []string{`
CREATE TABLE IF NOT EXISTS SLOT_hot_item (
	id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	tenant   VARBINARY(64)  NOT NULL,
	product  VARBINARY(128) NOT NULL,
	location VARBINARY(64)  NOT NULL,
	epoch    BIGINT  NOT NULL,
	state    TINYINT NOT NULL, -- 0 off, 1 opening, 2 open, 3 sealed
	holder   BIGINT UNSIGNED NOT NULL,
	sent     BIGINT NOT NULL, -- the id of the last task that was sent to the books
	done     BIGINT NOT NULL, -- the id of the last task that the books have
	written  BIGINT UNSIGNED NOT NULL, -- how many tasks the books have in this epoch of the holder
	floor    BIGINT  NOT NULL,
	era      BIGINT UNSIGNED NOT NULL,
	given    BIGINT  NOT NULL DEFAULT 0, -- units that the ledger gave Redis, in all
	free     BIGINT  NOT NULL DEFAULT 0, -- units that tasks of the epoch may still take
	counted  BIGINT  NOT NULL DEFAULT 0, -- the epoch that both are of
	UNIQUE KEY item (tenant, product, location)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`, `
CREATE TABLE IF NOT EXISTS SLOT_hot_task (
	id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	item     BIGINT NOT NULL,
	order_id VARBINARY(255),
	step     BIGINT,
	epoch    BIGINT NOT NULL,
	taking   BIGINT,
	n        BIGINT NOT NULL,
	kind     TINYINT NOT NULL, -- 0 void, 1 taken, 2 given back, 3 sold, 4 for the ledger
	qty      BIGINT NOT NULL,
	at       BIGINT NOT NULL, -- ms since 1970
	until    BIGINT NOT NULL, -- ms since 1970, when the reservation ends by itself
	ikey     VARBINARY(1024) NOT NULL,
	key_id   BINARY(16), -- of the key's use
	print    VARBINARY(16) NOT NULL DEFAULT '', -- of the request with the key
	body     BLOB NOT NULL,
	UNIQUE KEY uses (key_id),
	UNIQUE KEY taking (item, epoch, taking),
	UNIQUE KEY orders (order_id, item, step),
	KEY tasks (item, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`, `
CREATE TABLE IF NOT EXISTS SLOT_hot_mend (
	id     BIGINT  NOT NULL AUTO_INCREMENT PRIMARY KEY,
	item   BIGINT  NOT NULL,
	epoch  BIGINT  NOT NULL,
	taking BIGINT  NOT NULL, -- the first one that was given back, 0: the whole balance was made anew
	kind   TINYINT NOT NULL, -- 1 wrong figures, 2 lost keys, 3 takings without tasks
	at     BIGINT  NOT NULL, -- ms since 1970
	why    VARBINARY(500) NOT NULL,
	told   BOOLEAN NOT NULL, -- the journal says it
	UNIQUE KEY name (item, epoch, taking),
	KEY at (at),
	KEY untold (told, item)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`, `
CREATE TABLE IF NOT EXISTS SLOT_hot_redis (
	id     TINYINT NOT NULL PRIMARY KEY, -- 1
	term   BIGINT  NOT NULL, -- counts the choices
	second BOOLEAN NOT NULL -- the second Redis is in use
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC`, `
INSERT IGNORE INTO SLOT_hot_redis VALUES (1, 0, false)`}

// mysql keeps tasks next to the tables of a slot.
type mysql struct {
	db     *sql.DB
	prefix string
}

func openMySQL(u *url.URL, q url.Values, set int) (*mysql, error) {
	c := driver.NewConfig()
	c.Net, c.Addr, c.DBName = "tcp", dburl.Hosts(u, "3306")[0], strings.TrimPrefix(u.Path, "/")
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	if socket := q.Get("socket"); socket != "" {
		c.Net, c.Addr = "unix", socket
	}
	if len(dburl.Hosts(u, "3306")) > 1 {
		return nil, errors.New("selling through Redis needs a DSN of the books with one host: a DSN with several is not supported there yet")
	}
	c.TLSConfig, c.Timeout, c.ReadTimeout, c.InterpolateParams = q.Get("tls"), dialWithin, hot.CommitWithin, true
	connector, err := driver.NewConnector(c)
	if err != nil {
		return nil, errors.New("the DSN of the books cannot be used for tasks")
	}
	m := &mysql{sql.OpenDB(connector), fmt.Sprintf("holdfast_%d", set)}
	m.db.SetMaxOpenConns(16)
	m.db.SetMaxIdleConns(16)
	return m, nil
}

func (m *mysql) made(ctx context.Context, column string) (is bool, err error) {
	err = m.db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?`, m.prefix+"_hot_item", column).Scan(&is)
	return is, err
}

// mysqlColumns are those that tables of earlier versions lack.
var mysqlColumns = []struct{ table, column, is string }{
	{"hot_item", "given", "BIGINT NOT NULL DEFAULT 0"},
	{"hot_item", "free", "BIGINT NOT NULL DEFAULT 0"},
	{"hot_item", "counted", "BIGINT NOT NULL DEFAULT 0"},
}

func (m *mysql) makeTables(ctx context.Context) error {
	for _, table := range mysqlTables {
		if _, err := m.db.ExecContext(ctx, m.sql(table)); err != nil {
			return err
		}
	}
	for _, c := range mysqlColumns {
		var n int
		err := m.db.QueryRowContext(ctx, `SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?`,
			m.prefix+"_"+c.table, c.column).Scan(&n)
		if err == nil && n == 0 {
			_, err = m.db.ExecContext(ctx, m.sql(`ALTER TABLE SLOT_`+c.table+` ADD COLUMN `+c.column+` `+c.is))
		}
		if failed, ok := errors.AsType[*driver.MySQLError](err); ok && failed.Number == 1060 { // another process was faster
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *mysql) sql(text string) string { return strings.ReplaceAll(text, "SLOT", m.prefix) }

// Close closes the connections.
func (m *mysql) Close() error { return m.db.Close() }

// conflictTries is how often a transaction that lost against another one is tried.
const conflictTries = 10

// change runs a transaction, again when another one was in its way: nothing was stored then.
func (m *mysql) change(ctx context.Context, fn func(*sql.Tx) error) (err error) {
	for range conflictTries {
		err = m.changeOnce(ctx, fn)
		var told *driver.MySQLError
		if !errors.As(err, &told) || told.Number != 1213 && told.Number != 1205 && told.Number != 1020 {
			return err
		}
	}
	return err
}

func (m *mysql) changeOnce(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := m.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the first error is the one that says why
		return err
	}
	return tx.Commit()
}

const mysqlItem = `SELECT id, tenant, product, location, epoch, state, holder, floor, era, given, free, counted = epoch FROM SLOT_hot_item `

func (m *mysql) items(ctx context.Context, where string, arguments ...any) (all []hot.Listed, err error) {
	rows, err := m.db.QueryContext(ctx, m.sql(mysqlItem+where), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l hot.Listed
		if err := rows.Scan(&l.ID, &l.Key.Tenant, &l.Key.Product, &l.Key.Location, &l.Epoch, &l.State, &l.Holder, &l.Floor, &l.Era, &l.Given, &l.Free, &l.Counted); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

// Find returns the item.
func (m *mysql) Find(ctx context.Context, k stock.ItemKey) (*hot.Listed, error) {
	all, err := m.items(ctx, `WHERE tenant = ? AND product = ? AND location = ?`, k.Tenant, k.Product, k.Location)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// All returns the items that are not off.
func (m *mysql) All(ctx context.Context) ([]hot.Listed, error) {
	return m.items(ctx, `WHERE state <> 0 ORDER BY id`)
}

// Page returns items of a tenant.
func (m *mysql) Page(ctx context.Context, after stock.ItemKey, most int) ([]hot.Listed, error) {
	return m.items(ctx, `WHERE tenant = ? AND product >= ? AND (product, location) > (?, ?) ORDER BY product, location LIMIT ?`, after.Tenant, after.Product, after.Product, after.Location, most)
}

// Add returns the item, with a new row when it has none.
func (m *mysql) Add(ctx context.Context, k stock.ItemKey) (hot.Listed, error) {
	err := m.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_item (tenant, product, location, epoch, state, holder, sent, done, written, floor, era)
			VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0) ON DUPLICATE KEY UPDATE id = id`), k.Tenant, k.Product, k.Location)
		return err
	})
	if err != nil {
		return hot.Listed{}, err
	}
	l, err := m.Find(ctx, k)
	if err != nil || l == nil {
		return hot.Listed{}, errors.Join(err, errors.New("the item has no row"))
	}
	return *l, nil
}

// Move waits for takings that are about to land: they have the row locked.
func (m *mysql) Move(ctx context.Context, was, to hot.Listed) (moved bool, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		// The first assignment sees the holder as it was.
		done, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET written = IF(holder = ?, written, 0), epoch = ?, state = ?, holder = ?, floor = ?, era = ?
			WHERE id = ? AND epoch = ? AND state = ?`),
			to.Holder, to.Epoch, to.State, to.Holder, to.Floor, to.Era, was.ID, was.Epoch, was.State)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		moved = n == 1
		return err
	})
	return moved && err == nil, err
}
