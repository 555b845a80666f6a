package retire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// errEnough ends a scan.
var errEnough = errors.New("enough was seen")

// closeUncounted takes levels that count no units off sale, and then looks for orders that hold some: an
// order that comes in between is found, or refused. resume puts the levels on sale again; a refusal has
// called it.
func (s *Chapter) closeUncounted(ctx context.Context, c *kit.Call, levels []ledger.Level) (resume func(), err error) {
	resume = func() {}
	if err := s.heldUncounted(ctx, c, levels); err != nil || s.core.Held == nil {
		return resume, err
	}
	var on []stock.ItemKey
	for i := range levels {
		if it := levels[i].Item; !it.Tracked && !it.Retired && it.OnSale {
			on = append(on, it.Key)
		}
	}
	if len(on) == 0 {
		return resume, nil
	}
	resume = func() { s.resumeSale(ctx, c, on) }
	if err = s.switchSale(ctx, c, on, false); err == nil {
		err = s.heldUncounted(ctx, c, levels)
	}
	if err != nil {
		resume()
	}
	return resume, err
}

// heldUncounted refuses levels that orders hold units of and that count none: no figure of the item
// shows those.
func (s *Chapter) heldUncounted(ctx context.Context, c *kit.Call, levels []ledger.Level) error {
	if s.core.Held == nil {
		return nil
	}
	for i := range levels {
		l := &levels[i]
		if l.Item.Tracked || l.Item.Retired {
			continue
		}
		var orders []string
		q := view.ReservationQuery{Tenant: c.Tenant, Product: l.Key.Product, Location: l.Key.Location}
		_, err := s.core.Held.Scan(ctx, q, func(r *view.Reservation) error {
			if orders = append(orders, fmt.Sprintf("%q", r.Order)); len(orders) > stock.MaxNamed {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if len(orders) == 0 {
			continue
		}
		more := ""
		if len(orders) > stock.MaxNamed {
			orders, more = orders[:stock.MaxNamed], " and others"
		}
		return l.Key.RefuseInUse("it is held for order " + strings.Join(orders, ", ") + more + ": deduct or release them first")
	}
	return nil
}
