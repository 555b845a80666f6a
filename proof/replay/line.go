package replay

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// maxUnits is the largest quantity of the public API, 2^53-1: exact in JSON numbers
// too.
const maxUnits = 1<<53 - 1

// Kind is what a line of the history does.
type Kind uint8

// The kinds of the column of that name.
const (
	Sale    Kind = iota + 1 // asks for units
	Cancel                  // gives units back
	Adjust                  // corrects the stock
	Service                 // is no stock at all and is skipped
)

var kinds = map[string]Kind{"sale": Sale, "cancel": Cancel, "adjust": Adjust, "service": Service}

// Line is one row of an order history.
type Line struct {
	Number   int // of the row's first line in the file, from 1
	Seq      int64
	Kind     Kind
	Invoice  string
	SKU      string // exact bytes: case and outer blanks matter
	Qty      int64  // as in the file: negative for a Cancel
	At       time.Time
	Customer string // empty when unknown
	Country  string // of the customer; empty when the history has none
}

// columns are the columns that a history must have; others are ignored.
var columns = []string{"seq", "kind", "invoice", "sku", "qty", "ts", "customer"}

// countryColumn is an optional column.
const countryColumn = "country"

// parseLine reads the fields of one row. at maps a column's index in columns to its index in the
// row; the last one is that of the country or -1.
func parseLine(row []string, at []int) (Line, error) {
	field := func(column int) string { return row[at[column]] }
	var l Line
	var err error
	if l.Seq, err = strconv.ParseInt(field(0), 10, 64); err != nil || l.Seq < 1 {
		return Line{}, fmt.Errorf("seq %q is not a positive whole number", field(0))
	}
	if l.Kind = kinds[field(1)]; l.Kind == 0 {
		return Line{}, fmt.Errorf("kind %q is none of sale, cancel, adjust, service", field(1))
	}
	l.Invoice, l.SKU, l.Customer = field(2), field(3), field(6)
	if at[len(columns)] >= 0 {
		l.Country = field(len(columns))
	}
	if l.Invoice == "" {
		return Line{}, errors.New("invoice is empty")
	}
	if l.Qty, err = strconv.ParseInt(field(4), 10, 64); err != nil || l.Qty < -maxUnits || l.Qty > maxUnits {
		return Line{}, fmt.Errorf("qty %q is not a whole number of at most 2^53-1", field(4))
	}
	if l.At, err = time.Parse(time.DateTime, field(5)); err != nil {
		return Line{}, fmt.Errorf("ts %q is not a time like 2010-12-01 08:26:00", field(5))
	}
	if l.Kind == Service {
		return l, nil
	}
	if err := checkID("invoice", l.Invoice, maxInvoice); err != nil {
		return Line{}, err
	}
	if err := checkID("sku", l.SKU, maxID); err != nil {
		return Line{}, err
	}
	switch {
	case l.Qty == 0:
		return Line{}, errors.New("qty is 0")
	case l.Kind == Sale && l.Qty < 0:
		return Line{}, fmt.Errorf("a sale of %d units", l.Qty)
	case l.Kind == Cancel && l.Qty > 0:
		return Line{}, fmt.Errorf("a cancel of %d units: it must be below 0", l.Qty)
	}
	return l, nil
}
