package main

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// atlas gives the ledger the places of buckets, from the catalog.
type atlas struct{ directory *catalog.Catalog }

func (a atlas) Bucket(ctx context.Context, k stock.ItemKey) (stock.Bucket, error) {
	spread, err := a.directory.Spread(ctx, k.Tenant, k.Location)
	if err != nil && !errors.Is(err, catalog.ErrUnknown) {
		return 0, err
	}
	if spread {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product), nil
	}
	return stock.BucketOf(k.Tenant, k.Location), nil
}

func (a atlas) Slot(b stock.Bucket) uint16 { return a.directory.Slots.SlotOf(b) }

// Renew reads the stored map.
func (a atlas) Renew(ctx context.Context) error {
	_, err := a.directory.Slots.FreshLayout(ctx)
	if errors.Is(err, catalog.ErrNoLayout) {
		return nil
	}
	return err
}

// whereabouts gives replicas the places of items, by the catalog's map.
type whereabouts struct{ atlas }

// SlotOf is the slot of an item.
func (w whereabouts) SlotOf(ctx context.Context, k stock.ItemKey) (uint16, error) {
	b, err := w.Bucket(ctx, k)
	return w.Slot(b), err
}

// Map is the version of the map and its slots; none before there is a map, which is the
// only error of Layout.
func (w whereabouts) Map() (version int64, slots int) {
	layout, err := w.directory.Slots.Layout(context.Background())
	if err != nil {
		return 0, 0
	}
	return layout.Version, len(layout.Slots)
}

// Since is the record that a copy of the slot must have reached to have all buckets of the
// map, 0 when the map does not know the slot.
func (w whereabouts) Since(slot uint16) engine.Seq {
	layout, err := w.directory.Slots.Layout(context.Background())
	if err != nil {
		return 0
	}
	place, _ := layout.Place(slot)
	return engine.Seq(place.Since)
}
