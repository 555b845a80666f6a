package outpost

import (
	"context"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// TillDetails are the details of products for shoppers, as the till stores them
// (catalog.ProductDetails).
type TillDetails interface {
	// Set is no change of those that are the same.
	Set(ctx context.Context, tenant string, set []catalog.Details) ([]catalog.Details, error)
}

// detailsEvery is how often a till that is connected reads the details of products.
const detailsEvery = 5 * time.Minute

// mirror copies the details of products for shoppers from the centre, when the line
// comes up and from time to time. Details that the centre does not have stay as the till
// has them.
func (t *Till) mirror(ctx context.Context) error {
	for {
		err := t.line.AllDetails(ctx, func(details []catalog.Details) error {
			_, err := t.details.Set(ctx, localTenant, details)
			return err
		})
		if err != nil {
			return fmt.Errorf("bring the details of products: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(t.pause(detailsEvery)):
		}
	}
}
