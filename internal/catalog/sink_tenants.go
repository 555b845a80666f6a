package catalog

import "context"

// Tenants returns the tenants that have sinks.
func (d Sinks) Tenants(ctx context.Context) ([]string, error) {
	all, err := look(ctx, d.store, func(r *read) ([]string, error) {
		return list(r, func(scan func(...any) error, id *string) error { return scan(id) },
			`SELECT t.id FROM {tenant} t WHERE EXISTS (SELECT 1 FROM {document} d WHERE d.tenant = t.id AND d.kind = ? AND NOT d.gone) ORDER BY t.id`, sinkKind.name)
	})
	return all, during(err, "find tenants with sinks")
}
