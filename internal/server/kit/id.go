package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"
)

// BadID returns what is wrong with an id, "" when nothing is. An id is valid UTF-8 of 1 to
// most bytes, without control characters, not only blanks or invisible characters,
// neither "." nor "..", and without a slash unless slashes is set.
func BadID(id string, most int, slashes bool) string {
	switch {
	case id == "", id == transcode.Empty:
		return "must not be empty"
	case len(id) > most:
		return "is too long: at most " + Itoa(most) + " bytes"
	case id == "." || id == "..":
		return "must not be . or .."
	}
	plain := true
	for i := range len(id) {
		c := id[i]
		if c == '/' && !slashes {
			return "must not contain /"
		}
		plain = plain && c > ' ' && c < 0x7f
	}
	if plain {
		return ""
	}
	if !utf8.ValidString(id) {
		return "must be valid UTF-8"
	}
	if strings.ContainsFunc(id, unicode.IsControl) {
		return "must not contain control characters"
	}
	if !strings.ContainsFunc(id, stock.Visible) {
		return "must not be only blanks or invisible characters"
	}
	return ""
}
