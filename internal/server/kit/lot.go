package kit

import (
	"maps"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/stock"
)

// This file is shared by the calls that name lots.

// Bounds of a lot's attributes, in bytes (docs/guide/lots.md).
const (
	MaxAttribute   = 32
	attributeRunes = "abcdefghijklmnopqrstuvwxyz0123456789_"
)

// Lot accepts the attributes of a lot, or nothing.
func (f *Form) Lot(field string, attributes map[string]string) {
	if len(attributes) == 0 {
		return
	}
	if len(attributes) > stock.MaxAttributes {
		f.Refuse(field, "must have 1 to "+Itoa(stock.MaxAttributes)+" attributes")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if !IsAttribute(name) { // which may be as long as a body, and is not repeated
			f.Refuse(field, "the name of an attribute must be 1 to "+Itoa(MaxAttribute)+" of a-z, 0-9 and _")
			return
		}
	}
	if _, err := stock.MakeLot(attributes); err != nil {
		f.Refuse(field, err.Error())
	}
}

// NeededLot requires the attributes of a lot.
func (f *Form) NeededLot(field string, attributes map[string]string) {
	if len(attributes) == 0 {
		f.Refuse(field, "must have 1 to "+Itoa(stock.MaxAttributes)+" attributes")
		return
	}
	f.Lot(field, attributes)
}

// IsAttribute reports whether an attribute of a lot may have the name.
func IsAttribute(name string) bool {
	return name != "" && len(name) <= MaxAttribute && strings.Trim(name, attributeRunes) == ""
}

// LotOf is the lot with the attributes, which were checked; without attributes it is
// no lot.
func LotOf(attributes map[string]string) (stock.Lot, error) {
	if len(attributes) == 0 {
		return "", nil
	}
	return stock.MakeLot(attributes)
}

// LotItem is the item that a write means, with the lot that it names.
func (c *Call) LotItem(product, location string, attributes map[string]string) (stock.ItemKey, error) {
	lot, err := LotOf(attributes)
	k := c.Item(product, location)
	k.Lot = string(lot)
	return k, err
}

// AttributesOf are the attributes of a lot, nil of no lot.
func AttributesOf(lot stock.Lot) map[string]string {
	all, _ := lot.Attributes()
	if len(all) == 0 {
		return nil
	}
	out := make(map[string]string, len(all))
	for _, a := range all {
		out[a.Name] = a.Value
	}
	return out
}

// lotUnits are the units of lots among the drawn units, in the order of drawing.
func lotUnits(drawn []stock.Balance) []*holdfastv1.LotUnits {
	var out []*holdfastv1.LotUnits
	for _, b := range drawn {
		if lot, _, of := b.Account.Lot(); of && b.Qty > 0 {
			out = append(out, &holdfastv1.LotUnits{Lot: AttributesOf(lot), Quantity: int64(b.Qty)})
		}
	}
	return out
}

// LotsMoved are the units of lots that an event moved.
func LotsMoved(units []stock.LotUnits) []*holdfastv1.LotUnits {
	if len(units) == 0 {
		return nil
	}
	return Each(units, func(u stock.LotUnits) *holdfastv1.LotUnits {
		return &holdfastv1.LotUnits{Lot: AttributesOf(u.Lot), Quantity: int64(u.Qty)}
	})
}

// Order is the order of the caller's tenant with the id.
func (c *Call) Order(id string) stock.OrderKey {
	return stock.OrderKey{Tenant: c.Tenant, Order: id}
}
