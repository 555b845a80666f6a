package catalog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/stock"
)

// Bytes an id may have (docs: public contract, "Conventions"), and the
// greatest number of a set of tables.
const (
	maxSet      = 9999
	maxTenant   = 64
	maxProduct  = 128
	maxLocation = 64
	maxUnit     = 32
	maxKeyName  = 64
	maxDatabase = 64
	maxNode     = 64
	maxAddress  = 255
	maxChannel  = 64
	maxZone     = 63 // so that location/zone has the bytes of a subject in the log
)

// storable reports whether s can be in a column at all: what cannot is not
// asked for, because PostgreSQL answers it with an error.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkID returns an *InvalidError when id is not one the contract allows:
// valid UTF-8 of 1 to most bytes, no control character, something to see, no
// '/', and neither "." nor "..".
func checkID(field, id string, most int) error {
	bad := func(reason string) error { return &InvalidError{Field: field, Reason: reason} }
	switch {
	case id == "" || len(id) > most:
		return bad(fmt.Sprintf("must have 1 to %d bytes", most))
	case !utf8.ValidString(id):
		return bad("must be valid UTF-8")
	case id == "." || id == "..":
		return bad("must not be . or ..")
	case strings.ContainsRune(id, '/'):
		return bad("must not contain /")
	}
	seen := false
	for _, r := range id {
		if unicode.IsControl(r) {
			return bad("must not contain control characters")
		}
		seen = seen || stock.Visible(r)
	}
	if !seen {
		return bad("must not be only blanks or invisible characters")
	}
	return nil
}
