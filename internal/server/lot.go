package server

import (
	"maps"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// This file is shared by the calls that name lots.

// Bounds of a lot's attributes, in bytes (docs/guide/lots.md).
const (
	maxAttribute   = 32
	attributeRunes = "abcdefghijklmnopqrstuvwxyz0123456789_"
)

// lot accepts the attributes of a lot, or nothing.
func (f *requestForm) lot(field string, attributes map[string]string) {
	if len(attributes) == 0 {
		return
	}
	if len(attributes) > stock.MaxAttributes {
		f.refuse(field, "must have 1 to "+itoa(stock.MaxAttributes)+" attributes")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if !isAttribute(name) { // which may be as long as a body, and is not repeated
			f.refuse(field, "the name of an attribute must be 1 to "+itoa(maxAttribute)+" of a-z, 0-9 and _")
			return
		}
	}
	if _, err := stock.MakeLot(attributes); err != nil {
		f.refuse(field, err.Error())
	}
}

// neededLot requires the attributes of a lot.
func (f *requestForm) neededLot(field string, attributes map[string]string) {
	if len(attributes) == 0 {
		f.refuse(field, "must have 1 to "+itoa(stock.MaxAttributes)+" attributes")
		return
	}
	f.lot(field, attributes)
}

func isAttribute(name string) bool {
	return name != "" && len(name) <= maxAttribute && strings.Trim(name, attributeRunes) == ""
}

// lotOf is the lot with the attributes, which were checked; without attributes it is
// no lot.
func lotOf(attributes map[string]string) (stock.Lot, error) {
	if len(attributes) == 0 {
		return "", nil
	}
	return stock.MakeLot(attributes)
}

// lotItem is the item that a write means, with the lot that it names.
func (c *call) lotItem(product, location string, attributes map[string]string) (stock.ItemKey, error) {
	lot, err := lotOf(attributes)
	k := c.item(product, location)
	k.Lot = string(lot)
	return k, err
}

// attributesOf are the attributes of a lot, nil of no lot.
func attributesOf(lot stock.Lot) map[string]string {
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
			out = append(out, &holdfastv1.LotUnits{Lot: attributesOf(lot), Quantity: int64(b.Qty)})
		}
	}
	return out
}

// lotsMoved are the units of lots that an event moved.
func lotsMoved(units []stock.LotUnits) []*holdfastv1.LotUnits {
	if len(units) == 0 {
		return nil
	}
	return each(units, func(u stock.LotUnits) *holdfastv1.LotUnits {
		return &holdfastv1.LotUnits{Lot: attributesOf(u.Lot), Quantity: int64(u.Qty)}
	})
}

// lotFigures are the figures of some units of an item.
type lotFigures struct {
	stock.Figures
	withheld, damaged, quality stock.Qty
}

func (f *lotFigures) add(o lotFigures, sign stock.Qty) {
	f.Available += sign * o.Available
	f.Held += sign * o.Held
	f.OnHand += sign * o.OnHand
	f.withheld += sign * o.withheld
	f.damaged += sign * o.damaged
	f.quality += sign * o.quality
}

// figuresOfLot returns the figures of one of the item's lots.
func figuresOfLot(it *stock.Item, r *stock.LotRecord) lotFigures {
	f := lotFigures{
		withheld: it.Of(stock.Withheld.InLot(r.Lot)), damaged: it.Of(stock.Damaged.InLot(r.Lot)), quality: it.Of(stock.Quality.InLot(r.Lot)),
	}
	f.Available, f.Held = it.Of(stock.Shared.InLot(r.Lot)), r.Held
	f.OnHand = f.Available + f.Held + f.withheld + f.damaged + f.quality
	return f
}

// figuresOfNone returns the figures of the item's units without a lot.
func figuresOfNone(it *stock.Item) lotFigures {
	aside := it.Aside()
	f := lotFigures{Figures: it.Figures(), withheld: aside.Withheld, damaged: aside.Damaged, quality: aside.Quality}
	for i := range it.Lots {
		f.add(figuresOfLot(it, &it.Lots[i]), -1)
	}
	return f
}

// lotItems are the items of the levels as they are at the time.
func lotItems(levels []ledger.Level, now stock.Time) []*stock.Item {
	items := make([]*stock.Item, 0, len(levels))
	for i := range levels {
		if it := levels[i].Now(); it != nil {
			items = append(items, it.At(now))
		}
	}
	return items
}
