package kit

import (
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// maxDecimal is how many bytes a decimal quantity may have: more than the
// largest one needs.
const maxDecimal = 32

// Summed adds a figure to those of other items. A sum stops at the largest quantity: above
// it JSON clients round, and a sum of a thousand items could overflow int64.
func Summed[T ~int64](sum, figure T) T { return min(sum+figure, T(MaxQty)) }

// Quantity is a quantity in a request: a number of smallest units, or a decimal in the
// product's declared unit.
type Quantity struct {
	Field   string
	Number  int64
	Decimal string
	Least   int64
}

// InUnit returns the quantity in smallest units, now that the unit is known.
func (q Quantity) InUnit(unit catalog.Unit) (stock.Qty, error) {
	if q.Decimal == "" {
		return stock.Qty(q.Number), nil
	}
	d := intake.Decimal{Field: q.Field, Text: q.Decimal, Least: q.Least}
	return d.In(unit)
}

// FillCommand puts the quantity into its field of the ask's command about one item.
func (q Quantity) FillCommand(a *intake.Ask, to *stock.Qty) { q.IntoLine(a, 0, to) }

// IntoLine is into for one of the command's items.
func (q Quantity) IntoLine(a *intake.Ask, item int, to *stock.Qty) {
	if *to = stock.Qty(q.Number); q.Decimal != "" {
		a.Decimals = append(a.Decimals, intake.Decimal{Field: q.Field, Text: q.Decimal, Least: q.Least, Item: item, To: to})
	}
}

func stockText(n int64) string { return strconv.FormatInt(n, 10) }

// ToHave refuses a missing quantity.
func (f *Form) ToHave(field, decimal string, n *int64) {
	if n == nil && decimal == "" {
		f.Refuse(field, "is missing")
		return
	}
	var number int64
	if n != nil {
		number = *n
	}
	f.Quantity(field, number, 0, decimal)
}
