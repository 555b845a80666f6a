package orders

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// ChangeWrite sets what lines of an order hold.
type ChangeWrite struct{ *holdfastv1.ChangeOrderRequest }

// Check checks the form of the request.
func (w ChangeWrite) Check(f *kit.Form) {
	f.ID("order_id", w.OrderId, kit.MaxOrder)
	if w.TtlSeconds != nil {
		f.RequireRange("ttl_seconds", w.GetTtlSeconds(), 1, kit.MaxTTL)
	}
	if len(w.Items) == 0 || len(w.Items) > kit.MaxItems {
		f.Refuse("items", "must have 1 to "+kit.Itoa(kit.MaxItems)+" elements")
	}
	if len(w.Expected) > kit.MaxItems {
		f.Refuse("expected", "must have at most "+kit.Itoa(kit.MaxItems)+" elements")
	}
	for i, it := range w.Items[:min(len(w.Items), kit.MaxItems)] {
		f.Enter("items", i)
		f.ID("product_id", it.GetProductId(), kit.MaxProduct)
		f.OptionalID("location_id", it.GetLocationId(), kit.MaxLocation)
		f.OptionalID("channel_id", it.GetChannelId(), kit.MaxChannel)
		f.Lot("lot", it.GetLot())
		toHold(f, it.GetQuantityDecimal(), it.Quantity)
	}
	for i, e := range w.Expected[:min(len(w.Expected), kit.MaxItems)] {
		f.Enter("expected", i)
		f.ID("product_id", e.GetProductId(), kit.MaxProduct)
		f.OptionalID("location_id", e.GetLocationId(), kit.MaxLocation)
		toHold(f, "", e.Quantity)
	}
}

// toHold refuses a missing quantity, because it would return all units.
func toHold(f *kit.Form, decimal string, n *int64) { f.ToHave("quantity", decimal, n) }

// Ask is what the request asks of the books.
func (w ChangeWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	if err := c.BoundTTL(w.GetTtlSeconds()); err != nil {
		return a, err
	}
	cmd := &stock.Change{
		Order: c.Order(w.OrderId), Replace: w.Replace, TTL: stock.Time(w.GetTtlSeconds() * 1000), Note: c.Note("", ""),
		Lines: make([]stock.Wanted, len(w.Items)),
	}
	a.Command, a.AnyLocation = cmd, !slices.ContainsFunc(w.Items, func(it *holdfastv1.ChangeItem) bool { return it.GetLocationId() != "" })
	for i, it := range w.Items {
		l, q := &cmd.Lines[i], kit.Quantity{Field: "items[" + kit.Itoa(i) + "].quantity", Number: it.GetQuantity(), Decimal: it.QuantityDecimal, Least: 0}
		l.Item, l.Channel = c.Item(it.ProductId, it.LocationId), it.ChannelId
		q.IntoLine(&a, i, &l.Qty)
		if l.Lot, err = kit.LotOf(it.Lot); err != nil {
			return a, err
		}
	}
	for _, e := range w.Expected {
		cmd.Expected = append(cmd.Expected, stock.Expected{Item: c.Item(e.ProductId, e.LocationId), Qty: stock.Qty(e.GetQuantity())})
	}
	return a, nil
}

// change carries it out and shows the reservations of the call.
func (s *Chapter) change(ctx context.Context, c *kit.Call, w ChangeWrite) (*holdfastv1.ChangeOrderResponse, error) {
	o, err := s.core.WriteOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	reservations, err := s.core.Reservations(ctx, o)
	return &holdfastv1.ChangeOrderResponse{OrderId: w.OrderId, Reservations: reservations}, err
}
