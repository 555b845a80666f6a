package task

import (
	"context"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/outpost/hot"
)

// MoveAll decides about each row once all of them are locked.
func (p *postgres) MoveAll(ctx context.Context, was []hot.Listed, to hot.Turn) (now []hot.Listed, at hot.Choice, err error) {
	err = p.change(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, p.sql(`SELECT id, epoch, state FROM SLOT.hot_item WHERE id = ANY($1) ORDER BY id FOR UPDATE`), idsOf(was))
		if err != nil {
			return err
		}
		is := map[int64]rowAddress{}
		var id int64
		var row rowAddress
		if _, err := pgx.ForEachRow(rows, []any{&id, &row.epoch, &row.state}, func() error {
			is[id] = row
			return nil
		}); err != nil {
			return err
		}
		now = moving(was, is, to)
		given, free := unitsOf(now)
		if _, err := tx.Exec(ctx, p.sql(`UPDATE SLOT.hot_item i SET epoch = i.epoch + $2, state = $3, era = $4, counted = i.epoch + $2, given = u.given, free = u.free
			FROM unnest($1::bigint[], $5::bigint[], $6::bigint[]) AS u (id, given, free) WHERE i.id = u.id`),
			idsOf(now), to.Raise, to.State, int64(to.Era), given, free); err != nil { //nolint:gosec // read back alike
			return err
		}
		return tx.QueryRow(ctx, p.sql(`SELECT term, second FROM SLOT.hot_redis WHERE id = 1 FOR SHARE`)).Scan(&at.Term, &at.Second)
	})
	if err != nil {
		return nil, hot.Choice{}, err
	}
	return now, at, nil
}

// Chosen returns which Redis is in use.
func (p *postgres) Chosen(ctx context.Context) (c hot.Choice, err error) {
	err = p.pool.QueryRow(ctx, p.sql(`SELECT term, second FROM SLOT.hot_redis WHERE id = 1`)).Scan(&c.Term, &c.Second)
	return c, err
}

// Choose waits for items that are being moved.
func (p *postgres) Choose(ctx context.Context, was hot.Choice, second bool) (done bool, err error) {
	err = p.change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, p.sql(`UPDATE SLOT.hot_redis SET term = term + 1, second = $2 WHERE id = 1 AND term = $1`), was.Term, second)
		done = err == nil && tag.RowsAffected() == 1
		return err
	})
	return done && err == nil, err
}
