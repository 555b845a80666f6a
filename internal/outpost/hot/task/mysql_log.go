package task

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// list is what stands in parentheses for n values.
func list(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// errSome means that some of the takings cannot be stored.
var errSome = errors.New("some takings cannot be stored")

// Insert locks the items, in the order of their ids, so that no two wait for each other. That each taking is new, and that its
// units are there, is what it expects, and what costs the server least.
func (m *mysql) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	err := m.change(ctx, func(tx *sql.Tx) error {
		if err := m.pay(ctx, tx, all); err != nil {
			return err
		}
		stored, err := m.store(ctx, tx, all)
		if err == nil && stored != int64(len(all)) {
			err = errSome
		}
		return err
	})
	switch {
	case errors.Is(err, errSome):
		return m.insertEach(ctx, all)
	case err != nil:
		return nil, err
	}
	return slices.Repeat([]hot.Landing{hot.Landed}, len(all)), nil
}

// pay counts the units of all takings, when each item is open and has as many.
func (m *mysql) pay(ctx context.Context, tx *sql.Tx, all []hot.Take) error {
	ids, epochs, units := sumsOf(all)
	rows, arguments := table([]string{"id", "epoch", "units"}, ids, epochs, units)
	done, err := tx.ExecContext(ctx, m.sql(`UPDATE `+rows+` u STRAIGHT_JOIN SLOT_hot_item i ON i.id = u.id AND i.epoch = u.epoch
		SET i.free = i.free - u.units WHERE i.state = 2 AND (i.free >= u.units OR i.counted <> i.epoch)`), arguments...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != int64(len(ids)) {
		return cmp.Or(err, errSome)
	}
	return nil
}

// insertEach stores takings one by one, each that can be.
func (m *mysql) insertEach(ctx context.Context, all []hot.Take) (landed []hot.Landing, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		open, err := m.lockOpen(ctx, tx, all)
		if err != nil {
			return err
		}
		if landed, err = open.land(all, func(t *hot.Take) (bool, error) {
			stored, err := m.store(ctx, tx, []hot.Take{*t})
			return stored == 1, err
		}, func(t *hot.Take) (hot.Landing, error) { return m.landing(ctx, tx, t) }); err != nil {
			return err
		}
		for id, is := range open {
			if _, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET free = ? WHERE id = ?`), int64(is.free), id); err != nil {
				return err
			}
		}
		return nil
	})
	return landed, err
}

// Raise counts what the ledger gave.
func (m *mysql) Raise(ctx context.Context, item, epoch int64, given stock.Qty) error {
	return m.change(ctx, func(tx *sql.Tx) error {
		// The first assignment sees what was given before.
		_, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET free = free + (? - given), given = ? WHERE id = ? AND epoch = ? AND counted = epoch AND given < ?`),
			int64(given), int64(given), item, epoch, int64(given))
		return err
	})
}

