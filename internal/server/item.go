package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the writes about one item: create, restock, adjust, threshold
// and sale status.

type createWrite struct {
	*holdfastv1.CreateInventoryRequest
}

func (w createWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	f.quantity("available_stock", w.AvailableStock, 0, w.AvailableStockDecimal)
	f.quantity("low_stock_threshold", w.LowStockThreshold, 0, w.LowStockThresholdDecimal)
	f.optionalID("unit", w.Unit, maxUnit)
	if w.Scale != nil {
		f.within("scale", int64(w.GetScale()), 1, maxScale)
	}
	if w.Tracked != nil && !w.GetTracked() && w.AvailableStock > 0 {
		f.refuse("available_stock", "must be 0 for an item that is not tracked")
	}
}

func (w createWrite) unit() catalog.Unit {
	return catalog.Unit{Name: w.Unit, Scale: int(w.GetScale())}
}

func (w createWrite) decimals() bool {
	return w.AvailableStockDecimal != "" || w.LowStockThresholdDecimal != ""
}

func (w createWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

// quantities are in the unit that holds after the call.
func (w createWrite) quantities(unit catalog.Unit) (available, threshold stock.Qty, err error) {
	available, err = quantity{"available_stock", w.AvailableStock, w.AvailableStockDecimal, 0}.of(unit)
	if err == nil {
		threshold, err = quantity{"low_stock_threshold", w.LowStockThreshold, w.LowStockThresholdDecimal, 0}.of(unit)
	}
	if err == nil && available > 0 && w.Tracked != nil && !w.GetTracked() {
		err = invalid("available_stock", "must be 0 for an item that is not tracked")
	}
	return available, threshold, err
}

// introduce refuses what must not make anything known: a call that is refused
// leaves no trace.
func (w createWrite) introduce(c *call, known catalog.Knowledge) (in catalog.Introduction, needed bool, err error) {
	unit := w.unit()
	after := known.Unit
	switch {
	case unit == (catalog.Unit{}) || unit == known.Unit:
	case known.Unit != (catalog.Unit{}):
		if unit.Name != "" && unit.Name != known.Unit.Name || unit.Scale != 0 && unit.Scale != known.Unit.Scale {
			return in, false, invalid("unit", "the product is counted in %q with scale %d, which stays as it is", known.Unit.Name, known.Unit.Scale)
		}
	case unit.Name == "":
		return in, false, invalid("unit", "must be named together with scale")
	case unit.Scale == 0:
		return in, false, invalid("scale", "must be named together with unit")
	default:
		after = unit
	}
	if _, _, err := w.quantities(after); err != nil {
		return in, false, err
	}
	if w.Spread != nil && known.Location && w.GetSpread() != known.Spread {
		return in, false, invalid("spread", "the location is known and its spread is %v, which stays as it is", known.Spread)
	}
	in = catalog.Introduction{Ref: c.ref(w.ProductId, w.LocationId), Unit: unit, Spread: w.Spread}
	return in, !known.Product || !known.Location || after != known.Unit, nil
}

func (w createWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	available, threshold, err := w.quantities(known[0].Unit)
	if err != nil {
		return nil, err
	}
	return stock.OpenItem{
		Item: k, Bucket: bucketOf(k, known[0]), Unit: known[0].Unit.Name, Scale: uint8(known[0].Unit.Scale),
		Qty: available, Threshold: threshold, Tracked: w.Tracked == nil || w.GetTracked(), Note: c.note("", ""),
	}, nil
}

type restockWrite struct{ *holdfastv1.RestockRequest }

func (w restockWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	f.quantity("quantity", w.Quantity, 1, w.QuantityDecimal)
	f.lot("lot", w.Lot)
	f.reason(w.Reason, false)
	f.reference(w.Reference)
}

func (w restockWrite) decimals() bool { return w.QuantityDecimal != "" }

func (w restockWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w restockWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	if err != nil {
		return nil, err
	}
	n, err := quantity{"quantity", w.Quantity, w.QuantityDecimal, 1}.of(known[0].Unit)
	return stock.Restock{
		Item: k, Bucket: bucketOf(k, known[0]), Qty: n, Open: opening(known[0]), Note: c.note(w.Reason, w.Reference),
	}, err
}

type adjustWrite struct{ *holdfastv1.AdjustRequest }

func (w adjustWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	delta, set := w.Delta != nil || w.DeltaDecimal != "", w.SetTo != nil || w.SetToDecimal != ""
	switch {
	case delta && set:
		f.refuse("delta", "delta and set_to exclude each other")
	case delta:
		f.quantity("delta", w.GetDelta(), -maxQty, w.DeltaDecimal)
		if w.GetDelta() == 0 && w.DeltaDecimal == "" {
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

func (w adjustWrite) decimals() bool { return w.DeltaDecimal != "" || w.SetToDecimal != "" }

func (w adjustWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w adjustWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k, err := c.lotItem(w.ProductId, w.LocationId, w.Lot)
	if err != nil {
		return nil, err
	}
	a := stock.Adjust{Item: k, Bucket: bucketOf(k, known[0]), Open: opening(known[0]), Note: c.note(w.Reason, w.Reference)}
	if w.ExpectedVersion != nil {
		a.Version = uint64(w.GetExpectedVersion())
		if a.Version == 0 {
			a.Version = stock.NoVersion
		}
	}
	if w.SetTo != nil || w.SetToDecimal != "" {
		a.Set = true
		a.SetTo, err = quantity{"set_to", w.GetSetTo(), w.SetToDecimal, 0}.of(known[0].Unit)
		return a, err
	}
	a.Delta, err = quantity{"delta", w.GetDelta(), w.DeltaDecimal, -maxQty}.of(known[0].Unit)
	if err == nil && a.Delta == 0 {
		err = invalid("delta", "must not be 0")
	}
	return a, err
}

type thresholdWrite struct {
	*holdfastv1.SetThresholdRequest
}

func (w thresholdWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	if w.LowStockThreshold == nil && w.LowStockThresholdDecimal == "" {
		f.refuse("low_stock_threshold", "must be given")
		return
	}
	f.quantity("low_stock_threshold", w.GetLowStockThreshold(), 0, w.LowStockThresholdDecimal)
}

func (w thresholdWrite) decimals() bool { return w.LowStockThresholdDecimal != "" }

func (w thresholdWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w thresholdWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	n, err := quantity{"low_stock_threshold", w.GetLowStockThreshold(), w.LowStockThresholdDecimal, 0}.of(known[0].Unit)
	return stock.SetThreshold{
		Item: k, Bucket: bucketOf(k, known[0]), Threshold: n, Open: opening(known[0]), Note: c.note("", ""),
	}, err
}

type saleWrite struct {
	*holdfastv1.SetSaleStatusRequest
}

func (w saleWrite) check(f *form) {
	f.id("product_id", w.ProductId, maxProduct)
	f.optionalID("location_id", w.LocationId, maxLocation)
	f.optionalID("channel_id", w.ChannelId, maxChannel)
	if w.OnSale == nil {
		f.refuse("on_sale", "must be given")
	}
	f.reason(w.Reason, false)
}

func (w saleWrite) decimals() bool { return false }

func (w saleWrite) refs(c *call, refs []catalog.Ref) []catalog.Ref {
	return append(refs, c.ref(w.ProductId, w.LocationId))
}

func (w saleWrite) command(c *call, known []catalog.Knowledge, _ bool) (stock.Command, error) {
	k := c.item(w.ProductId, w.LocationId)
	return stock.SetSaleStatus{
		Item: k, Bucket: bucketOf(k, known[0]), Channel: w.ChannelId, OnSale: w.GetOnSale(),
		Open: opening(known[0]), Note: c.note(w.Reason, ""),
	}, nil
}

func (s *Server) createInventory(ctx context.Context, c *call, r *holdfastv1.CreateInventoryRequest) (*holdfastv1.Inventory, error) {
	return s.oneItem(ctx, c, createWrite{r})
}

func (s *Server) restock(ctx context.Context, c *call, r *holdfastv1.RestockRequest) (*holdfastv1.Inventory, error) {
	return s.oneItem(ctx, c, restockWrite{r})
}

func (s *Server) adjust(ctx context.Context, c *call, r *holdfastv1.AdjustRequest) (*holdfastv1.Inventory, error) {
	return s.oneItem(ctx, c, adjustWrite{r})
}

func (s *Server) setThreshold(ctx context.Context, c *call, r *holdfastv1.SetThresholdRequest) (*holdfastv1.Inventory, error) {
	return s.oneItem(ctx, c, thresholdWrite{r})
}

func (s *Server) setSaleStatus(ctx context.Context, c *call, r *holdfastv1.SetSaleStatusRequest) (*holdfastv1.Inventory, error) {
	return s.oneItem(ctx, c, saleWrite{r})
}

// oneItem carries out a write about one item and shows the item afterwards.
func (s *Server) oneItem(ctx context.Context, c *call, w write) (*holdfastv1.Inventory, error) {
	j, err := s.one(ctx, c, w)
	if err != nil {
		return nil, err
	}
	return s.changedItem(ctx, j)
}
