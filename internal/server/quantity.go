package server

import (
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// maxDecimal is how many bytes a decimal quantity may have: more than the
// largest one needs.
const maxDecimal = 32

// summed adds a figure to those of other items. A sum ends at the largest
// quantity: past it JSON clients round, and of a thousand items int64 wraps.
func summed[T ~int64](sum, figure T) T { return min(sum+figure, T(maxQty)) }

// quantity is what a request says of a quantity: a number of smallest units,
// or a decimal in the product's declared unit.
type quantity struct {
	field   string
	number  int64
	decimal string
	least   int64
}

// of returns the quantity in smallest units, now that the unit is known.
func (q quantity) of(unit catalog.Unit) (stock.Qty, error) {
	if q.decimal == "" {
		return stock.Qty(q.number), nil
	}
	if unit.Scale == 0 {
		return 0, invalid(q.field, "must be a number: the product has no declared unit")
	}
	n, why := parseDecimal(q.decimal, unit)
	if why != "" {
		return 0, invalid(q.field, "%s", why)
	}
	if n < q.least || n > maxQty {
		return 0, invalid(q.field, "%s, counted in smallest units", rangeText(q.least, maxQty))
	}
	return stock.Qty(n), nil
}

// parseDecimal reads a decimal of the unit into smallest units. What does not
// fit becomes the nearest that does, which is out of every range.
func parseDecimal(s string, unit catalog.Unit) (n int64, why string) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && fraction == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return 0, "is no decimal number"
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > unit.Scale {
		return 0, "has more decimals than the product's unit (" + itoa(unit.Scale) + ")"
	}
	text := whole + fraction + strings.Repeat("0", unit.Scale-len(fraction))
	if negative {
		text = "-" + text
	}
	// Out of range gives the largest or smallest int64: what is wanted here.
	n, _ = strconv.ParseInt(text, 10, 64)
	return n, ""
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func stockText(n int64) string { return strconv.FormatInt(n, 10) }
