package kit

import (
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/stock"
)

// The API's bounds for bytes and counts.
const (
	MaxProduct   = 128
	MaxLocation  = 64
	MaxOrder     = 128
	MaxChannel   = 64
	MaxCustomer  = 128
	maxReference = 256
	maxReason    = 1024
	MaxUnit      = 32
	MaxScale     = 6
	MaxChecks    = 500
	MaxItems     = stock.MaxLines
	MaxTTL       = 2_592_000
	UsualTTL     = 1800
	MaxQty       = int64(stock.MaxQty)
)

// maxViolations bounds the violations in one error.
const maxViolations = 20

// Form checks the form of one request and collects what is wrong with it.
type Form struct {
	List  string // the list whose element is looked at, "" outside of lists
	index int
	Bad   []*holdfastv1.FieldViolation
}

// Enter says that the next fields belong to that element of the list.
func (f *Form) Enter(list string, index int) { f.List, f.index = list, index }

// Refuse notes what is wrong with a field.
func (f *Form) Refuse(field, reason string) {
	if len(f.Bad) >= maxViolations {
		return
	}
	f.Bad = append(f.Bad, &holdfastv1.FieldViolation{Field: f.path(field), Reason: reason})
}

func (f *Form) path(field string) string {
	if f.List == "" {
		return field
	}
	return f.List + "[" + Itoa(f.index) + "]." + field
}

// CheckID is a form of one id.
func CheckID(field, id string, most int) error {
	var f Form
	f.ID(field, id, most)
	return f.Err()
}

// Err is nil when nothing was wrong.
func (f *Form) Err() error {
	if len(f.Bad) == 0 {
		return nil
	}
	return &Problem{
		Code:       CodeInvalid,
		Detail:     f.Bad[0].GetField() + ": " + f.Bad[0].GetReason(),
		Violations: f.Bad,
	}
}

// ID requires an id.
func (f *Form) ID(field, id string, most int) {
	if why := BadID(id, most, false); why != "" {
		f.Refuse(field, why)
	}
}

// Item requires a product, and accepts a location or nothing.
func (f *Form) Item(product, location string) {
	f.ID("product_id", product, MaxProduct)
	f.OptionalID("location_id", location, MaxLocation)
}

// OptionalID accepts an id or nothing.
func (f *Form) OptionalID(field, id string, most int) {
	if id != "" {
		f.ID(field, id, most)
	}
}

// Reference accepts the number of a document, or nothing.
func (f *Form) Reference(id string) {
	if id == "" {
		return
	}
	if why := BadID(id, maxReference, true); why != "" {
		f.Refuse("reference", why)
	}
}

// Reason checks a text; a required one may not be blank.
func (f *Form) Reason(text string, required bool) {
	switch {
	case len(text) > maxReason:
		f.Refuse("reason", "is too long: at most "+Itoa(maxReason)+" bytes")
	case IsBadText(text):
		f.Refuse("reason", "must be UTF-8 without control characters")
	case required && strings.TrimSpace(text) == "":
		f.Refuse("reason", "must be given")
	}
}

// Quantity requires a number from least to the largest quantity. In its place it accepts
// a decimal, which is checked when the unit is known.
func (f *Form) Quantity(field string, n, least int64, decimal string) {
	switch {
	case decimal != "" && n != 0:
		f.Refuse(field, "must be given once, as a number or as a decimal")
	case decimal != "":
		if len(decimal) > maxDecimal {
			f.Refuse(field, "is no decimal number")
		}
	case n < least || n > MaxQty:
		f.Refuse(field, RangeText(least, MaxQty))
	}
}

// RequireRange requires a number from least to most.
func (f *Form) RequireRange(field string, n, least, most int64) {
	if n < least || n > most {
		f.Refuse(field, RangeText(least, most))
	}
}

// OneOf accepts one of the words, or nothing.
func (f *Form) OneOf(field, text string, allowed ...string) {
	for _, a := range allowed {
		if text == a {
			return
		}
	}
	if text != "" {
		f.Refuse(field, MustBe(text, allowed))
	}
}

// MustBe lists the words allowed in a field, and suggests the one that was meant.
func MustBe(text string, allowed []string) string {
	last := len(allowed) - 1
	words := allowed[last]
	if last > 0 {
		words = strings.Join(allowed[:last], ", ") + " or " + words
	}
	return "must be " + words + nearest.Hint(text, allowed)
}

// Consistency accepts the words for how old an answer may be.
func (f *Form) Consistency(text string) { f.OneOf("consistency", text, "strong", "eventual") }

// RangeText says which numbers are allowed.
func RangeText(least, most int64) string {
	return "must be from " + stockText(least) + " to " + stockText(most)
}

// Write checks the form of a write, and of its reason code.
func (f *Form) Write(w Write) {
	w.Check(f)
	if r, ok := w.(coded); ok {
		f.List = ""
		f.OptionalID(stock.ReasonCode, r.GetReasonCode(), catalog.MaxReasonCode)
	}
}
