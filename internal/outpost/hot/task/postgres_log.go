package task

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Void stores that the taking was given up.
func (p *postgres) Void(ctx context.Context, item, epoch, n int64) (voided bool, err error) {
	err = p.change(ctx, func(tx pgx.Tx) error {
		// A row that is there may not be on the standby yet. The lock is written to the log, so this commit waits for it, too.
		if _, err := tx.Exec(ctx, p.sql(`SELECT 1 FROM SLOT.hot_item WHERE id = $1 FOR NO KEY UPDATE`), item); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, p.sql(`INSERT INTO SLOT.hot_task (item, epoch, taking, n, kind, qty, at, until, key, body)
			VALUES ($1, $2, $3, $3, 0, 0, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 0, '', '') ON CONFLICT DO NOTHING`), item, epoch, n); err != nil {
			return err
		}
		return tx.QueryRow(ctx, p.sql(`SELECT kind = 0 FROM SLOT.hot_task WHERE item = $1 AND epoch = $2 AND taking = $3`), item, epoch, n).Scan(&voided)
	})
	return voided && err == nil, err
}

// Fence stores a void in place of the order's taking.
func (p *postgres) Fence(ctx context.Context, item int64, order string) error {
	return p.change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, p.sql(`INSERT INTO SLOT.hot_task (item, order_id, step, epoch, n, kind, qty, at, until, key, body)
			VALUES ($1, $2, 0, 0, 0, 0, 0, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 0, '', '') ON CONFLICT DO NOTHING`), item, order)
		return err
	})
}

const postgresTasks = `SELECT t.id, t.order_id, t.step, t.epoch, t.n, t.kind, t.qty,
	CASE WHEN t.kind = 0 OR t.id <= i.done THEN 2 WHEN t.id <= i.sent THEN 1 ELSE 0 END, t.key, t.print, t.at, t.until, t.body
	FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item WHERE t.item = $1 AND t.order_id = $2 ORDER BY t.step`

func scanTask(row pgx.CollectableRow) (t hot.Task, err error) {
	var at int64
	var text []byte
	err = row.Scan(&t.ID, &t.Order, &t.Step, &t.Epoch, &t.N, &t.Kind, &t.Qty, &t.State, &t.Key, &text, &at, &t.Until, &t.Body)
	t.At, t.Key = time.UnixMilli(at), keyOf(t.Key)
	copy(t.Print[:], text)
	return t, err
}

// queries are a pool or a transaction.
type queries interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

// tasks returns those of an order, in order.
func (p *postgres) tasks(ctx context.Context, q queries, item int64, order string) ([]hot.Task, error) {
	rows, err := q.Query(ctx, p.sql(postgresTasks), item, order)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, scanTask)
	if len(all) > 0 {
		all[len(all)-1].Last = true
	}
	return all, err
}

// Join locks the item, so that the order's taking is not sent meanwhile.
func (p *postgres) Join(ctx context.Context, item int64, s hot.Step) (t hot.Task, err error) {
	err = p.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, p.sql(`SELECT 1 FROM SLOT.hot_item WHERE id = $1 FOR NO KEY UPDATE`), item); err != nil {
			return err
		}
		tasks, err := p.tasks(ctx, tx, item, s.Order)
		if err != nil {
			return err
		}
		var repeated bool
		if t, repeated, err = hot.NextStep(tasks, s); err != nil || repeated {
			return err
		}
		id, text := useOf(s.Use)
		return tx.QueryRow(ctx, p.sql(`WITH back AS (UPDATE SLOT.hot_item SET free = free + $7 WHERE id = $1 AND epoch = $4 AND $6 = 2)
			INSERT INTO SLOT.hot_task (item, order_id, step, epoch, n, kind, qty, at, until, key, body, key_id, print)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`),
			item, t.Order, t.Step, t.Epoch, t.N, t.Kind, t.Qty, s.At.UnixMilli(), t.Until, textOf(t.Key), bodyOf(t.Body), id, text).Scan(&t.ID)
	})
	if isThere(err) { // the order is locked: it is the key
		err = hot.ErrKeyReused
	}
	return t, err
}

