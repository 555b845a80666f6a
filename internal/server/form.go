package server

import (
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/stock"
)

// The API's bounds for bytes and counts.
const (
	maxProduct   = 128
	maxLocation  = 64
	maxOrder     = 128
	maxChannel   = 64
	maxCustomer  = 128
	maxReference = 256
	maxReason    = 1024
	maxUnit      = 32
	maxScale     = 6
	maxChecks    = 500
	maxItems     = stock.MaxLines
	maxTTL       = 2_592_000
	usualTTL     = 1800
	maxQty       = int64(stock.MaxQty)
)

// maxViolations bounds the violations in one error.
const maxViolations = 20

// requestForm checks the form of one request and collects what is wrong with it.
type requestForm struct {
	list  string // the list whose element is looked at, "" outside of lists
	index int
	bad   []*holdfastv1.FieldViolation
}

// enter says that the next fields belong to that element of the list.
func (f *requestForm) enter(list string, index int) { f.list, f.index = list, index }

func (f *requestForm) refuse(field, reason string) {
	if len(f.bad) >= maxViolations {
		return
	}
	f.bad = append(f.bad, &holdfastv1.FieldViolation{Field: f.path(field), Reason: reason})
}

func (f *requestForm) path(field string) string {
	if f.list == "" {
		return field
	}
	return f.list + "[" + itoa(f.index) + "]." + field
}

// checkID is a form of one id.
func checkID(field, id string, most int) error {
	var f requestForm
	f.id(field, id, most)
	return f.err()
}

// err is nil when nothing was wrong.
func (f *requestForm) err() error {
	if len(f.bad) == 0 {
		return nil
	}
	return &problem{
		code:       codeInvalid,
		detail:     f.bad[0].GetField() + ": " + f.bad[0].GetReason(),
		violations: f.bad,
	}
}

// id requires an id.
func (f *requestForm) id(field, id string, most int) {
	if why := badID(id, most, false); why != "" {
		f.refuse(field, why)
	}
}

// item requires a product, and accepts a location or nothing.
func (f *requestForm) item(product, location string) {
	f.id("product_id", product, maxProduct)
	f.optionalID("location_id", location, maxLocation)
}

// optionalID accepts an id or nothing.
func (f *requestForm) optionalID(field, id string, most int) {
	if id != "" {
		f.id(field, id, most)
	}
}

func (f *requestForm) reference(id string) {
	if id == "" {
		return
	}
	if why := badID(id, maxReference, true); why != "" {
		f.refuse("reference", why)
	}
}

// reason checks a text; a required one may not be blank.
func (f *requestForm) reason(text string, required bool) {
	switch {
	case len(text) > maxReason:
		f.refuse("reason", "is too long: at most "+itoa(maxReason)+" bytes")
	case isBadText(text):
		f.refuse("reason", "must be UTF-8 without control characters")
	case required && strings.TrimSpace(text) == "":
		f.refuse("reason", "must be given")
	}
}

// quantity requires a number from least to the largest quantity. In its place it accepts
// a decimal, which is checked when the unit is known.
func (f *requestForm) quantity(field string, n, least int64, decimal string) {
	switch {
	case decimal != "" && n != 0:
		f.refuse(field, "must be given once, as a number or as a decimal")
	case decimal != "":
		if len(decimal) > maxDecimal {
			f.refuse(field, "is no decimal number")
		}
	case n < least || n > maxQty:
		f.refuse(field, rangeText(least, maxQty))
	}
}

// requireRange requires a number from least to most.
func (f *requestForm) requireRange(field string, n, least, most int64) {
	if n < least || n > most {
		f.refuse(field, rangeText(least, most))
	}
}

func (f *requestForm) oneOf(field, text string, allowed ...string) {
	for _, a := range allowed {
		if text == a {
			return
		}
	}
	if text != "" {
		f.refuse(field, mustBe(text, allowed))
	}
}

// mustBe lists the words allowed in a field, and suggests the one that was meant.
func mustBe(text string, allowed []string) string {
	last := len(allowed) - 1
	words := allowed[last]
	if last > 0 {
		words = strings.Join(allowed[:last], ", ") + " or " + words
	}
	return "must be " + words + nearest.Hint(text, allowed)
}

func (f *requestForm) consistency(text string) { f.oneOf("consistency", text, "strong", "eventual") }

func rangeText(least, most int64) string {
	return "must be from " + stockText(least) + " to " + stockText(most)
}

// write checks the form of a write, and of its reason code.
func (f *requestForm) write(w write) {
	w.check(f)
	if r, ok := w.(coded); ok {
		f.list = ""
		f.optionalID(stock.ReasonCode, r.GetReasonCode(), catalog.MaxReasonCode)
	}
}