// store inserts the takings, and returns how many were not there.
func (m *mysql) store(ctx context.Context, tx *sql.Tx, all []hot.Take) (int64, error) {
	var arguments []any
	for i := range all {
		t := &all[i]
		arguments = append(arguments, t.Item, t.Order, t.Epoch, t.N, t.N, int64(t.Kind), int64(t.Qty), t.At.UnixMilli(), int64(t.Until), t.Key, bodyOf(t.Body))
		id, text := useOf(t.Use)
		arguments = append(arguments, id, text)
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ", len(all)), ", ")
	done, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_task
		(item, order_id, step, epoch, taking, n, kind, qty, at, until, ikey, body, key_id, print) VALUES `+rows+` ON DUPLICATE KEY UPDATE id = id`), arguments...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// lockOpen returns the items that are open.
func (m *mysql) lockOpen(ctx context.Context, tx *sql.Tx, all []hot.Take) (openItems, error) {
	ids, _, _ := sumsOf(all)
	rows, err := tx.QueryContext(ctx, m.sql(`SELECT id, epoch, free, counted = epoch FROM SLOT_hot_item WHERE id IN (`+list(len(ids))+`) AND state = 2 ORDER BY id FOR UPDATE`), anyOf(ids)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	open := openItems{}
	for rows.Next() {
		var id int64
		var is openItem
		if err := rows.Scan(&id, &is.epoch, &is.free, &is.counted); err != nil {
			return nil, err
		}
		open[id] = is
	}
	return open, rows.Err()
}

// landing looks why a taking was not stored.
func (m *mysql) landing(ctx context.Context, tx *sql.Tx, t *hot.Take) (landed hot.Landing, err error) {
	rows, err := tx.QueryContext(ctx, m.sql(`SELECT kind, true, order_id <=> ? FROM SLOT_hot_task WHERE item = ? AND epoch = ? AND taking = ?
		UNION ALL SELECT kind, epoch = ? AND n = ?, true FROM SLOT_hot_task WHERE item = ? AND order_id = ? AND step = 0`),
		t.Order, t.Item, t.Epoch, t.N, t.Epoch, t.N, t.Item, t.Order)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind int
		var named, ours bool
		if err := rows.Scan(&kind, &named, &ours); err != nil {
			return 0, err
		}
		landed = landingOf(landed, kind, named, ours)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || landed != hot.TooLate {
		return landed, err
	}
	used, err := m.usedBy(ctx, tx, t.Use.ID)
	if used != nil {
		landed = hot.KeyTaken
	}
	return landed, err
}

// Void stores that the taking was given up.
func (m *mysql) Void(ctx context.Context, item, epoch, n int64) (voided bool, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_task (item, epoch, taking, n, kind, qty, at, until, ikey, body)
			VALUES (?, ?, ?, ?, 0, 0, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), 0, '', '') ON DUPLICATE KEY UPDATE id = id`), item, epoch, n, n); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, m.sql(`SELECT kind = 0 FROM SLOT_hot_task WHERE item = ? AND epoch = ? AND taking = ?`), item, epoch, n).Scan(&voided)
	})
	return voided && err == nil, err
}

// Fence stores a void in place of the order's taking.
func (m *mysql) Fence(ctx context.Context, item int64, order string) error {
	return m.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_task (item, order_id, step, epoch, n, kind, qty, at, until, ikey, body)
			VALUES (?, ?, 0, 0, 0, 0, 0, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), 0, '', '') ON DUPLICATE KEY UPDATE id = id`), item, order)
		return err
	})
}

const mysqlTask = `SELECT t.id, t.order_id, t.step, t.epoch, t.n, t.kind, t.qty,
	CASE WHEN t.kind = 0 OR t.id <= i.done THEN 2 WHEN t.id <= i.sent THEN 1 ELSE 0 END, t.ikey, t.print, t.at, t.until, t.body,
	t.step = (SELECT max(m.step) FROM SLOT_hot_task m WHERE m.item = t.item AND m.order_id = t.order_id)
	FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item `

// questions are a pool or a transaction.
type questions interface {
	QueryContext(ctx context.Context, sql string, arguments ...any) (*sql.Rows, error)
}

func (m *mysql) tasks(ctx context.Context, q questions, where string, arguments ...any) (all []hot.Task, err error) {
	rows, err := q.QueryContext(ctx, m.sql(mysqlTask+where), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t hot.Task
		var at int64
		var text []byte
		if err := rows.Scan(&t.ID, &t.Order, &t.Step, &t.Epoch, &t.N, &t.Kind, &t.Qty, &t.State, &t.Key, &text, &at, &t.Until, &t.Body, &t.Last); err != nil {
			return nil, err
		}
		copy(t.Print[:], text)
		t.At = time.UnixMilli(at)
		all = append(all, t)
	}
	return all, rows.Err()
}

// Join locks the item, so that the order's taking is not sent meanwhile.
func (m *mysql) Join(ctx context.Context, item int64, s hot.Step) (t hot.Task, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, m.sql(`SELECT 1 FROM SLOT_hot_item WHERE id = ? FOR UPDATE`), item); err != nil {
			return err
		}
		tasks, err := m.tasks(ctx, tx, `WHERE t.item = ? AND t.order_id = ? ORDER BY t.step`, item, s.Order)
		if err != nil {
			return err
		}
		var repeated bool
		if t, repeated, err = hot.NextStep(tasks, s); err != nil || repeated {
			return err
		}
		id, text := useOf(s.Use)
		done, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_task (item, order_id, step, epoch, n, kind, qty, at, until, ikey, body, key_id, print)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
			item, t.Order, t.Step, t.Epoch, t.N, t.Kind, int64(t.Qty), s.At.UnixMilli(), int64(t.Until), t.Key, bodyOf(t.Body), id, text)
		if failed, ok := errors.AsType[*driver.MySQLError](err); ok && failed.Number == 1062 { // the order is locked: it is the key
			return hot.ErrKeyReused
		}
		if err != nil {
			return err
		}
		if t.ID, err = done.LastInsertId(); err == nil && t.Kind == stock.GivenBack {
			_, err = tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET free = free + ? WHERE id = ? AND epoch = ?`), int64(t.Qty), item, t.Epoch)
		}
		return err
	})
	return t, err
}

