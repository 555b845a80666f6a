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
	// Sinks and Sources are those of all tenants, with how much each has parked.
	Sinks   []ExaminedSink
	Sources []ExaminedSource
}

// ExaminedSink is a sink, and how many events it has parked.
type ExaminedSink struct {
	Sink
	Parked int64
}

// ExaminedSource is a source, and how many messages it has parked.
type ExaminedSource struct {
	Source
	Parked int64
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
		if _, err := r.readRow(`SELECT count(*) FROM {tenant}`, nil, &x.Tenants); err != nil {
			return fmt.Errorf("read tenants: %w", err)
		}
		return x.examineFeed(r)
	})
	return x, err
}

// examineFeed reads the sinks and the sources.
func (x *Examination) examineFeed(r *read) error {
	const living = `NOT gone ORDER BY tenant, id`
	sinks, err := sinkKind.find(r, living)
	if err != nil {
		return fmt.Errorf("read sinks: %w", err)
	}
	for _, s := range sinks {
		n, err := parkedBy(r, s.Tenant, s.Name)
		if err != nil {
			return err
		}
		x.Sinks = append(x.Sinks, ExaminedSink{s, n})
	}
	sources, err := sourceKind.find(r, living)
	if err != nil {
		return fmt.Errorf("read sources: %w", err)
	}
	for _, s := range sources {
		n, err := parkedBy(r, s.Tenant, s.owner())
		if err != nil {
			return err
		}
		x.Sources = append(x.Sources, ExaminedSource{s, n})
	}
	return nil
}

// parkedBy is how much a sink or a source has parked.
func parkedBy(r *read, tenant, owner string) (n int64, err error) {
	if _, err := r.readRow(`SELECT count(*) FROM {document} WHERE kind = ? AND tenant = ? AND parent = ?`+livingStates, []any{parkedKind.name, tenant, owner}, &n); err != nil {
		return 0, fmt.Errorf("count what is parked: %w", err)
	}
	return n, nil
}
