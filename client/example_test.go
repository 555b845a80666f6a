package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// An order reserves its units, is paid, and takes them along.
func Example() {
	shop, done := shopForExample() // client.New("stock.example:8081", client.WithKey(key))
	defer done()
	ctx := context.Background()

	if _, err := shop.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}); err != nil {
		panic(err)
	}
	order, err := shop.Reserve(ctx, client.Reserve{OrderID: "o-1", ProductID: "mug", Quantity: 4, TTL: 15 * time.Minute})
	if err != nil {
		panic(err)
	}
	fmt.Println(order.Reservations[0].Quantity, "held")

	order, err = shop.Deduct(ctx, client.Deduct{OrderID: "o-1"})
	if err != nil {
		panic(err)
	}
	fmt.Println(order.Reservations[0].Deducted, "left with the order, which is", order.Reservations[0].State)
	// Output:
	// 4 held
	// 4 left with the order, which is confirmed
}

// A refusal names the items with too few units.
func ExampleError() {
	shop, done := shopForExample()
	defer done()
	ctx := context.Background()
	if _, err := shop.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 6}); err != nil {
		panic(err)
	}

	_, err := shop.Reserve(ctx, client.Reserve{OrderID: "o-2", ProductID: "mug", Quantity: 7})
	var refused *client.Error
	if errors.Is(err, client.ErrInsufficientStock) && errors.As(err, &refused) {
		for _, s := range refused.Shortages {
			fmt.Printf("%s: %d of %d\n", s.ProductID, s.Available, s.Requested)
		}
	}
	// Output: mug: 6 of 7
}

// All lines of an order are held, or none.
func ExampleClient_Reserve() {
	shop, done := shopForExample()
	defer done()
	ctx := context.Background()
	for product, stock := range map[string]int64{"mug": 10, "plate": 1} {
		if _, err := shop.Create(ctx, client.Create{ProductID: product, AvailableStock: stock}); err != nil {
			panic(err)
		}
	}

	items := []client.Item{{ProductID: "mug", Quantity: 2}, {ProductID: "plate", Quantity: 2}}
	_, err := shop.Reserve(ctx, client.Reserve{OrderID: "o-1", Items: items})
	fmt.Println("whole:", errors.Is(err, client.ErrInsufficientStock))

	order, err := shop.Reserve(ctx, client.Reserve{OrderID: "o-1", Items: items, Partial: true})
	if err != nil {
		panic(err)
	}
	for _, r := range order.Reservations {
		fmt.Println("in part:", r.Quantity, r.ProductID)
	}
	// Output:
	// whole: true
	// in part: 2 mug
	// in part: 1 plate
}

// A correction that depends on the present stock is made from exactly that stock.
func ExampleClient_CompareAndAdjust() {
	shop, done := shopForExample()
	defer done()
	ctx := context.Background()
	if _, err := shop.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 7}); err != nil {
		panic(err)
	}

	item, err := shop.CompareAndAdjust(ctx, "mug", "", func(now client.Inventory) (client.Adjust, error) {
		return client.Adjust{Delta: -(now.AvailableStock % 6), Reason: "full boxes only"}, nil
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(item.AvailableStock)
	// Output: 6
}

// Commands in a list go in one call.
func ExampleClient_Batch() {
	shop, done := shopForExample()
	defer done()

	results, err := shop.Batch(context.Background(),
		client.Create{ProductID: "mug", AvailableStock: 3},
		client.Reserve{OrderID: "o-1", ProductID: "mug", Quantity: 2},
		client.Reserve{OrderID: "o-2", ProductID: "mug", Quantity: 2},
	)
	if err != nil {
		panic(err)
	}
	for _, r := range results {
		fmt.Println(r.Err == nil)
	}
	// Output:
	// true
	// true
	// false
}

// A list is read to its end, page by page.
func ExampleClient_AllStock() {
	shop, done := shopForExample()
	defer done()
	ctx := context.Background()
	for _, product := range []string{"cup", "mug", "plate"} {
		if _, err := shop.Create(ctx, client.Create{ProductID: product, AvailableStock: 1}); err != nil {
			panic(err)
		}
	}

	for item, err := range shop.AllStock(ctx, client.List{PageSize: 2}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(item.ProductID, item.AvailableStock)
	}
	// Output:
	// cup 1
	// mug 1
	// plate 1
}
