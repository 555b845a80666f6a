package task

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Deny stores refusals as voids, which no balance and no book ever reads.
func (m *mysql) Deny(ctx context.Context, all []hot.Denial) (is []bool, err error) {
	err = m.change(ctx, func(tx *sql.Tx) error {
		ids := make([]any, len(all))
		var arguments []any
		for i := range all {
			d := &all[i]
			ids[i] = d.Use.ID[:]
			arguments = append(arguments, d.Item, d.At.UnixMilli(), d.Use.ID[:], d.Use.Print[:], d.Body)
		}
		rows := strings.TrimSuffix(strings.Repeat("(?, 0, 0, 0, 0, ?, 0, '', ?, ?, ?), ", len(all)), ", ")
		if _, err := tx.ExecContext(ctx, m.sql(`INSERT INTO SLOT_hot_task (item, epoch, n, kind, qty, at, until, ikey, key_id, print, body)
			VALUES `+rows+` ON DUPLICATE KEY UPDATE id = id`), arguments...); err != nil {
			return err
		}
		kept, err := m.denied(ctx, tx, ids)
		if err != nil {
			return err
		}
		is = make([]bool, len(all))
		for i := range all {
			d := &all[i]
			is[i] = kept[string(d.Use.ID[:])] == string(d.Use.Print[:])+string(d.Body)
		}
		return nil
	})
	return is, err
}

// denied returns print and body of the refusals under the keys.
func (m *mysql) denied(ctx context.Context, tx *sql.Tx, ids []any) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, m.sql(`SELECT key_id, CONCAT(print, body) FROM SLOT_hot_task WHERE key_id IN (`+list(len(ids))+`) AND kind = 0`), ids...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	bodies := map[string]string{}
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		bodies[id] = body
	}
	return bodies, rows.Err()
}

// Places returns where Redis sells an item or did.
func (m *mysql) Places(ctx context.Context) ([]stock.ItemKey, error) {
	return m.keys(ctx, `SELECT DISTINCT tenant, location, '' FROM SLOT_hot_item`)
}

// Used returns for what a key was used.
func (m *mysql) Used(ctx context.Context, id [16]byte) (*hot.Used, error) {
	return m.usedBy(ctx, m.db, id)
}

func (m *mysql) usedBy(ctx context.Context, q questions, id [16]byte) (*hot.Used, error) {
	rows, err := q.QueryContext(ctx, m.sql(`SELECT print, at, CASE WHEN kind = 0 THEN body ELSE '' END FROM SLOT_hot_task WHERE key_id = ?`), id[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var u hot.Used
	var text []byte
	var at int64
	err = rows.Scan(&text, &at, &u.Denied)
	u.At = time.UnixMilli(at)
	copy(u.Print[:], text)
	return &u, errors.Join(err, rows.Err())
}
