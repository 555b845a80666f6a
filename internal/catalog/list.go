package catalog

import (
	"context"
	"fmt"
)

// maxListed bounds one page of a list.
const maxListed = 10_000

// Products lists a tenant's products by id, behind after ("" starts), up to
// limit of them, as of one moment.
func (c *Catalog) Products(ctx context.Context, tenant, after string, limit int) ([]Product, error) {
	if !storable(after) {
		return nil, &InvalidError{Field: "after", Reason: "must be valid UTF-8"}
	}
	all, err := look(ctx, c.store, func(r *read) ([]Product, error) { return readProducts(r, tenant, after, pageSize(limit)) })
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return all, nil
}

func readProducts(r *read, tenant, after string, limit int) ([]Product, error) {
	if !storable(tenant) {
		return nil, nil
	}
	return list(r, func(scan func(...any) error, p *Product) error {
		var created int64
		err := scan(&p.ID, &p.Unit.Name, &p.Unit.Scale, &created)
		p.Tenant, p.Created = tenant, fromMillis(created)
		return err
	}, `SELECT id, unit, scale, created FROM {product} WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?`, tenant, after, limit)
}
