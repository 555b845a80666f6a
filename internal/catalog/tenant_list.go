package catalog

import (
	"context"
	"time"
)

// ListedTenant is a tenant as a list shows it.
type ListedTenant struct {
	ID        string
	Created   time.Time
	ValidKeys int
}

// Tenants lists at most so many tenants, those after the id, by id.
func (c *tenants) Tenants(ctx context.Context, after string, limit int) ([]ListedTenant, error) {
	all, err := look(ctx, c.store, func(r *read) ([]ListedTenant, error) {
		return list(r, func(scan func(...any) error, t *ListedTenant) error {
			var created int64
			err := scan(&t.ID, &created, &t.ValidKeys)
			t.Created = fromMillis(created)
			return err
		}, `SELECT t.id, t.created, (SELECT count(*) FROM {api_key} k WHERE k.tenant = t.id AND k.revoked = 0)
			FROM {tenant} t WHERE t.id > ? ORDER BY t.id LIMIT ?`, after, limit)
	})
	return result(all, err, "list tenants")
}
