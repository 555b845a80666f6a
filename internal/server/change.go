package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// changeWrite sets what lines of an order hold.
type changeWrite struct{ *holdfastv1.ChangeOrderRequest }

func (w changeWrite) check(f *requestForm) {
	f.id("order_id", w.OrderId, maxOrder)
	if w.TtlSeconds != nil {
		f.requireRange("ttl_seconds", w.GetTtlSeconds(), 1, maxTTL)
	}
	if len(w.Items) == 0 || len(w.Items) > maxItems {
		f.refuse("items", "must have 1 to "+itoa(maxItems)+" elements")
	}
	if len(w.Expected) > maxItems {
		f.refuse("expected", "must have at most "+itoa(maxItems)+" elements")
	}
	for i, it := range w.Items[:min(len(w.Items), maxItems)] {
		f.enter("items", i)
		f.id("product_id", it.GetProductId(), maxProduct)
		f.optionalID("location_id", it.GetLocationId(), maxLocation)
		f.optionalID("channel_id", it.GetChannelId(), maxChannel)
		f.lot("lot", it.GetLot())
		f.toHold(it.GetQuantityDecimal(), it.Quantity)
	}
	for i, e := range w.Expected[:min(len(w.Expected), maxItems)] {
		f.enter("expected", i)
		f.id("product_id", e.GetProductId(), maxProduct)
		f.optionalID("location_id", e.GetLocationId(), maxLocation)
		f.toHold("", e.Quantity)
	}
}

// toHold refuses a missing quantity, because it would return all units.
func (f *requestForm) toHold(decimal string, n *int64) { f.toHave("quantity", decimal, n) }

func (w changeWrite) ask(c *call) (a intake.Ask, err error) {
	if err := c.boundTTL(w.GetTtlSeconds()); err != nil {
		return a, err
	}
	cmd := &stock.Change{
		Order: c.order(w.OrderId), Replace: w.Replace, TTL: stock.Time(w.GetTtlSeconds() * 1000), Note: c.note("", ""),
		Lines: make([]stock.Wanted, len(w.Items)),
	}
	a.Command, a.AnyLocation = cmd, !slices.ContainsFunc(w.Items, func(it *holdfastv1.ChangeItem) bool { return it.GetLocationId() != "" })
	for i, it := range w.Items {
		l, q := &cmd.Lines[i], quantity{"items[" + itoa(i) + "].quantity", it.GetQuantity(), it.QuantityDecimal, 0}
		l.Item, l.Channel = c.item(it.ProductId, it.LocationId), it.ChannelId
		q.intoLine(&a, i, &l.Qty)
		if l.Lot, err = lotOf(it.Lot); err != nil {
			return a, err
		}
	}
	for _, e := range w.Expected {
		cmd.Expected = append(cmd.Expected, stock.Expected{Item: c.item(e.ProductId, e.LocationId), Qty: stock.Qty(e.GetQuantity())})
	}
	return a, nil
}

// change carries it out and shows the reservations of the call.
func (s *orderChapter) change(ctx context.Context, c *call, w changeWrite) (*holdfastv1.ChangeOrderResponse, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.reservations(ctx, o)
	return &holdfastv1.ChangeOrderResponse{OrderId: w.OrderId, Reservations: reservations}, err
}