// Of returns the tasks of an order.
func (p *postgres) Of(ctx context.Context, item int64, order string) ([]hot.Task, error) {
	return p.tasks(ctx, p.pool, item, order)
}

const (
	lockClaim = `SELECT written FROM SLOT.hot_item WHERE id = $1 FOR NO KEY UPDATE`
	// It comes after the lock, so it sees what was stored before. Steps of an order are not found by an index that begins with
	// the item: that would read all of its tasks.
	claimTasks = `
		WITH was AS (SELECT sent, done FROM SLOT.hot_item WHERE id = $1), found AS MATERIALIZED (
			SELECT id, order_id, step, epoch, n, kind, qty, key, at, until, body FROM SLOT.hot_task
			WHERE item = $1 AND id > (SELECT done FROM was) AND id <= (SELECT CASE WHEN sent > done THEN sent ELSE 9223372036854775807 END FROM was) AND kind <> 0
			ORDER BY id LIMIT $2
		), claimed AS (
			UPDATE SLOT.hot_item SET sent = (SELECT max(id) FROM found) WHERE id = $1 AND sent <= done AND EXISTS (SELECT 1 FROM found)
		)
		SELECT id, order_id, step, epoch, n, kind, qty, 1, key, at, until, body,
			NOT EXISTS (SELECT 1 FROM SLOT.hot_task m WHERE m.order_id = found.order_id AND m.item + 0 = $1 AND m.step > found.step)
		FROM found ORDER BY id`
)

// Claim lets one process have the tasks of an item numbered at a time. It is one transaction in one round trip.
func (p *postgres) Claim(ctx context.Context, item int64, most int) ([]hot.Task, error) {
	var written int64
	var all []hot.Task
	var both pgx.Batch
	both.Queue(p.sql(lockClaim), item).QueryRow(func(row pgx.Row) error { return row.Scan(&written) })
	both.Queue(p.sql(claimTasks), item, most).Query(func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, scanClaimed)
		return err
	})
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim tasks: %w", err)
	}
	defer c.Release()
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err = c.SendBatch(ctx, &both).Close(); err == nil {
		err = durable(c.Conn())
	}
	if err != nil {
		return nil, fmt.Errorf("claim tasks: %w", err)
	}
	number(all, uint64(written)) //nolint:gosec // it counts from 0
	return all, nil
}

func scanClaimed(row pgx.CollectableRow) (t hot.Task, err error) {
	var at int64
	err = row.Scan(&t.ID, &t.Order, &t.Step, &t.Epoch, &t.N, &t.Kind, &t.Qty, &t.State, &t.Key, &at, &t.Until, &t.Body, &t.Last)
	t.At, t.Key = time.UnixMilli(at), keyOf(t.Key)
	return t, err
}

// Finish says that the books have the tasks up to this one.
func (p *postgres) Finish(ctx context.Context, item int64, last hot.Task) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := p.pool.Exec(ctx, p.sql(`UPDATE SLOT.hot_item SET done = $2, written = $3 WHERE id = $1 AND done < $2`), item, last.ID, int64(last.Seq)) //nolint:gosec // it counts from 1
	return err
}

