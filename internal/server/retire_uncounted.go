package server

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// errEnough ends a scan.
var errEnough = errors.New("enough was seen")

// heldUncounted refuses levels that orders hold units of and that count none: no figure of the item
// shows those.
func (s *retireChapter) heldUncounted(ctx context.Context, c *call, levels []ledger.Level) error {
	if s.held == nil {
		return nil
	}
	for i := range levels {
		l := &levels[i]
		if l.Item.Tracked || l.Item.Retired {
			continue
		}
		var orders []string
		q := view.ReservationQuery{Tenant: c.tenant, Product: l.Key.Product, Location: l.Key.Location}
		_, err := s.held.Scan(ctx, q, func(r *view.Reservation) error {
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
