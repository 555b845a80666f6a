package orders

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// RelocateWrite moves a hold from one location to another.
type RelocateWrite struct{ *holdfastv1.RelocateRequest }

// Check checks the form of the request.
func (w RelocateWrite) Check(f *kit.Form) {
	f.ID("order_id", w.OrderId, kit.MaxOrder)
	f.ID("product_id", w.ProductId, kit.MaxProduct)
	f.OptionalID("from_location_id", w.FromLocationId, kit.MaxLocation)
	f.OptionalID("to_location_id", w.ToLocationId, kit.MaxLocation)
	if w.Quantity != nil || w.QuantityDecimal != "" {
		f.Quantity("quantity", w.GetQuantity(), 1, w.QuantityDecimal)
	}
}

// Ask is what the request asks of the books.
func (w RelocateWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	cmd := &stock.Relocate{
		Order: c.Order(w.OrderId), From: c.Item(w.ProductId, w.FromLocationId), To: c.Item(w.ProductId, w.ToLocationId), Note: c.Note("", ""),
	}
	a.Command = cmd
	kit.Quantity{Field: "quantity", Number: w.GetQuantity(), Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &cmd.Qty)
	return a, nil
}
