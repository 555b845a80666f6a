package main

import (
	"context"
	"strconv"
	"strings"
)

// amount is a quantity of a product in a table: in the declared unit, or in pieces when the
// product has none.
type amount struct {
	n    int64 // smallest units
	unit declared
	// signed shows + before what is not below 0.
	signed bool
	// bare leaves the name of the unit to another column.
	bare bool
}

// declared is the unit of a product; its scale is 0 when the product has none.
type declared struct {
	name  string
	scale int
}

func (u declared) amount(n int64) amount { return amount{n: n, unit: u} }
func (u declared) change(n int64) amount { return amount{n: n, unit: u, signed: true} }
func (u declared) bare(n int64) amount   { return amount{n: n, unit: u, bare: true} }

// scaleText is empty where there is no unit.
func (u declared) scaleText() string {
	if u.scale == 0 {
		return ""
	}
	return strconv.Itoa(u.scale)
}

// String is the quantity as people read it.
func (a amount) String() string {
	if a.unit.name == "" || a.bare {
		return a.number()
	}
	return a.number() + " " + a.unit.name
}

// number is the quantity without the name of its unit, as files have it.
func (a amount) number() string {
	text := strconv.FormatInt(a.n, 10)
	digits, below := strings.CutPrefix(text, "-")
	if short := a.unit.scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	if a.unit.scale > 0 {
		digits = digits[:len(digits)-a.unit.scale] + "." + digits[len(digits)-a.unit.scale:]
	}
	switch {
	case below:
		return "-" + digits
	case a.signed:
		return "+" + digits
	}
	return digits
}

// amounts is a table with quantities of products. As CSV it has the unit and the scale of each
// row in two more columns.
func (c *talkConfig) amounts(columns ...string) *table {
	t := c.table(append(columns, c.forPrograms("unit", "scale")...)...)
	t.amounts = true
	return t
}

// forPrograms are columns that only CSV has.
func (c *talkConfig) forPrograms(columns ...string) []string {
	if !c.CSV {
		return nil
	}
	return columns
}

// unitOf finds the unit of a product where the answer does not name it. It asks for each product
// once, and not when the answer is printed as it came.
func (c *talkConfig) unitOf(ctx context.Context, product string) declared {
	u, asked := c.units[product]
	if asked || c.JSON {
		return u
	}
	if p, err := c.c.Product(ctx, product); err == nil {
		u = declared{p.Unit, p.Scale}
	}
	if c.units == nil {
		c.units = map[string]declared{}
	}
	c.units[product] = u
	return u
}

// scaleCell is the cell of the scale, which only CSV has.
func (c *talkConfig) scaleCell(u declared) []any {
	if !c.CSV {
		return nil
	}
	return []any{u.scaleText()}
}

// sums are quantities of several products, one for each unit: pieces and kilograms are not
// added.
type sums []amount

func (s sums) add(a amount) sums {
	for i := range s {
		if s[i].unit == a.unit {
			s[i].n += a.n
			return s
		}
	}
	return append(s, a)
}

// String names each sum, "0" when there is none.
func (s sums) String() string {
	texts := make([]string, len(s))
	for i := range s {
		texts[i] = s[i].String()
	}
	if len(s) == 0 {
		return "0"
	}
	return strings.Join(texts, " + ")
}
