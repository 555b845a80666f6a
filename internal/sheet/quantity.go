package sheet

import (
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func itoa(n int) string { return strconv.Itoa(n) }

// amount is a quantity in a cell.
type amount struct{ text string }

// isSet reports that the cell is not empty.
func (a amount) isSet() bool { return a.text != "" }

// zero reports that the amount is 0 in any unit.
func (a amount) zero() bool { return strings.Trim(a.text, "0.") == "" && strings.Contains(a.text, "0") }

// checkForm returns what is wrong with the form of the amount, independent of the unit.
func (a amount) checkForm() string {
	digits, negative := strings.CutPrefix(a.text, "-")
	whole, fraction, dotted := strings.Cut(digits, ".")
	switch {
	case whole == "" || dotted && fraction == "" || !hasOnlyDigits(whole) || !hasOnlyDigits(fraction):
		return "is not a number such as 12 or 1.25"
	case len(a.text) > 40:
		return "is not a number that anybody counts: it has " + itoa(len(a.text)) + " characters"
	case negative && !(amount{text: digits}).zero():
		return "must not be negative"
	}
	return ""
}

// inUnit returns the amount in smallest units. A cell is in the product's declared
// unit; without one it counts pieces.
func (a amount) inUnit(u catalog.Unit) (n stock.Qty, why string) {
	if why := a.checkForm(); why != "" {
		return 0, why
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(a.text, "-"), ".")
	fraction = strings.TrimRight(fraction, "0")
	switch {
	case len(fraction) > u.Scale && u.Scale == 0:
		return 0, "has a fraction, but the product has no declared unit: it is counted in whole pieces"
	case len(fraction) > u.Scale:
		return 0, "has more decimals than the product's unit, which has " + itoa(u.Scale)
	}
	v, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", u.Scale-len(fraction)), 10, 64)
	if err != nil || v > int64(stock.MaxQty) {
		return 0, "is too large: at most " + strconv.FormatInt(int64(stock.MaxQty), 10) + " smallest units fit"
	}
	return stock.Qty(v), ""
}

func hasOnlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// inUnit writes a quantity in the product's declared unit, with all of its
// decimals, or in pieces.
func inUnit(n stock.Qty, decimals int) string {
	text := strconv.FormatInt(int64(n), 10)
	if decimals == 0 {
		return text
	}
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	if short := decimals + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	return sign + text[:len(text)-decimals] + "." + text[len(text)-decimals:]
}
