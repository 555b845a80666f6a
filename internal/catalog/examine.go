package catalog

import (
	"context"
	"fmt"
)

// Examination is what Examine sees of a catalog.
type Examination struct {
	Schema Schema
	// Tenants, Keys and Admins are how many tenants there are, how many valid
	// keys they have, and how many of these may do everything. They are only
	// filled when the schema is current.
	Tenants, Keys, Admins int
}

// Examine looks at the catalog in the database that dsn names (see Open). It
// changes nothing, whether or not a process works on it.
func Examine(ctx context.Context, dsn string) (x Examination, err error) {
	d, err := readyDatabase(dsn, false)
	if err != nil {
		return x, err
	}
	db, err := d.pool(examining)
	if err != nil {
		return x, err
	}
	defer db.Close()
	if x.Schema, err = d.schema(ctx, db); err != nil || !x.Schema.Current() {
		return x, err
	}
	s := &store{database: d, readers: db}
	err = s.read(ctx, func(r *read) error {
		keys, err := readAllKeys(r)
		if err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		for _, k := range keys {
			if !k.Valid() {
				continue
			}
			x.Keys++
			if k.Scopes.Allow(ScopeAdmin) {
				x.Admins++
			}
		}
		if _, err := r.one(`SELECT count(*) FROM {tenant}`, nil, &x.Tenants); err != nil {
			return fmt.Errorf("read tenants: %w", err)
		}
		return nil
	})
	return x, err
}
