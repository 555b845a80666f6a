// Package items shows, changes, checks and finds the stock of items.
package items

import (
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// Inventory keeps the stock of items.
type Inventory struct {
	core *kit.Core
}

// NewInventory returns the chapter Inventory.
func NewInventory(core *kit.Core) *Inventory {
	return &Inventory{core}
}

// This file has the writes about one item: create, restock, adjust, threshold
// and sale status.

// CreateWrite opens an item.
type CreateWrite struct {
	*holdfastv1.CreateInventoryRequest
}

// Check checks the form of the request.
func (w CreateWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.Quantity("available_stock", w.AvailableStock, 0, w.AvailableStockDecimal)
	f.Quantity("low_stock_threshold", w.LowStockThreshold, 0, w.LowStockThresholdDecimal)
	f.OptionalID("unit", w.Unit, kit.MaxUnit)
	if w.Scale != nil {
		f.RequireRange("scale", int64(w.GetScale()), 1, kit.MaxScale)
	}
	if w.Tracked != nil && !w.GetTracked() && (w.AvailableStock > 0 || strings.ContainsAny(w.AvailableStockDecimal, "123456789")) {
		f.Refuse("available_stock", "must be 0 for an item that is not tracked")
	}
}

func (w CreateWrite) unit() catalog.Unit {
	return catalog.Unit{Name: w.Unit, Scale: int(w.GetScale())}
}

// Ask is what the request asks of the books.
func (w CreateWrite) Ask(c *kit.Call) (a intake.Ask, _ error) {
	cmd := &stock.OpenItem{Item: c.Item(w.ProductId, w.LocationId), Tracked: w.Tracked == nil || w.GetTracked(), Note: c.Note("", "")}
	a.Command, a.Declares = cmd, &intake.Declaration{Unit: w.unit(), Spread: w.Spread}
	kit.Quantity{Field: "available_stock", Number: w.AvailableStock, Decimal: w.AvailableStockDecimal, Least: 0}.FillCommand(&a, &cmd.Qty)
	kit.Quantity{Field: "low_stock_threshold", Number: w.LowStockThreshold, Decimal: w.LowStockThresholdDecimal, Least: 0}.FillCommand(&a, &cmd.Threshold)
	return a, nil
}

// RestockWrite adds units that came in.
type RestockWrite struct{ *holdfastv1.RestockRequest }

// Check checks the form of the request.
func (w RestockWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.Quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.Lot("lot", w.Lot)
	f.OptionalID("for_order_id", w.ForOrderId, kit.MaxOrder)
	f.Reason(w.Reason, false)
	f.Reference(w.Reference)
}

// Ask is what the request asks of the books.
func (w RestockWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	k, err := c.LotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Restock{Item: k, For: w.ForOrderId, Note: c.Note(w.Reason, w.Reference)}
	a.Command = cmd
	kit.Quantity{Field: "quantity", Number: w.Quantity, Decimal: w.QuantityDecimal, Least: 1}.FillCommand(&a, &cmd.Qty)
	return a, err
}

// AdjustWrite corrects the units of an item.
type AdjustWrite struct{ *holdfastv1.AdjustRequest }

// Check checks the form of the request.
func (w AdjustWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	delta, set := w.Delta != nil || w.DeltaDecimal != "", w.SetTo != nil || w.SetToDecimal != ""
	switch {
	case delta && set:
		f.Refuse("delta", "delta and set_to exclude each other")
	case delta:
		f.Quantity("delta", w.GetDelta(), -kit.MaxQty, w.DeltaDecimal)
		if w.GetDelta() == 0 && !strings.ContainsAny(w.DeltaDecimal, "123456789") {
			f.Refuse("delta", "must not be 0")
		}
	case set:
		f.Quantity("set_to", w.GetSetTo(), 0, w.SetToDecimal)
	default:
		f.Refuse("delta", "delta or set_to must be given")
	}
	if w.ExpectedVersion != nil && w.GetExpectedVersion() < 0 {
		f.Refuse("expected_version", "must be at least 0")
	}
	f.Lot("lot", w.Lot)
	f.Reason(w.Reason, true)
	f.Reference(w.Reference)
}

// Ask is what the request asks of the books.
func (w AdjustWrite) Ask(c *kit.Call) (a intake.Ask, err error) {
	k, err := c.LotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Adjust{Item: k, Note: c.Note(w.Reason, w.Reference)}
	a.Command = cmd
	if w.ExpectedVersion != nil {
		cmd.Version = uint64(w.GetExpectedVersion())
		if cmd.Version == 0 {
			cmd.Version = stock.NoVersion
		}
	}
	if w.SetTo != nil || w.SetToDecimal != "" {
		cmd.Set = true
		kit.Quantity{Field: "set_to", Number: w.GetSetTo(), Decimal: w.SetToDecimal, Least: 0}.FillCommand(&a, &cmd.SetTo)
	} else {
		kit.Quantity{Field: "delta", Number: w.GetDelta(), Decimal: w.DeltaDecimal, Least: -kit.MaxQty}.FillCommand(&a, &cmd.Delta)
	}
	return a, err
}

// ThresholdWrite sets below which number an item is low.
type ThresholdWrite struct {
	*holdfastv1.SetThresholdRequest
}

// Check checks the form of the request.
func (w ThresholdWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	if w.LowStockThreshold == nil && w.LowStockThresholdDecimal == "" {
		f.Refuse("low_stock_threshold", "must be given")
		return
	}
	f.Quantity("low_stock_threshold", w.GetLowStockThreshold(), 0, w.LowStockThresholdDecimal)
}

// Ask is what the request asks of the books.
func (w ThresholdWrite) Ask(c *kit.Call) (a intake.Ask, _ error) {
	cmd := &stock.SetThreshold{Item: c.Item(w.ProductId, w.LocationId), Note: c.Note("", "")}
	a.Command = cmd
	kit.Quantity{Field: "low_stock_threshold", Number: w.GetLowStockThreshold(), Decimal: w.LowStockThresholdDecimal, Least: 0}.FillCommand(&a, &cmd.Threshold)
	return a, nil
}

// SaleWrite puts an item on sale, or takes it off.
type SaleWrite struct {
	*holdfastv1.SetSaleStatusRequest
}

// Check checks the form of the request.
func (w SaleWrite) Check(f *kit.Form) {
	f.Item(w.ProductId, w.LocationId)
	f.OptionalID("channel_id", w.ChannelId, kit.MaxChannel)
	if w.OnSale == nil {
		f.Refuse("on_sale", "must be given")
	}
	f.Reason(w.Reason, false)
}

// Ask is what the request asks of the books.
func (w SaleWrite) Ask(c *kit.Call) (intake.Ask, error) {
	return intake.Ask{Command: &stock.SetSaleStatus{
		Item: c.Item(w.ProductId, w.LocationId), Channel: w.ChannelId, OnSale: w.GetOnSale(), Note: c.Note(w.Reason, ""),
	}}, nil
}
