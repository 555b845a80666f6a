package server

import (
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// maxDecimal is how many bytes a decimal quantity may have: more than the
// largest one needs.
const maxDecimal = 32

// summed adds a figure to those of other items. A sum stops at the largest quantity: above
// it JSON clients round, and a sum of a thousand items could overflow int64.
func summed[T ~int64](sum, figure T) T { return min(sum+figure, T(maxQty)) }

// quantity is a quantity in a request: a number of smallest units, or a decimal in the
// product's declared unit.
type quantity struct {
	field   string
	number  int64
	decimal string
	least   int64
}

// inUnit returns the quantity in smallest units, now that the unit is known.
func (q quantity) inUnit(unit catalog.Unit) (stock.Qty, error) {
	if q.decimal == "" {
		return stock.Qty(q.number), nil
	}
	d := intake.Decimal{Field: q.field, Text: q.decimal, Least: q.least}
	return d.In(unit)
}

// fillCommand puts the quantity into its field of the ask's command about one item.
func (q quantity) fillCommand(a *intake.Ask, to *stock.Qty) { q.intoLine(a, 0, to) }

// intoLine is into for one of the command's items.
func (q quantity) intoLine(a *intake.Ask, item int, to *stock.Qty) {
	if *to = stock.Qty(q.number); q.decimal != "" {
		a.Decimals = append(a.Decimals, intake.Decimal{Field: q.field, Text: q.decimal, Least: q.least, Item: item, To: to})
	}
}

func stockText(n int64) string { return strconv.FormatInt(n, 10) }