// Of returns the tasks of an order.
func (m *mysql) Of(ctx context.Context, item int64, order string) ([]hot.Task, error) {
	return m.tasks(ctx, m.db, `WHERE t.item = ? AND t.order_id = ? ORDER BY t.step`, item, order)
}

// Claim lets one process have the tasks of an item numbered at a time.
func (m *mysql) Claim(ctx context.Context, item int64, most int) (all []hot.Task, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		var sent, done int64
		var written uint64
		if err := tx.QueryRowContext(ctx, m.sql(`SELECT sent, done, written FROM SLOT_hot_item WHERE id = ? FOR UPDATE`), item).Scan(&sent, &done, &written); err != nil {
			return err
		}
		upTo := sent
		if sent <= done { // nothing is on its way
			upTo = math.MaxInt64
		}
		if all, err = m.tasks(ctx, tx, `WHERE t.item = ? AND t.id > ? AND t.id <= ? AND t.kind <> 0 ORDER BY t.id LIMIT ?`, item, done, upTo, most); err != nil || len(all) == 0 {
			return err
		}
		number(all, written)
		if sent > done {
			return nil
		}
		_, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET sent = ? WHERE id = ?`), all[len(all)-1].ID, item)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim tasks: %w", err)
	}
	return all, nil
}

// Finish says that the books have the tasks up to this one.
func (m *mysql) Finish(ctx context.Context, item int64, last hot.Task) error {
	return m.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_item SET done = ?, written = ? WHERE id = ? AND done < ?`), last.ID, last.Seq, item, last.ID)
		return err
	})
}

// Prune looks at the first takings of the item's first epoch, which are its oldest. So it reads no
// more rows than it may drop, by an index that exists. One read decides: rows of
// finished orders no longer change, and need no lock. Fences belong to no epoch.
func (m *mysql) Prune(ctx context.Context, item int64, before time.Time, most int) (int, error) {
	at := before.UnixMilli()
	rows, err := m.db.QueryContext(ctx, m.sql(`
		WITH oldest AS (
			SELECT id, order_id, at FROM SLOT_hot_task
			WHERE item = ? AND epoch = (SELECT min(epoch) FROM SLOT_hot_task WHERE item = ? AND epoch > 0) AND taking > 0
			ORDER BY taking LIMIT ?
		), gone AS (
			SELECT id, order_id FROM oldest WHERE at < ? AND NOT EXISTS (
				SELECT 1 FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item
				WHERE t.item = ? AND t.order_id = oldest.order_id AND (t.at >= ? OR t.kind <> 0 AND t.id >= i.done))
		)
		SELECT id FROM gone UNION SELECT t.id FROM SLOT_hot_task t JOIN gone ON t.item = ? AND t.order_id = gone.order_id
		UNION ALL (SELECT id FROM SLOT_hot_task WHERE item = ? AND epoch = 0 AND at < ? LIMIT ?)`),
		item, item, most, at, item, at, item, item, at, most)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []any
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return len(ids), m.drop(ctx, ids)
}

