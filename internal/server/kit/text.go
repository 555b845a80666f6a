package kit

import (
	"strconv"
	"unicode/utf8"
)

// Visible reports that s is 1 to most characters of visible ASCII.
func Visible(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}

// IsBadText reports that s is not text: not UTF-8, or with control characters.
func IsBadText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return true
		}
	}
	return !utf8.ValidString(s)
}

// Itoa writes a number.
func Itoa(n int) string { return strconv.Itoa(n) }
