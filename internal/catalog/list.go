package catalog

import (
	"context"
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
	return result(all, err, "list products")
}
