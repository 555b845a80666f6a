package server

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// relocateWrite moves a hold from one location to another.
type relocateWrite struct{ *holdfastv1.RelocateRequest }

func (w relocateWrite) check(f *requestForm) {
	f.id("order_id", w.OrderId, maxOrder)
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("from_location_id", w.FromLocationId, maxLocation)
	f.optionalID("to_location_id", w.ToLocationId, maxLocation)
	if w.Quantity != nil || w.QuantityDecimal != "" {
		f.quantity("quantity", w.GetQuantity(), 1, w.QuantityDecimal)
	}
}

func (w relocateWrite) ask(c *call) (a intake.Ask, err error) {
	cmd := &stock.Relocate{
		Order: c.order(w.OrderId), From: c.item(w.ProductId, w.FromLocationId), To: c.item(w.ProductId, w.ToLocationId), Note: c.note("", ""),
	}
	a.Command = cmd
	quantity{"quantity", w.GetQuantity(), w.QuantityDecimal, 1}.fillCommand(&a, &cmd.Qty)
	return a, nil
}
