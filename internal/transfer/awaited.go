package transfer

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// awaited refuses a receipt for an order that waits for nothing of it. If the order no
// longer waits by the time that the units are booked, they are received as usual.
func (x *Transfers) awaited(ctx context.Context, t *Transfer, s *Step) (*stock.Refusal, error) {
	order := stock.OrderKey{Tenant: t.Tenant, Order: s.For}
	holds, now, err := x.books.Order(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("read order %q that a receipt is for: %w", s.For, err)
	}
	if len(holds) == 0 {
		return stock.UnknownOrder(order), nil
	}
	for _, m := range s.Lines {
		item := stock.ItemKey{Tenant: t.Tenant, Location: t.To, Product: t.Lines[m.Line].Product}
		if _, l := stock.LineOf(holds, item); l != nil && m.Qty+m.Surplus > 0 {
			if l := l.At(now); l.End == stock.Open && l.Waiting() > 0 {
				return nil, nil
			}
		}
	}
	return t.refuse("order %q does not wait for any product of the receipt at location %q: receive it without for_order_id", s.For, t.To), nil
}
