package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/stock"
)

// Bounds of the API, in bytes (docs/protocol/api.md).
const (
	maxProduct   = 128
	maxLocation  = 64
	maxUnit      = 32
	maxReason    = 1024
	maxReference = 256
	maxScale     = 6
)

// faultOfID returns what is wrong with an id, "" when nothing is: the rules of the public API,
// in words for somebody who looks at a file.
func faultOfID(id string, most int, slashes bool) string {
	switch {
	case id == "":
		return "is missing"
	case !decodes(id):
		return "is not in the encoding of the file"
	case len(id) > most:
		return "is too long: it has " + itoa(len(id)) + " bytes, at most " + itoa(most) + " fit"
	case id == "." || id == "..":
		return "must not be . or .."
	case !slashes && strings.Contains(id, "/"):
		return "must not contain /"
	case strings.ContainsFunc(id, unicode.IsControl):
		return "has a control character, such as a tab or a line break"
	case !strings.ContainsFunc(id, stock.Visible):
		return "is only blanks or invisible characters"
	}
	return ""
}

// faultOfText returns what is wrong with a text that may be empty.
func faultOfText(s string, most int) string {
	switch {
	case !decodes(s):
		return "is not in the encoding of the file"
	case len(s) > most:
		return "is too long: it has " + itoa(len(s)) + " bytes, at most " + itoa(most) + " fit"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "has a control character, such as a tab or a line break"
	}
	return ""
}

// decodes reports that the decoding of a text was complete.
func decodes(s string) bool { return utf8.ValidString(s) }
