package catalog

import "context"

// Tenants returns the tenants that have sinks or sources.
func (d Relays) Tenants(ctx context.Context) ([]string, error) {
	all, err := look(ctx, d.store, func(r *read) ([]string, error) {
		return list(r, func(scan func(...any) error, id *string) error { return scan(id) },
			`SELECT t.id FROM {tenant} t WHERE EXISTS (SELECT 1 FROM {document} d WHERE d.tenant = t.id AND d.kind IN (?, ?) AND NOT d.gone) ORDER BY t.id`, sinkKind.name, sourceKind.name)
	})
	return all, during(err, "find tenants with sinks or sources")
}
