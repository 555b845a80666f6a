package engine

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Scanner reads all rows of a kind, or those that are selected.
type Scanner interface {
	// ScanItems calls fn for each item row of the scan in (tenant, product,
	// location, lot) order and returns the head they were read at, from one
	// snapshot. fn's error ends the scan and is returned. The row belongs to
	// fn, which may call the engine, but not scan.
	ScanItems(ctx context.Context, s ItemScan, fn func(*ItemRow) error) (Seq, error)

	// ScanHolds calls fn, as ScanItems does, for each hold row in no
	// particular order and returns the head they were read at, from one
	// snapshot.
	ScanHolds(ctx context.Context, s HoldScan, fn func(*HoldRow) error) (Seq, error)
}

// ItemScan selects item rows.
type ItemScan struct {
	// Tenant selects one tenant; "" with All true scans every tenant.
	Tenant string
	All    bool
	// Location and Product select one of each; "" is every.
	Location, Product string
	// Low selects the rows on the low-stock list.
	Low bool
	// Lapsed, when not 0, selects the rows that have changed by themselves by then.
	Lapsed stock.Time
	// Bucket, when not nil, selects the rows of one bucket. It may be slow.
	Bucket *stock.Bucket
	// After leaves out rows up to and including this key; its Tenant is ignored unless All.
	After *stock.ItemKey
	// Limit is the most rows to return; 0 is no limit.
	Limit int
}

// HoldScan selects hold rows.
type HoldScan struct {
	// Open leaves out holds that have ended.
	Open bool
	// Bucket, when not nil, selects the rows of one bucket. It may be slow.
	Bucket *stock.Bucket
}
