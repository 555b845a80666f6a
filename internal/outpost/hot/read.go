package hot

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// readsMost bounds the orders that are read at once.
	readsMost = 512
	// readWithin is how long the books may take to answer.
	readWithin = 5 * time.Second
)

// Reading is what the books know of an item and of an order.
type Reading struct {
	Level ledger.Level
	Holds []*stock.Hold
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
}

// bookReader reads the books for many callers at once: each of them would read the head of the log, and look for an order that
// nobody has.
type bookReader struct{ callers *gather[wanted, Reading] }

func newBookReader(books Books) bookReader {
	return bookReader{&gather[wanted, Reading]{most: readsMost, serve: func(ctx context.Context, all []wanted) ([]Reading, error) {
		ctx, cancel := context.WithTimeout(ctx, readWithin)
		defer cancel()
		return readAll(ctx, books, all)
	}}}
}

// ReadBooks returns the level of an item and the holds of an order at a moment after the call began.
func (r bookReader) ReadBooks(ctx context.Context, item stock.ItemKey, order stock.OrderKey) (Reading, error) {
	is, err := r.callers.do(ctx, wanted{item, order})
	if err != nil {
		return Reading{}, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return is, nil
}

// knowsNot returns ErrLedger when the books have the order's line already.
func (r bookReader) knowsNot(ctx context.Context, c Reservation) error {
	is, err := r.ReadBooks(ctx, c.Item, stock.OrderKey{Tenant: c.Item.Tenant, Order: c.Order})
	if err != nil {
		return err
	}
	if is.Line() != nil {
		return ErrLedger
	}
	return nil
}

// readAll reads each item once.
func readAll(ctx context.Context, books Books, all []wanted) ([]Reading, error) {
	numbers := map[stock.ItemKey]int{}
	var items []stock.ItemKey
	orders := make([]stock.OrderKey, len(all))
	for i, w := range all {
		if _, known := numbers[w.item]; !known {
			numbers[w.item] = len(items)
			items = append(items, w.item)
		}
		orders[i] = w.order
	}
	levels, holds, err := books.ItemsAndOrders(ctx, items, orders)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, len(all))
	for i, w := range all {
		readings[i] = Reading{levels[numbers[w.item]], holds[i]}
	}
	return readings, nil
}
