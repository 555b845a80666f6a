package stock

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Lot names units of a product that have attributes in common: the canonical encoding of
// the attributes, ordered by name, each name and each value with its length before it. The
// empty Lot is no lot. In the key of an item that a command is about (ItemKey.Lot) it says
// which units are meant. The books keep all lots of a product at a location in one item,
// each in accounts of its own (Account.InLot), so that drawing from several is one decision
// (docs/adr/0021).
type Lot string

// Attribute is one attribute of a lot.
type Attribute struct{ Name, Value string }

// Bounds of a lot: the engines keep lots in rows that are read whole.
const (
	// MaxAttributes is how many attributes a lot may have.
	MaxAttributes = 16
	maxAttrName   = 32
	maxAttrValue  = 128
	// maxLot bounds all attributes together, in bytes: a row has each lot's name in up to
	// five places.
	maxLot = 1024
	// MaxLots is how many lots of one product a location may have: those with units or
	// holds, and those recalled. A product that expires within some weeks has tens of them;
	// the rest is room for serial numbers and grades.
	MaxLots = 1000
)

// expiresAt is the attribute that says until when units are sold.
const expiresAt = "expires_at"

// MakeLot returns the lot with these attributes. A time of expiry takes its canonical form:
// a date as it is, a time in UTC with milliseconds. The error is a *Refusal of the field
// lot.
func MakeLot(attrs map[string]string) (Lot, error) {
	if len(attrs) == 0 || len(attrs) > MaxAttributes {
		return "", invalid("lot", "a lot must have from 1 to %d attributes, it has %d", MaxAttributes, len(attrs))
	}
	names := make([]string, 0, len(attrs))
	for name, value := range attrs {
		if why := checkAttribute(name, value); why != "" {
			return "", invalid("lot", "attribute %q %s", name, why)
		}
		// This check is not in checkAttribute, because Attributes reads stored lots with it:
		// there may be such lots from before they were refused.
		if !strings.ContainsFunc(value, Visible) {
			return "", invalid("lot", "attribute %q must not be only blanks or invisible characters", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	var b []byte
	for _, name := range names {
		value := attrs[name]
		if name == expiresAt {
			_, text, ok := readExpiry(value)
			if !ok {
				return "", invalid("lot", "attribute %q must be a date (2026-12-01) or a time as in RFC 3339", name)
			}
			value = text
		}
		b = appendString(appendString(b, name), value)
	}
	if len(b) > maxLot {
		return "", invalid("lot", "the attributes of a lot must take at most %d bytes in all, they take %d", maxLot, len(b))
	}
	return Lot(b), nil
}

// checkAttribute says why an attribute is not allowed, "" when it is.
func checkAttribute(name, value string) string {
	if name == "" || len(name) > maxAttrName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return fmt.Sprintf("must have a name of 1 to %d of a-z, 0-9 and _", maxAttrName)
	}
	if value == "" || len(value) > maxAttrValue || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return fmt.Sprintf("must have a value of 1 to %d bytes of text without control characters", maxAttrValue)
	}
	return ""
}

// Attributes returns the lot's attributes, ordered by name; false when the
// bytes are not what MakeLot returns.
func (l Lot) Attributes() ([]Attribute, bool) {
	s := byteReader{p: []byte(l)}
	s.want(len(l) <= maxLot)
	var attrs []Attribute
	for len(s.p) > 0 && !s.bad {
		a := Attribute{s.string(), s.string()}
		s.want(len(attrs) < MaxAttributes && checkAttribute(a.Name, a.Value) == "" && (len(attrs) == 0 || attrs[len(attrs)-1].Name < a.Name))
		if a.Name == expiresAt {
			_, text, ok := readExpiry(a.Value)
			s.want(ok && text == a.Value)
		}
		attrs = append(attrs, a)
	}
	return attrs, s.done() && len(attrs) > 0
}

// Value returns the attribute of that name, "" when the lot has none.
func (l Lot) Value(name string) string {
	attrs, _ := l.Attributes()
	at, ok := slices.BinarySearchFunc(attrs, name, func(a Attribute, name string) int { return cmp.Compare(a.Name, name) })
	if !ok {
		return ""
	}
	return attrs[at].Value
}

// Has reports whether the lot has all attributes of the other one.
func (l Lot) Has(part Lot) bool {
	if part == "" || l == part {
		return true
	}
	attrs, _ := part.Attributes()
	own, _ := l.Attributes()
	for _, a := range attrs {
		if !slices.Contains(own, a) {
			return false
		}
	}
	return true
}

// Expires is the first moment at which the lot's units are no longer sold, 0 when there is
// none.
func (l Lot) Expires() Time {
	value := l.Value(expiresAt)
	if value == "" {
		return 0
	}
	at, _, _ := readExpiry(value)
	return at
}

// expiryTime is how the contract writes a time with milliseconds (API.md).
const expiryTime = "2006-01-02T15:04:05.000Z"

// lastMoment is 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 and protobuf can
// express.
const lastMoment Time = 253_402_300_799_999

// readExpiry returns the moment that a text names and the text's canonical form. A date
// counts to its end in UTC: units that are best before the first of a month are still sold
// on that day.
func readExpiry(text string) (at Time, canonical string, ok bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		at = min(Time(day.AddDate(0, 0, 1).UnixMilli()), lastMoment)
		return at, text, at > 0
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, "", false
	}
	t = t.UTC().Truncate(time.Millisecond)
	return Time(t.UnixMilli()), t.Format(expiryTime), t.UnixMilli() > 0 && t.Year() <= 9999
}

// Whole is the key of the item that the lot is kept in.
func (k ItemKey) Whole() ItemKey {
	k.Lot = ""
	return k
}

// LotOf is the lot that the key names, "" when it names none.
func (k ItemKey) LotOf() Lot { return Lot(k.Lot) }

// check refuses what is neither a lot nor the empty lot, for the item.
func (l Lot) check(k ItemKey) *Refusal {
	if l == "" {
		return nil
	}
	if _, ok := l.Attributes(); !ok {
		return invalid("lot", "the lot of product %q at location %q is no list of attributes", k.Product, k.Location)
	}
	return nil
}

// checkWhole refuses a key that names a lot, where the item as a whole is meant.
func checkWhole(k ItemKey) *Refusal {
	if k.Lot != "" {
		return invalid("lot", "product %q at location %q is meant as a whole here, not a lot of it", k.Product, k.Location)
	}
	return nil
}
