package task

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// errSome means that some of the takings cannot be stored.
var errSome = errors.New("some takings cannot be stored")

// Insert locks the items, in the order of their ids, so that no two wait for each other. That each taking is new, and that its
// units are there, is what it expects, and what costs the server least.
func (m *mysql) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	err := m.change(ctx, func(tx *sql.Tx) error {
		if err := payOpen(ctx, m, tx, all); err != nil {
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

// payOpen counts the units of all takings, when each item is open and has as many.
func payOpen(ctx context.Context, m *mysql, tx *sql.Tx, all []hot.Take) error {
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
		open, err := lockOpen(ctx, m, tx, all)
		if err != nil {
			return err
		}
		if landed, err = open.land(all, func(t *hot.Take) (bool, error) {
			stored, err := m.store(ctx, tx, []hot.Take{*t})
			return stored == 1, err
		}, func(t *hot.Take) (hot.Landing, error) { return findLanding(ctx, m, tx, t) }); err != nil {
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
func lockOpen(ctx context.Context, m *mysql, tx *sql.Tx, all []hot.Take) (openItems, error) {
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

// findLanding looks why a taking was not stored.
func findLanding(ctx context.Context, m *mysql, tx *sql.Tx, t *hot.Take) (landed hot.Landing, err error) {
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
