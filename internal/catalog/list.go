package catalog

import (
	"context"
	"fmt"
)

// maxListed bounds one page of a list.
const maxListed = 10_000

// Products lists a tenant's products by id, behind after ("" starts), up to
// limit of them, as of one moment.
func (c *Catalog) Products(ctx context.Context, tenant, after string, limit int) (list []Product, err error) {
	err = c.store.read(ctx, func(r *read) error {
		list, err = r.products(tenant, after, max(1, min(limit, maxListed)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return list, nil
}

func (r *read) products(tenant, after string, limit int) ([]Product, error) {
	rows, err := r.tx.QueryContext(r.ctx,
		`SELECT id, unit, scale, created FROM product WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?`, tenant, after, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(p *Product) error {
		var created int64
		err := rows.Scan(&p.ID, &p.Unit.Name, &p.Unit.Scale, &created)
		p.Tenant, p.Created = tenant, fromMillis(created)
		return err
	})
}
