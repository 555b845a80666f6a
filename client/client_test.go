package client_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"holdfast.dev/holdfast/client"
)

// Many goroutines that reserve one by one never sell a unit twice.
func TestManyCallersSellEachUnitOnce(t *testing.T) {
	t.Parallel()
	const units, callers, each = 500, 64, 20
	c := newShop(t)
	ctx := t.Context()
	if _, err := c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: units}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	sold, refused := 0, 0
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			for n := range each {
				order, err := c.Reserve(ctx, client.Reserve{OrderID: fmt.Sprintf("o-%d-%d", id, n), ProductID: "mug", Quantity: 1})
				mu.Lock()
				switch {
				case err == nil && order.Reservations[0].Quantity == 1:
					sold++
				case errors.Is(err, client.ErrInsufficientStock):
					refused++
				default:
					t.Errorf("order %d-%d: %+v %v", id, n, order, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if sold != units || refused != callers*each-units {
		t.Errorf("%d orders were served and %d refused, want %d and %d", sold, refused, units, callers*each-units)
	}
	p, err := c.Product(ctx, "mug")
	if err != nil || p.ReservedStock != units || p.AvailableStock != 0 {
		t.Errorf("the shelf shows %+v %v", p, err)
	}
}
