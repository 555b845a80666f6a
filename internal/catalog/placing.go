package catalog

import "holdfast.dev/holdfast/internal/stock"

// Bucket returns where the books keep an item of the location.
func (k Knowledge) Bucket(item stock.ItemKey) stock.Bucket {
	if k.Spread {
		return stock.SpreadBucketOf(item.Tenant, item.Location, item.Product)
	}
	return stock.BucketOf(item.Tenant, item.Location)
}

// Opening lets a command open the item; nil unless both its product and its
// location are known.
func (k Knowledge) Opening() *stock.Opening {
	if !k.Product || !k.Location {
		return nil
	}
	return &stock.Opening{Unit: k.Unit.Name, Scale: uint8(k.Unit.Scale)}
}