// Prune looks at the first takings of the item's first epoch, which are its oldest. So it reads no
// more rows than it may drop, by an index that exists. Fences belong to no epoch.
func (p *postgres) Prune(ctx context.Context, item int64, before time.Time, most int) (int, error) {
	tag, err := p.pool.Exec(ctx, p.sql(`
		WITH oldest AS (
			SELECT id, order_id, at FROM SLOT.hot_task
			WHERE item = $1 AND epoch = (SELECT min(epoch) FROM SLOT.hot_task WHERE item = $1 AND epoch > 0) AND taking > 0
			ORDER BY taking LIMIT $3
		), gone AS (
			SELECT id, order_id FROM oldest WHERE at < $2 AND NOT EXISTS (
				SELECT 1 FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item
				WHERE t.item = $1 AND t.order_id = oldest.order_id AND (t.at >= $2 OR t.kind <> 0 AND t.id >= i.done))
		)
		DELETE FROM SLOT.hot_task WHERE item = $1 AND id IN (
			SELECT id FROM gone UNION SELECT t.id FROM SLOT.hot_task t JOIN gone ON t.item = $1 AND t.order_id = gone.order_id
			UNION ALL (SELECT id FROM SLOT.hot_task WHERE item = $1 AND epoch = 0 AND at < $2 LIMIT $3))`),
		item, before.UnixMilli(), most)
	return int(tag.RowsAffected()), err
}

// Which returns the outcomes of takings.
func (p *postgres) Which(ctx context.Context, item, epoch int64, takings []int64) (map[int64]bool, error) {
	rows, err := p.pool.Query(ctx, p.sql(`SELECT taking, kind FROM SLOT.hot_task WHERE item = $1 AND epoch = $2 AND taking = ANY($3)`), item, epoch, takings)
	if err != nil {
		return nil, err
	}
	known := map[int64]bool{}
	var n int64
	var kind stock.WriteBackKind
	_, err = pgx.ForEachRow(rows, []any{&n, &kind}, func() error {
		known[n] = kind != 0
		return nil
	})
	return known, err
}

// Pending reports whether tasks are on their way.
func (p *postgres) Pending(ctx context.Context, item int64) (is bool, err error) {
	err = p.pool.QueryRow(ctx, p.sql(`SELECT EXISTS (SELECT 1 FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item
		WHERE t.item = $1 AND t.id > i.done AND t.kind <> 0)`), item).Scan(&is)
	return is, err
}

// Unfinished returns the items with tasks on their way.
func (p *postgres) Unfinished(ctx context.Context, items []int64) ([]int64, error) {
	rows, err := p.pool.Query(ctx, p.sql(`SELECT i.id FROM SLOT.hot_item i WHERE i.id = ANY($1)
		AND EXISTS (SELECT 1 FROM SLOT.hot_task t WHERE t.item = i.id AND t.id > i.done AND t.kind <> 0)`), items)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Unwritten returns the items with tasks of an order on their way.
func (p *postgres) Unwritten(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	return p.keys(ctx, `SELECT DISTINCT i.tenant, i.location, i.product FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item
		WHERE t.order_id = $1 AND t.kind <> 0 AND t.id > i.done AND i.tenant = $2`, k.Order, k.Tenant)
}

// Took returns the items with tasks of an order.
func (p *postgres) Took(ctx context.Context, k stock.OrderKey) ([]stock.ItemKey, error) {
	return p.keys(ctx, `SELECT DISTINCT i.tenant, i.location, i.product FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item
		WHERE t.order_id = $1 AND t.kind = 1 AND i.tenant = $2`, k.Order, k.Tenant)
}

func (p *postgres) keys(ctx context.Context, query string, arguments ...any) ([]stock.ItemKey, error) {
	rows, err := p.pool.Query(ctx, p.sql(query), arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (i stock.ItemKey, err error) {
		err = row.Scan(&i.Tenant, &i.Location, &i.Product)
		return i, err
	})
}

// owed is a query about the tasks of an item that are not finished.
const owed = `SELECT count(*), COALESCE(sum(CASE t.kind WHEN 2 THEN -t.qty WHEN 3 THEN 0 ELSE t.qty END), 0)
	FROM %[1]s_task t JOIN %[1]s_item i ON i.id = t.item WHERE t.item = %[2]s AND t.id > i.done AND t.kind <> 0`

// Owed is what tasks that are not finished need.
func (p *postgres) Owed(ctx context.Context, item int64) (o Owed, err error) {
	err = p.pool.QueryRow(ctx, p.sql(fmt.Sprintf(owed, "SLOT.hot", "$1")), item).Scan(&o.Tasks, &o.Units)
	return o, err
}
