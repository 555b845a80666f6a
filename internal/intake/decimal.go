package intake

import (
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Decimal is a quantity that was given in the declared unit of its product.
type Decimal struct {
	Field string // names it in a refusal
	Text  string
	Least int64      // in smallest units
	Item  int        // which of the command's items it is of
	To    *stock.Qty // where it goes in the command
}

// In returns the quantity in smallest units of the unit, or a
// *catalog.InvalidError.
func (d *Decimal) In(unit catalog.Unit) (stock.Qty, error) {
	if unit.Scale == 0 {
		return 0, d.refuse("must be a number: the product has no declared unit")
	}
	n, why := parseDecimal(d.Text, unit.Scale)
	switch {
	case why != "":
		return 0, d.refuse(why)
	case n < d.Least || n > int64(stock.MaxQty):
		return 0, d.refuse(fmt.Sprintf("must be from %d to %d, counted in smallest units", d.Least, stock.MaxQty))
	}
	return stock.Qty(n), nil
}

func (d *Decimal) refuse(reason string) error {
	return &catalog.InvalidError{Field: d.Field, Reason: reason}
}

// parseDecimal reads a decimal of a unit with so many decimals into smallest
// units. A number that does not fit becomes the nearest that does, which is out
// of every range.
func parseDecimal(text string, scale int) (n int64, why string) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	if whole == "" || dotted && fraction == "" || !hasOnlyDigits(whole) || !hasOnlyDigits(fraction) {
		return 0, "is no decimal number"
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > scale {
		return 0, "has more decimals than the product's unit (" + strconv.Itoa(scale) + ")"
	}
	all := whole + fraction + strings.Repeat("0", scale-len(fraction))
	if negative {
		all = "-" + all
	}
	// Out of range gives the largest or smallest int64: what is wanted here.
	n, _ = strconv.ParseInt(all, 10, 64)
	return n, ""
}

func hasOnlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// readDecimals reads the decimals of the ask into its command.
func (a *Ask) readDecimals(unitOf func(item int) catalog.Unit) error {
	for i := range a.Decimals {
		d := &a.Decimals[i]
		n, err := d.In(unitOf(d.Item))
		if err != nil {
			return err
		}
		*d.To = n
	}
	return nil
}
