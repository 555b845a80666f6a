package outpost

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Ask gives a till at once the units that it needs for an order, as far as the pool has
// them. It returns the units of those products that the till has afterwards.
func (d *Desk) Ask(ctx context.Context, tenant, till string, wanted []Wanted) ([]Units, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return nil, err
	}
	epoch, err := numberOf("epoch", t.Epoch)
	if err != nil {
		return nil, err
	}
	keys := make([]stock.ItemKey, len(wanted))
	for i, w := range wanted {
		keys[i] = stock.ItemKey{Tenant: tenant, Location: t.Location, Product: w.Product}
	}
	levels, at, err := d.books.Items(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what till %q asks for: %w", till, err)
	}
	var commands []stock.Command
	for i := range levels {
		it := levels[i].Item
		if it == nil || wanted[i].Units <= 0 || it.Key.Lot != "" {
			continue
		}
		pool, has := drawable(it, &t, at), it.InEscrow(till)
		to := has + min(stock.Qty(wanted[i].Units), pool)
		if sharesNothing(&t) {
			to = max(to, shareOf([]catalog.Till{t}, 0, pool+has, stock.Qty(t.Floor)))
		}
		commands = append(commands, stock.Grant{
			Item: it.Key, Bucket: it.Bucket, Holder: till, Epoch: epoch, To: to, Channel: t.Channel, Note: stock.Note{Operator: "till:" + till},
		})
	}
	for _, res := range ledger.SubmitEscrow(ctx, d.books, commands...) {
		var r *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &r) {
			return nil, res.Err
		}
	}
	if levels, _, err = d.books.Items(ctx, keys); err != nil {
		return nil, fmt.Errorf("read what till %q got: %w", till, err)
	}
	units := []Units{}
	for i := range levels {
		if levels[i].Item != nil {
			units = append(units, unitsOf(levels[i].Item, &t))
		}
	}
	return units, nil
}

// sharesNothing reports whether the till's share does not depend on other tills.
func sharesNothing(t *catalog.Till) bool {
	return !t.Left.Percent && !t.Left.Floor && !t.Left.Ceiling
}

func invalid(field, format string, args ...any) *stock.Refusal {
	return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: fmt.Sprintf(format, args...)}
}
