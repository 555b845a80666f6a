package relay

import (
	"context"
	"iter"

	"holdfast.dev/holdfast/client"
)

// Stock is for leaves that write a state and not events. What it returns is at least as
// new as every event that was delivered before the call.
type Stock interface {
	// Product is the stock of a product at all its locations, none when it has none.
	Product(ctx context.Context, productID string) ([]client.Inventory, error)
	// AllStock is the stock of everything, ordered by product. An error is its last yield.
	AllStock(ctx context.Context) iter.Seq2[client.Inventory, error]
}

// mostPage is how many items a page of the stock has at most.
const mostPage = 500

// Product reads the stock of a product.
func (r remote) Product(ctx context.Context, productID string) ([]client.Inventory, error) {
	p, err := r.inventory.Product(ctx, productID)
	if err != nil {
		return nil, err
	}
	return p.Locations, nil
}

// AllStock reads all stock, page by page.
func (r remote) AllStock(ctx context.Context) iter.Seq2[client.Inventory, error] {
	return r.inventory.AllStock(ctx, client.List{PageSize: mostPage})
}
