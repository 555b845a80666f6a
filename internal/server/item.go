package server

import (
	"context"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// inventoryChapter keeps the stock of items.
type inventoryChapter struct {
	*core
}

func (s *inventoryChapter) functions() map[string]method {
	return map[string]method{
		"CheckAvailability": unary(s.checkAvailability),
		"BatchCheck":        unary(s.batchCheck),
		"CreateInventory":   writing(s.oneItem, func(r *holdfastv1.CreateInventoryRequest) write { return createWrite{r} }),
		"ListInventory":     unary(s.listInventory),
		"GetProduct":        unary(s.getProduct),
		"ListLowStock":      unary(s.listLowStock),
		"Restock":           writing(s.oneItem, func(r *holdfastv1.RestockRequest) write { return restockWrite{r} }),
		"Adjust":            writing(s.oneItem, func(r *holdfastv1.AdjustRequest) write { return adjustWrite{r} }),
		"SetThreshold":      writing(s.oneItem, func(r *holdfastv1.SetThresholdRequest) write { return thresholdWrite{r} }),
		"ListLogs":          unary(s.listLogs),
		"ListAllLogs":       unary(s.listAllLogs),
		"SumReasons":        unary(s.sumReasons),
		"SetSaleStatus":     writing(s.oneItem, func(r *holdfastv1.SetSaleStatusRequest) write { return saleWrite{r} }),
	}
}

// This file has the writes about one item: create, restock, adjust, threshold
// and sale status.

type createWrite struct {
	*holdfastv1.CreateInventoryRequest
}

func (w createWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.quantity("available_stock", w.AvailableStock, 0, w.AvailableStockDecimal)
	f.quantity("low_stock_threshold", w.LowStockThreshold, 0, w.LowStockThresholdDecimal)
	f.optionalID("unit", w.Unit, maxUnit)
	if w.Scale != nil {
		f.requireRange("scale", int64(w.GetScale()), 1, maxScale)
	}
	if w.Tracked != nil && !w.GetTracked() && (w.AvailableStock > 0 || strings.ContainsAny(w.AvailableStockDecimal, "123456789")) {
		f.refuse("available_stock", "must be 0 for an item that is not tracked")
	}
}

func (w createWrite) unit() catalog.Unit {
	return catalog.Unit{Name: w.Unit, Scale: int(w.GetScale())}
}

func (w createWrite) ask(c *call) (a intake.Ask, _ error) {
	cmd := &stock.OpenItem{Item: c.item(w.ProductId, w.LocationId), Tracked: w.Tracked == nil || w.GetTracked(), Note: c.note("", "")}
	a.Command, a.Declares = cmd, &intake.Declaration{Unit: w.unit(), Spread: w.Spread}
	quantity{"available_stock", w.AvailableStock, w.AvailableStockDecimal, 0}.fillCommand(&a, &cmd.Qty)
	quantity{"low_stock_threshold", w.LowStockThreshold, w.LowStockThresholdDecimal, 0}.fillCommand(&a, &cmd.Threshold)
	return a, nil
}

type restockWrite struct{ *holdfastv1.RestockRequest }

func (w restockWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.lot("lot", w.Lot)
	f.optionalID("for_order_id", w.ForOrderId, maxOrder)
	f.reason(w.Reason, false)
	f.reference(w.Reference)
}

func (w restockWrite) ask(c *call) (a intake.Ask, err error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Restock{Item: k, For: w.ForOrderId, Note: c.note(w.Reason, w.Reference)}
	a.Command = cmd
	quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.fillCommand(&a, &cmd.Qty)
	return a, err
}

type adjustWrite struct{ *holdfastv1.AdjustRequest }

func (w adjustWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	delta, set := w.Delta != nil || w.DeltaDecimal != "", w.SetTo != nil || w.SetToDecimal != ""
	switch {
	case delta && set:
		f.refuse("delta", "delta and set_to exclude each other")
	case delta:
		f.quantity("delta", w.GetDelta(), -maxQty, w.DeltaDecimal)
		if w.GetDelta() == 0 && !strings.ContainsAny(w.DeltaDecimal, "123456789") {
			f.refuse("delta", "must not be 0")
		}
	case set:
		f.quantity("set_to", w.GetSetTo(), 0, w.SetToDecimal)
	default:
		f.refuse("delta", "delta or set_to must be given")
	}
	if w.ExpectedVersion != nil && w.GetExpectedVersion() < 0 {
		f.refuse("expected_version", "must be at least 0")
	}
	f.lot("lot", w.Lot)
	f.reason(w.Reason, true)
	f.reference(w.Reference)
}

func (w adjustWrite) ask(c *call) (a intake.Ask, err error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	cmd := &stock.Adjust{Item: k, Note: c.note(w.Reason, w.Reference)}
	a.Command = cmd
	if w.ExpectedVersion != nil {
		cmd.Version = uint64(w.GetExpectedVersion())
		if cmd.Version == 0 {
			cmd.Version = stock.NoVersion
		}
	}
	if w.SetTo != nil || w.SetToDecimal != "" {
		cmd.Set = true
		quantity{"set_to", w.GetSetTo(), w.SetToDecimal, 0}.fillCommand(&a, &cmd.SetTo)
	} else {
		quantity{"delta", w.GetDelta(), w.DeltaDecimal, -maxQty}.fillCommand(&a, &cmd.Delta)
	}
	return a, err
}

type thresholdWrite struct {
	*holdfastv1.SetThresholdRequest
}

func (w thresholdWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	if w.LowStockThreshold == nil && w.LowStockThresholdDecimal == "" {
		f.refuse("low_stock_threshold", "must be given")
		return
	}
	f.quantity("low_stock_threshold", w.GetLowStockThreshold(), 0, w.LowStockThresholdDecimal)
}

func (w thresholdWrite) ask(c *call) (a intake.Ask, _ error) {
	cmd := &stock.SetThreshold{Item: c.item(w.ProductId, w.LocationId), Note: c.note("", "")}
	a.Command = cmd
	quantity{"low_stock_threshold", w.GetLowStockThreshold(), w.LowStockThresholdDecimal, 0}.fillCommand(&a, &cmd.Threshold)
	return a, nil
}

type saleWrite struct {
	*holdfastv1.SetSaleStatusRequest
}

func (w saleWrite) check(f *requestForm) {
	f.item(w.ProductId, w.LocationId)
	f.optionalID("channel_id", w.ChannelId, maxChannel)
	if w.OnSale == nil {
		f.refuse("on_sale", "must be given")
	}
	f.reason(w.Reason, false)
}

func (w saleWrite) ask(c *call) (intake.Ask, error) {
	return intake.Ask{Command: &stock.SetSaleStatus{
		Item: c.item(w.ProductId, w.LocationId), Channel: w.ChannelId, OnSale: w.GetOnSale(), Note: c.note(w.Reason, ""),
	}}, nil
}

// oneItem carries out a write about one item and shows the item afterwards.
func (s *core) oneItem(ctx context.Context, c *call, w write) (*holdfastv1.Inventory, error) {
	o, err := s.writeOne(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return s.changedItem(ctx, o)
}
