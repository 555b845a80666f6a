package retire

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// leftBehind are the transfers from the levels that a retire with move_stock_to has begun
// and left in transit, if this call is one too. Any other transfer in transit from one of
// the levels refuses the call. The books alone do not show it: between the two sides of a
// receipt, the units are nowhere in them. If the destination does not take the units, they
// come back to the level.
func (s *Chapter) leftBehind(ctx context.Context, c *kit.Call, r *holdfastv1.RetireRequest, levels []ledger.Level) (left []string, err error) {
	if s.transfers == nil {
		return nil, nil
	}
	found := map[string][]string{} // by location
	all := catalog.TransferQuery{Tenant: c.Tenant, States: []string{transfer.InTransit}, Location: r.LocationId, Limit: kit.MaxTransfersRead}
	for more := true; more; {
		page, err := s.transfers.List(ctx, all)
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			all.Before = t.Number
			if t.TransitOf(r.ProductId) > 0 {
				found[t.From] = append(found[t.From], t.ID)
			}
		}
		more = len(page) == all.Limit
	}
	own := func(id string) bool { return r.MoveStockTo != "" && strings.HasPrefix(id, clearing) }
	for i := range levels {
		l := &levels[i]
		if l.Item.Retired {
			continue // it stays so
		}
		var others []string
		for _, id := range found[l.Key.Location] {
			if own(id) {
				left = append(left, id)
			} else {
				others = append(others, id)
			}
		}
		if len(others) > 0 {
			return nil, stock.HasLeft(l.Key, others)
		}
		for _, b := range l.Item.Balances { // a step that has not ended may have taken it
			if id, sent := b.Account.Transfer(); sent && b.Qty > 0 && own(id) && !slices.Contains(left, id) {
				left = append(left, id)
			}
		}
	}
	return left, nil
}
