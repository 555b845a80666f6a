package task

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/outpost/hot"
)

const (
	// keepMends is how long it is known that a balance was mended; dropMends bounds what one statement drops.
	keepMends = 7 * 24 * time.Hour
	dropMends = 100
	// untoldMost bounds how many mends are read that no journal has. The others follow.
	untoldMost = 1000
)

// postgresMends keeps the mends of balances.
type postgresMends struct{ of *postgres }

// Mend stores mends, and drops old ones.
func (p postgresMends) Mend(ctx context.Context, all []hot.Mend) error {
	return p.of.change(ctx, func(tx pgx.Tx) error {
		for _, m := range all {
			if _, err := tx.Exec(ctx, p.of.sql(`INSERT INTO SLOT.hot_mend (item, epoch, taking, kind, at, why, told)
				SELECT id, epoch, $3, $4, $5, $6, false FROM SLOT.hot_item WHERE id = $1 AND epoch = $2 AND state = 2 ON CONFLICT DO NOTHING`),
				m.Item, m.Epoch, m.Taking, m.Kind, m.At.UnixMilli(), m.Why); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, p.of.sql(`DELETE FROM SLOT.hot_mend WHERE id IN (SELECT id FROM SLOT.hot_mend WHERE at < $1 ORDER BY at LIMIT $2)`),
			all[0].At.Add(-keepMends).UnixMilli(), dropMends)
		return err
	})
}

func (p postgresMends) mends(ctx context.Context, where string, arguments ...any) ([]hot.Mend, error) {
	rows, err := p.of.pool.Query(ctx, p.of.sql(`SELECT m.id, m.item, i.tenant, i.product, i.location, m.epoch, m.taking, m.kind, m.at, m.why
		FROM SLOT.hot_mend m JOIN SLOT.hot_item i ON i.id = m.item WHERE `+where), arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m hot.Mend, err error) {
		var at int64
		err = row.Scan(&m.ID, &m.Item, &m.Key.Tenant, &m.Key.Product, &m.Key.Location, &m.Epoch, &m.Taking, &m.Kind, &at, &m.Why)
		m.At = time.UnixMilli(at)
		return m, err
	})
}

// Untold returns mends that no journal has.
func (p postgresMends) Untold(ctx context.Context, items ...int64) ([]hot.Mend, error) {
	if len(items) == 0 {
		return p.mends(ctx, `NOT m.told ORDER BY m.id LIMIT $1`, untoldMost)
	}
	return p.mends(ctx, `NOT m.told AND m.item = ANY($1) ORDER BY m.id LIMIT $2`, items, untoldMost)
}

// Told notes that journals have the mends.
func (p postgresMends) Told(ctx context.Context, ids []int64) error {
	_, err := p.of.pool.Exec(ctx, p.of.sql(`UPDATE SLOT.hot_mend SET told = true WHERE id = ANY($1)`), ids)
	return err
}

// Mended returns the mends since a moment.
func (p postgresMends) Mended(ctx context.Context, tenant string, since time.Time) ([]hot.Mend, error) {
	return p.mends(ctx, `m.at >= $1 AND ($2 = '' OR i.tenant = $2) ORDER BY m.id`, since.UnixMilli(), tenant)
}

// mysqlMends keeps the mends of balances.
type mysqlMends struct{ of *mysql }

// Mend stores mends, and drops old ones.
func (m mysqlMends) Mend(ctx context.Context, all []hot.Mend) error {
	return m.of.change(ctx, func(tx *sql.Tx) error {
		for _, is := range all {
			if _, err := tx.ExecContext(ctx, m.of.sql(`INSERT INTO SLOT_hot_mend (item, epoch, taking, kind, at, why, told)
				SELECT id, epoch, ?, ?, ?, ?, false FROM SLOT_hot_item WHERE id = ? AND epoch = ? AND state = 2 ON DUPLICATE KEY UPDATE told = told`),
				is.Taking, is.Kind, is.At.UnixMilli(), is.Why, is.Item, is.Epoch); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, m.of.sql(`DELETE FROM SLOT_hot_mend WHERE at < ? ORDER BY at LIMIT ?`), all[0].At.Add(-keepMends).UnixMilli(), dropMends)
		return err
	})
}

func (m mysqlMends) mends(ctx context.Context, where string, arguments ...any) (all []hot.Mend, err error) {
	rows, err := m.of.db.QueryContext(ctx, m.of.sql(`SELECT m.id, m.item, i.tenant, i.product, i.location, m.epoch, m.taking, m.kind, m.at, m.why
		FROM SLOT_hot_mend m JOIN SLOT_hot_item i ON i.id = m.item WHERE `+where), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var is hot.Mend
		var at int64
		if err := rows.Scan(&is.ID, &is.Item, &is.Key.Tenant, &is.Key.Product, &is.Key.Location, &is.Epoch, &is.Taking, &is.Kind, &at, &is.Why); err != nil {
			return nil, err
		}
		is.At = time.UnixMilli(at)
		all = append(all, is)
	}
	return all, rows.Err()
}

// Untold returns mends that no journal has.
func (m mysqlMends) Untold(ctx context.Context, items ...int64) ([]hot.Mend, error) {
	if len(items) == 0 {
		return m.mends(ctx, `m.told = false ORDER BY m.id LIMIT ?`, untoldMost)
	}
	return m.mends(ctx, `m.told = false AND m.item IN (`+list(len(items))+`) ORDER BY m.id LIMIT ?`, append(anyOf(items), untoldMost)...)
}

// Told notes that journals have the mends.
func (m mysqlMends) Told(ctx context.Context, ids []int64) error {
	return m.of.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, m.of.sql(`UPDATE SLOT_hot_mend SET told = true WHERE id IN (`+list(len(ids))+`)`), anyOf(ids)...)
		return err
	})
}

// Mended returns the mends since a moment.
func (m mysqlMends) Mended(ctx context.Context, tenant string, since time.Time) ([]hot.Mend, error) {
	return m.mends(ctx, `m.at >= ? AND (? = '' OR i.tenant = ?) ORDER BY m.id`, since.UnixMilli(), tenant, tenant)
}
