package search

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// besideOf is the first part of the name of an index that will replace this one.
func besideOf(index string) string { return index + "_hf" }

// leftovers are the indexes that rebuilds of an index have left behind, and whether the index itself
// exists.
func leftovers(names []string, index, beside string) (old []string, there bool) {
	for _, name := range names {
		epoch, is := strings.CutPrefix(name, besideOf(index))
		_, err := strconv.ParseInt(epoch, 10, 64)
		switch {
		case name == index:
			there = true
		case is && err == nil && name != beside:
			old = append(old, name)
		}
	}
	return old, there
}

// Rebuild fills the index again. For an index of the sink's own it fills a new one and then
// replaces the live one. The new index has a name of this epoch, so a relay that has lost the
// sink never replaces the live index by an incomplete one. An index of others gets all present
// figures.
func (l *leaf) Rebuild(ctx context.Context) (refused, err error) {
	index := l.index
	if l.create {
		index = besideOf(l.index) + strconv.FormatInt(l.epoch, 10)
		if err := l.engine.begin(ctx, l.index, index); err != nil {
			return nil, err
		}
	}
	var batch []document
	store := func() error {
		for _, err := range write(ctx, l.engine, index, batch, l.create) {
			switch {
			case errors.Is(err, relay.ErrRejected):
				refused = err
			case err != nil:
				return err
			}
		}
		batch = batch[:0]
		return nil
	}
	for at, err := range l.products(ctx) {
		if err != nil {
			return refused, fmt.Errorf("read the stock: %w", err)
		}
		d, err := l.documentOf(at[0].ProductID, at, l.filter.LocationIDs)
		if err != nil {
			return refused, err
		}
		if batch = append(batch, d); len(batch) == mostDocuments {
			if err := store(); err != nil {
				return refused, err
			}
		}
	}
	if err := store(); err != nil || !l.create {
		return refused, err
	}
	return refused, l.engine.swap(ctx, l.index, index)
}

// products yields the items of one product after the other, for the products of the sink.
func (l *leaf) products(ctx context.Context) iter.Seq2[[]client.Inventory, error] {
	return func(yield func([]client.Inventory, error) bool) {
		var one []client.Inventory
		for item, err := range l.stock.AllStock(ctx) {
			switch {
			case err != nil:
				yield(nil, err)
				return
			case len(l.filter.ProductIDs) > 0 && !slices.Contains(l.filter.ProductIDs, item.ProductID):
				continue
			case len(one) > 0 && one[0].ProductID != item.ProductID:
				if !yield(one, nil) {
					return
				}
				one = nil
			}
			one = append(one, item)
		}
		if len(one) > 0 {
			yield(one, nil)
		}
	}
}
