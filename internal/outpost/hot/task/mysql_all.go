package task

import (
	"context"
	"database/sql"
	"strings"

	"holdfast.dev/holdfast/internal/outpost/hot"
)

// MoveAll decides about each row once all of them are locked.
func (m *mysql) MoveAll(ctx context.Context, was []hot.Listed, to hot.Turn) (now []hot.Listed, at hot.Choice, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		is, err := lockPlaces(ctx, m, tx, was)
		if err != nil {
			return err
		}
		if now = moving(was, is, to); len(now) > 0 {
			given, free := unitsOf(now)
			rows, arguments := table([]string{"id", "given", "free"}, idsOf(now), given, free)
			// The first assignment sees the epoch as it was.
			if _, err := tx.ExecContext(ctx, m.sql(`UPDATE `+rows+` u STRAIGHT_JOIN SLOT_hot_item i ON i.id = u.id
				SET i.counted = i.epoch + ?, i.epoch = i.epoch + ?, i.state = ?, i.era = ?, i.given = u.given, i.free = u.free`),
				append(arguments, to.Raise, to.Raise, to.State, to.Era)...); err != nil {
				return err
			}
		}
		return tx.QueryRowContext(ctx, m.sql(`SELECT term, second FROM SLOT_hot_redis WHERE id = 1 LOCK IN SHARE MODE`)).Scan(&at.Term, &at.Second)
	})
	if err != nil {
		return nil, hot.Choice{}, err
	}
	return now, at, nil
}

func lockPlaces(ctx context.Context, m *mysql, tx *sql.Tx, all []hot.Listed) (map[int64]rowAddress, error) {
	is := map[int64]rowAddress{}
	if len(all) == 0 {
		return is, nil
	}
	rows, err := tx.QueryContext(ctx, m.sql(`SELECT id, epoch, state FROM SLOT_hot_item WHERE id IN (`+list(len(all))+`) ORDER BY id FOR UPDATE`), anyOf(idsOf(all))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var at rowAddress
		if err := rows.Scan(&id, &at.epoch, &at.state); err != nil {
			return nil, err
		}
		is[id] = at
	}
	return is, rows.Err()
}

// table is a table of the columns, with its arguments.
func table(names []string, columns ...[]int64) (text string, arguments []any) {
	first, more := "SELECT ", "SELECT "
	for i, name := range names {
		if i > 0 {
			first, more = first+", ", more+", "
		}
		first, more = first+"? AS "+name, more+"?"
	}
	var b strings.Builder
	for row := range columns[0] {
		if row == 0 {
			b.WriteString(first)
		} else {
			b.WriteString(" UNION ALL " + more)
		}
		for _, c := range columns {
			arguments = append(arguments, c[row])
		}
	}
	return "(" + b.String() + ")", arguments
}

func anyOf(ids []int64) []any {
	all := make([]any, len(ids))
	for i, id := range ids {
		all[i] = id
	}
	return all
}

// Chosen returns which Redis is in use.
func (m *mysql) Chosen(ctx context.Context) (c hot.Choice, err error) {
	err = m.db.QueryRowContext(ctx, m.sql(`SELECT term, second FROM SLOT_hot_redis WHERE id = 1`)).Scan(&c.Term, &c.Second)
	return c, err
}

// Choose waits for items that are being moved.
func (m *mysql) Choose(ctx context.Context, was hot.Choice, second bool) (done bool, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, m.sql(`UPDATE SLOT_hot_redis SET term = term + 1, second = ? WHERE id = 1 AND term = ?`), second, was.Term)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		done = n == 1
		return err
	})
	return done && err == nil, err
}
