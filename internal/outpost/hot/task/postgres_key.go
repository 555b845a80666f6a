package task

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Deny stores refusals as voids, which no balance and no book ever reads.
func (p *postgres) Deny(ctx context.Context, all []hot.Denial) ([]bool, error) {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	var items, moments []int64
	var ids, prints, bodies [][]byte
	for i := range all {
		d := &all[i]
		items, moments = append(items, d.Item), append(moments, d.At.UnixMilli())
		ids, prints, bodies = append(ids, d.Use.ID[:]), append(prints, d.Use.Print[:]), append(bodies, d.Body)
	}
	rows, err := c.Query(context.WithoutCancel(ctx), p.sql(`
		INSERT INTO SLOT.hot_task (item, epoch, n, kind, qty, at, until, key, key_id, print, body)
		SELECT t.item, 0, 0, 0, 0, t.at, 0, '', t.key_id, t.print, t.body
		FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) AS t (item, at, key_id, print, body)
		ON CONFLICT DO NOTHING RETURNING key_id`), items, moments, ids, prints, bodies)
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	var id []byte
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error {
		kept[string(id)] = true
		return nil
	}); err != nil {
		return nil, err
	}
	return keptOf(all, kept), durable(c.Conn())
}

// keptOf reports for each refusal whether its key is among those that were kept, the first of those with one key.
func keptOf(all []hot.Denial, kept map[string]bool) []bool {
	is := make([]bool, len(all))
	for i := range all {
		id := string(all[i].Use.ID[:])
		is[i] = kept[id]
		delete(kept, id)
	}
	return is
}

// Places returns where Redis sells an item or did.
func (p *postgres) Places(ctx context.Context) ([]stock.ItemKey, error) {
	return p.keys(ctx, `SELECT DISTINCT tenant, location, '' FROM SLOT.hot_item`)
}

// Used returns for what a key was used.
func (p *postgres) Used(ctx context.Context, id [16]byte) (*hot.Used, error) {
	return p.usedBy(ctx, p.pool, id)
}

func (p *postgres) usedBy(ctx context.Context, q queries, id [16]byte) (*hot.Used, error) {
	rows, err := q.Query(ctx, p.sql(`SELECT print, at, CASE WHEN kind = 0 THEN body ELSE '' END FROM SLOT.hot_task WHERE key_id = $1`), id[:])
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*hot.Used, error) {
		var u hot.Used
		var text []byte
		var at int64
		err := row.Scan(&text, &at, &u.Denied)
		u.At = time.UnixMilli(at)
		copy(u.Print[:], text)
		return &u, err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// textOf is a key as a text of PostgreSQL, which holds no NUL: the keys that the house makes itself
// have some, so that no caller can send them. keyOf is the key of a text.
func textOf(key string) string { return strings.ReplaceAll(key, "\x00", "\x01") }
func keyOf(text string) string { return strings.ReplaceAll(text, "\x01", "\x00") }
