package task

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Kept is what there is of a tenant: its items that sell through Redis, or did, and their tasks.
type Kept struct{ Items, Tasks int64 }

// tenantRows are the rows of one tenant.
type tenantRows interface {
	// Kept counts them.
	Kept(ctx context.Context, tenant string) (Kept, error)
	// Tenants are those with an item.
	Tenants(ctx context.Context) ([]string, error)
	// Stray counts rows whose item is not there.
	Stray(ctx context.Context) (int64, error)
	// itemsOf returns items of the tenant, at most most.
	itemsOf(ctx context.Context, tenant string, most int) ([]int64, error)
	// dropOf drops rows of the table that the column says are of the items, at most most.
	dropOf(ctx context.Context, table, column string, items []int64, most int) (int64, error)
}

// postgresTenants are the rows of tenants.
type postgresTenants struct{ of *postgres }

// Kept counts rows.
func (p postgresTenants) Kept(ctx context.Context, tenant string) (k Kept, err error) {
	err = p.of.pool.QueryRow(ctx, p.of.sql(`SELECT (SELECT count(*) FROM SLOT.hot_item WHERE tenant = $1),
		(SELECT count(*) FROM SLOT.hot_task t JOIN SLOT.hot_item i ON i.id = t.item WHERE i.tenant = $1)`), tenant).Scan(&k.Items, &k.Tasks)
	return k, err
}

// Tenants are those with an item.
func (p postgresTenants) Tenants(ctx context.Context) ([]string, error) {
	rows, err := p.of.pool.Query(ctx, p.of.sql(`SELECT DISTINCT tenant FROM SLOT.hot_item ORDER BY tenant`))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Stray counts rows whose item is not there.
func (p postgresTenants) Stray(ctx context.Context) (n int64, err error) {
	err = p.of.pool.QueryRow(ctx, p.of.sql(`SELECT (SELECT count(*) FROM SLOT.hot_task t WHERE NOT EXISTS (SELECT 1 FROM SLOT.hot_item i WHERE i.id = t.item))
		+ (SELECT count(*) FROM SLOT.hot_mend m WHERE NOT EXISTS (SELECT 1 FROM SLOT.hot_item i WHERE i.id = m.item))`)).Scan(&n)
	return n, err
}

func (p postgresTenants) itemsOf(ctx context.Context, tenant string, most int) ([]int64, error) {
	rows, err := p.of.pool.Query(ctx, p.of.sql(`SELECT id FROM SLOT.hot_item WHERE tenant = $1 ORDER BY product, location LIMIT $2`), tenant, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func (p postgresTenants) dropOf(ctx context.Context, table, column string, items []int64, most int) (n int64, err error) {
	err = p.of.change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, p.of.sql(`DELETE FROM SLOT.`+table+` WHERE (`+column+`, id) IN (SELECT `+column+`, id FROM SLOT.`+table+` WHERE `+column+` = ANY($1) LIMIT $2)`), items, most)
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// mysqlTenants are the rows of tenants.
type mysqlTenants struct{ of *mysql }

// Kept counts rows.
func (m mysqlTenants) Kept(ctx context.Context, tenant string) (k Kept, err error) {
	err = m.of.db.QueryRowContext(ctx, m.of.sql(`SELECT (SELECT count(*) FROM SLOT_hot_item WHERE tenant = ?),
		(SELECT count(*) FROM SLOT_hot_task t JOIN SLOT_hot_item i ON i.id = t.item WHERE i.tenant = ?)`), tenant, tenant).Scan(&k.Items, &k.Tasks)
	return k, err
}

// Tenants are those with an item.
func (m mysqlTenants) Tenants(ctx context.Context) ([]string, error) {
	return scanned[string](ctx, m.of, `SELECT DISTINCT tenant FROM SLOT_hot_item ORDER BY tenant`)
}

// Stray counts rows whose item is not there.
func (m mysqlTenants) Stray(ctx context.Context) (n int64, err error) {
	err = m.of.db.QueryRowContext(ctx, m.of.sql(`SELECT (SELECT count(*) FROM SLOT_hot_task t LEFT JOIN SLOT_hot_item i ON i.id = t.item WHERE i.id IS NULL)
		+ (SELECT count(*) FROM SLOT_hot_mend m LEFT JOIN SLOT_hot_item i ON i.id = m.item WHERE i.id IS NULL)`)).Scan(&n)
	return n, err
}

func (m mysqlTenants) itemsOf(ctx context.Context, tenant string, most int) ([]int64, error) {
	return scanned[int64](ctx, m.of, `SELECT id FROM SLOT_hot_item WHERE tenant = ? ORDER BY product, location LIMIT ?`, tenant, most)
}

func (m mysqlTenants) dropOf(ctx context.Context, table, column string, items []int64, most int) (int64, error) {
	done, err := m.of.db.ExecContext(ctx, m.of.sql(`DELETE FROM SLOT_`+table+` WHERE `+column+` IN (`+list(len(items))+`) LIMIT ?`), append(anyOf(items), most)...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// scanned returns the only column of the rows.
func scanned[T any](ctx context.Context, m *mysql, query string, arguments ...any) (all []T, err error) {
	rows, err := m.db.QueryContext(ctx, m.sql(query), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one T
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