// dropMost bounds the arguments of a statement.
const dropMost = 10_000

func (m *mysql) drop(ctx context.Context, ids []any) error {
	return m.change(ctx, func(tx *sql.Tx) error {
		for some := range slices.Chunk(ids, dropMost) {
			if _, err := tx.ExecContext(ctx, m.sql(`DELETE FROM SLOT_hot_task WHERE id IN (`+list(len(some))+`)`), some...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Which returns the outcomes of takings.
func (m *mysql) Which(ctx context.Context, item, epoch int64, takings []int64) (map[int64]bool, error) {
	known := map[int64]bool{}
	if len(takings) == 0 {
		return known, nil
	}
	arguments := []any{item, epoch}
	for _, n := range takings {
		arguments = append(arguments, n)
	}
	rows, err := m.db.QueryContext(ctx, m.sql(`SELECT taking, kind FROM SLOT_hot_task WHERE item = ? AND epoch = ? AND taking IN (`+list(len(takings))+`)`), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var kind stock.WriteBackKind
		if err := rows.Scan(&n, &kind); err != nil {
			return nil, err
		}
		known[n] = kind != 0
	}
	return known, rows.Err()
}

// Pending reports whether tasks are on their way.
func (m *mysql) Pending(ctx context.Context, item int64) (is bool, err error) {
	err = m.db.QueryRowContext(ctx, m.sql(`SELECT EXISTS (SELECT 1 FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item
		WHERE t.item = ? AND t.id > i.done AND t.kind <> 0)`), item).Scan(&is)
	return is, err
}

// Unfinished returns the items with tasks on their way.
func (m *mysql) Unfinished(ctx context.Context, items []int64) (some []int64, err error) {
	if len(items) == 0 {
		return nil, nil
	}
	rows, err := m.db.QueryContext(ctx, m.sql(`SELECT i.id FROM SLOT_hot_item i WHERE i.id IN (`+list(len(items))+`)
		AND EXISTS (SELECT 1 FROM SLOT_hot_task t WHERE t.item = i.id AND t.id > i.done AND t.kind <> 0)`), anyOf(items)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		some = append(some, id)
	}
	return some, rows.Err()
}

// Unwritten returns the items with tasks of an order on their way.
func (m *mysql) Unwritten(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	return m.keys(ctx, `SELECT DISTINCT i.tenant, i.location, i.product FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item
		WHERE t.order_id = ? AND t.kind <> 0 AND t.id > i.done AND i.tenant = ?`, k.Order, k.Tenant)
}

// Took returns the items with tasks of an order.
func (m *mysql) Took(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	return m.keys(ctx, `SELECT DISTINCT i.tenant, i.location, i.product FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item
		WHERE t.order_id = ? AND t.kind = 1 AND i.tenant = ?`, k.Order, k.Tenant)
}

func (m *mysql) keys(ctx context.Context, query string, arguments ...any) (all []stock.ItemKey, err error) {
	rows, err := m.db.QueryContext(ctx, m.sql(query), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i stock.ItemKey
		if err := rows.Scan(&i.Tenant, &i.Location, &i.Product); err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

// Owed is what tasks that are not finished need.
func (m *mysql) Owed(ctx context.Context, item int64) (o Owed, err error) {
	err = m.db.QueryRowContext(ctx, m.sql(fmt.Sprintf(owed, "SLOT_hot", "?")), item).Scan(&o.Tasks, &o.Units)
	return o, err
}
