package hot

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// readsMost bounds the orders that are read at once.
	readsMost = 512
	// readWithin is how long the books may take to answer.
	readWithin = 5 * time.Second
)

// Reading is what the books know of an item, of an order and of a key.
type Reading struct {
	Level ledger.Level
	Holds []*stock.Hold
	Used  bool // the key
}

// Line returns the order's line of the item, nil when the books do not have it.
func (r *Reading) Line() *stock.Line {
	_, line := stock.LineOf(r.Holds, r.Level.Key)
	return line
}

// wanted names what one caller wants to read.
type wanted struct {
	item  stock.ItemKey
	order stock.OrderKey
	key   engine.KeyID // zero: none
}

// bookReader reads the books for many callers at once: each of them would read the head of the log, and look for an order that
// nobody has.
type bookReader struct{ callers *gather[wanted, Reading] }

func newBookReader(books Ledger) bookReader {
	return bookReader{&gather[wanted, Reading]{most: readsMost, serve: func(ctx context.Context, all []wanted) ([]Reading, error) {
		ctx, cancel := context.WithTimeout(ctx, readWithin)
		defer cancel()
		return readAll(ctx, books, all)
	}}}
}

// ReadBooks returns the level of an item, the holds of an order, and whether a key was used, at a moment after the call began.
func (r bookReader) ReadBooks(ctx context.Context, item stock.ItemKey, order stock.OrderKey, key KeyUse) (Reading, error) {
	is, err := r.callers.do(ctx, wanted{item, order, key.ID})
	if err != nil {
		return Reading{}, databaseError(err)
	}
	return is, nil
}

// knowsNot returns ErrLedger when the books have the order's line already.
func (r bookReader) knowsNot(ctx context.Context, c Reservation) error {
	is, err := r.ReadBooks(ctx, c.Item, stock.OrderKey{Tenant: c.Item.Tenant, Order: c.Order}, KeyUse{})
	if err != nil {
		return err
	}
	if is.Line() != nil {
		return ErrLedger
	}
	return nil
}

// readAll reads each item once.
func readAll(ctx context.Context, books Ledger, all []wanted) ([]Reading, error) {
	numbers := map[stock.ItemKey]int{}
	var items []stock.ItemKey
	orders := make([]stock.OrderKey, len(all))
	var keys []engine.KeyID
	for i, w := range all {
		if _, known := numbers[w.item]; !known {
			numbers[w.item] = len(items)
			items = append(items, w.item)
		}
		if orders[i] = w.order; w.key != (engine.KeyID{}) {
			keys = append(keys, w.key)
		}
	}
	f, err := books.Facts(ctx, items, orders, keys)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, len(all))
	for i, w := range all {
		readings[i] = Reading{Level: f.Levels[numbers[w.item]], Holds: f.Holds[i]}
		if w.key != (engine.KeyID{}) {
			readings[i].Used, f.Used = f.Used[0], f.Used[1:]
		}
	}
	return readings, nil
}
