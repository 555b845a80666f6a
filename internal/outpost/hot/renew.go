package hot

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// Renew gives all units of the item back to the ledger, and takes them anew. The journal has the
// note, and callers that remember what is available learn that it may have changed.
func (r *Road) Renew(ctx context.Context, k stock.ItemKey, note stock.Note) error {
	l, err := r.known.look(ctx, k)
	if err != nil {
		return err
	}
	if err := r.off(ctx, k, note); err != nil {
		return err
	}
	return r.On(ctx, k, l.Floor)
}
