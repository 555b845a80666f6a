package task

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// columns are those of takings, one array for each.
type columns struct {
	items, epochs, takings, kinds, quantities, moments, untils []int64
	orders, keys                                               []string
	bodies, uses, prints                                       [][]byte
}

func columnsOf(all []hot.Take) (c columns) {
	for i := range all {
		t := &all[i]
		c.items, c.epochs, c.takings = append(c.items, t.Item), append(c.epochs, t.Epoch), append(c.takings, t.N)
		c.kinds = append(c.kinds, int64(t.Kind))
		c.quantities, c.moments = append(c.quantities, int64(t.Qty)), append(c.moments, t.At.UnixMilli())
		c.untils = append(c.untils, int64(t.Until))
		c.orders, c.keys, c.bodies = append(c.orders, t.Order), append(c.keys, textOf(t.Key)), append(c.bodies, bodyOf(t.Body))
		id, text := useOf(t.Use)
		c.uses, c.prints = append(c.uses, id), append(c.prints, text)
	}
	return c
}

// isThere reports whether PostgreSQL refused a row because another one has its unique key.
func isThere(err error) bool {
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failed.Code == "23505"
}

// insertTakes locks the items, in the order of their ids, so that no two wait for each other. All takings of an
// item are stored, or none: together they take no more than there is.
const insertTakes = `
	WITH live AS (
		SELECT i.id, i.epoch, u.units FROM SLOT.hot_item i JOIN unnest($13::bigint[], $14::bigint[], $15::bigint[]) AS u (id, epoch, units) ON u.id = i.id AND u.epoch = i.epoch
		WHERE i.state = 2 AND (i.free >= u.units OR i.counted <> i.epoch) ORDER BY i.id FOR NO KEY UPDATE OF i
	), paid AS (
		UPDATE SLOT.hot_item i SET free = i.free - live.units FROM live WHERE i.id = live.id
	)
	INSERT INTO SLOT.hot_task (item, order_id, step, epoch, taking, n, kind, qty, at, until, key, body, key_id, print)
	SELECT t.item, t.order_id, 0, t.epoch, t.taking, t.taking, t.kind, t.qty, t.at, t.until, t.key, t.body, t.key_id, t.print
	FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::bytea[],
		$11::bytea[], $12::bytea[])
		AS t (item, epoch, taking, kind, qty, at, until, order_id, key, body, key_id, print)
	JOIN live ON live.id = t.item AND live.epoch = t.epoch`

// Insert is one statement. That each taking is new is what it expects, and what costs the server least; when one is not, it
// stores the others in a second statement.
func (p *postgres) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	ctx, cancel := bounded(ctx)
	defer cancel()
	a := columnsOf(all)
	ids, epochs, units := sumsOf(all)
	tag, err := c.Exec(ctx, p.sql(insertTakes), a.items, a.epochs, a.takings, a.kinds, a.quantities, a.moments, a.untils, a.orders, a.keys, a.bodies, a.uses, a.prints, ids, epochs, units)
	switch {
	case err == nil && int(tag.RowsAffected()) == len(all):
		if err := durable(c.Conn()); err != nil {
			return nil, err
		}
		return slices.Repeat([]hot.Landing{hot.Landed}, len(all)), nil
	case err != nil && !isThere(err):
		return nil, err
	}
	return p.insertEach(ctx, c, all)
}

// insertEach stores takings one by one, each that can be.
func (p *postgres) insertEach(ctx context.Context, c *pgxpool.Conn, all []hot.Take) (landed []hot.Landing, err error) {
	err = p.changeOn(ctx, c, func(tx pgx.Tx) error {
		ids, _, _ := sumsOf(all)
		rows, err := tx.Query(ctx, p.sql(`SELECT id, epoch, free, counted = epoch FROM SLOT.hot_item WHERE id = ANY($1) AND state = 2 ORDER BY id FOR NO KEY UPDATE`), ids)
		if err != nil {
			return err
		}
		open := openItems{}
		var id int64
		var is openItem
		if _, err := pgx.ForEachRow(rows, []any{&id, &is.epoch, &is.free, &is.counted}, func() error {
			open[id] = is
			return nil
		}); err != nil {
			return err
		}
		landed, err = open.land(all, func(t *hot.Take) (bool, error) {
			id, text := useOf(t.Use)
			tag, err := tx.Exec(ctx, p.sql(`INSERT INTO SLOT.hot_task (item, order_id, step, epoch, taking, n, kind, qty, at, until, key, body, key_id, print)
				VALUES ($1, $2, 0, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`),
				t.Item, t.Order, t.Epoch, t.N, int64(t.Kind), int64(t.Qty), t.At.UnixMilli(), int64(t.Until), textOf(t.Key), bodyOf(t.Body), id, text)
			return tag.RowsAffected() == 1, err
		}, func(t *hot.Take) (hot.Landing, error) { return p.landing(ctx, tx, t) })
		for id, is := range open {
			if err == nil {
				_, err = tx.Exec(ctx, p.sql(`UPDATE SLOT.hot_item SET free = $2 WHERE id = $1`), id, is.free)
			}
		}
		return err
	})
	return landed, err
}

// Raise counts what the ledger gave.
func (p *postgres) Raise(ctx context.Context, item, epoch int64, given stock.Qty) error {
	return p.change(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, p.sql(`UPDATE SLOT.hot_item SET free = free + ($3 - given), given = $3 WHERE id = $1 AND epoch = $2 AND counted = epoch AND given < $3`),
			item, epoch, int64(given))
		return err
	})
}

// landing looks why a taking was not stored.
func (p *postgres) landing(ctx context.Context, c queries, t *hot.Take) (landed hot.Landing, err error) {
	rows, err := c.Query(ctx, p.sql(`
		SELECT kind, true, COALESCE(order_id = $4, false) FROM SLOT.hot_task WHERE item = $1 AND epoch = $2 AND taking = $3
		UNION ALL SELECT kind, epoch = $2 AND n = $3, true FROM SLOT.hot_task WHERE item = $1 AND order_id = $4 AND step = 0`),
		t.Item, t.Epoch, t.N, t.Order)
	if err != nil {
		return 0, err
	}
	var kind int
	var named, ours bool
	_, err = pgx.ForEachRow(rows, []any{&kind, &named, &ours}, func() error {
		landed = landingOf(landed, kind, named, ours)
		return nil
	})
	if err != nil || landed != hot.TooLate {
		return landed, err
	}
	used, err := p.usedBy(ctx, c, t.Use.ID)
	if used != nil {
		landed = hot.KeyTaken
	}
	return landed, err
}

// landingOf returns what a row, and an earlier row, mean for a taking. named says
// that it has the taking's name, ours that it is of its order. A name with two orders
// comes from a balance that was restored to an earlier state: neither may count for the
// other.
func landingOf(was hot.Landing, kind int, named, ours bool) hot.Landing {
	switch {
	case kind == 0 && named:
		return max(was, hot.Voided)
	case kind == 0: // a fence
		return hot.Before
	case named && ours, was == hot.Landed:
		return hot.Landed
	case ours:
		return hot.Before
	default:
		return was
	}
}
