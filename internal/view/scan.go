package view

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Snapshot says as of when a scan was right.
type Snapshot struct {
	// AsOf is a time at which all of it was right.
	AsOf stock.Time
	// Head is the newest record that it shows.
	Head engine.Seq
}

// Scan calls fn for every item that the query selects, ordered by product,
// location and lot, all from one snapshot of the books. PageSize and PageToken
// have no meaning here. fn's error ends the scan and is returned; while fn
// works the store keeps the snapshot, so fn must not wait for anybody.
func (l *Levels) Scan(ctx context.Context, q LevelQuery, fn func(*stock.Item) error) (Snapshot, error) {
	s := Snapshot{AsOf: l.now()}
	scan := engine.ItemScan{Tenant: q.Tenant, Location: q.Location, Product: q.Product, Low: q.Low}
	var err error
	s.Head, err = l.engine.ScanItems(ctx, scan, func(row *engine.ItemRow) error {
		it, err := stock.DecodeItem(row.Key, row.Packed)
		if err != nil {
			return fmt.Errorf("item %q at %q: %w", row.Key.Product, row.Key.Location, err)
		}
		return fn(it)
	})
	if err != nil {
		return s, fmt.Errorf("scan levels: %w", err)
	}
	return s, nil
}
