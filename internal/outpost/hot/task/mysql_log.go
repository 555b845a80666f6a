package task

import (
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
