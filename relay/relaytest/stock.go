package relaytest

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/client"
)

// Stock books the quantity of a product at a location.
func (b *Books) Stock(product, location string, available int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stock == nil {
		b.stock = map[string]map[string]int64{}
	}
	if b.stock[product] == nil {
		b.stock[product] = map[string]int64{}
	}
	b.stock[product][location] = available
	id := "0-" + strconv.Itoa(len(b.events)+1) + "-0-0"
	b.events = append(b.events, client.Event{Position: id, Type: "adjust", At: time.Now(), ProductID: product, LocationID: location, AvailableStock: available})
	b.tell()
}

// Product is the stock of a product by location.
func (b *Books) Product(_ context.Context, product string) ([]client.Inventory, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.levels(product), nil
}

// levels are the stock of a product. The version is the number of events about the item.
func (b *Books) levels(product string) (all []client.Inventory) {
	for _, location := range slices.Sorted(maps.Keys(b.stock[product])) {
		i := client.Inventory{ProductID: product, LocationID: location, AvailableStock: b.stock[product][location], Status: client.InStock}
		if i.AvailableStock == 0 {
			i.Status = client.SoldOut
		}
		for n := range b.events {
			if b.events[n].ProductID == product && b.events[n].LocationID == location {
				i.Version++
			}
		}
		all = append(all, i)
	}
	return all
}

// AllStock is the stock of everything, each product in its state when it is read.
func (b *Books) AllStock(context.Context) iter.Seq2[client.Inventory, error] {
	return func(yield func(client.Inventory, error) bool) {
		for _, product := range b.Products() {
			all, _ := b.Product(context.Background(), product)
			for _, i := range all {
				if !yield(i, nil) {
					return
				}
			}
		}
	}
}

// Products are the products that have stock.
func (b *Books) Products() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.stock))
}

// Rebuild asks the relay to refill the index behind the sink.
func (b *Books) Rebuild() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sink.Rebuild, b.sink.Position, b.owner, b.parked = true, strconv.Itoa(len(b.events)), "", nil
	b.sink.Epoch++
	b.tell()
}

// Rebuilding reports whether a rebuild was requested and is not done. It is for Until.
func (b *Books) Rebuilding() bool { return b.sink.Rebuild }
