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
	// Sinks are those of all tenants, and Parked how many events each has parked.
	Sinks  []Sink
	Parked []int64
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
		if x.Sinks, err = sinkKind.find(r, `NOT gone ORDER BY tenant, id`); err != nil {
			return fmt.Errorf("read sinks: %w", err)
		}
		x.Parked = make([]int64, len(x.Sinks))
		for i := range x.Sinks {
			if _, err := r.one(`SELECT count(*) FROM {document} WHERE kind = ? AND tenant = ? AND parent = ?`+livingStates,
				[]any{parkedKind.name, x.Sinks[i].Tenant, x.Sinks[i].Name}, &x.Parked[i]); err != nil {
				return fmt.Errorf("count parked events: %w", err)
			}
		}
		return nil
	})
	return x, err
}
