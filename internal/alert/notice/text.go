package notice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean returns text that changes nothing around it: without control characters and
// without those that turn the direction of what follows. Only lines makes line feeds stay.
func clean(text string, lines bool) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if lines {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

const ellipsis = "…"

// cut shortens text to most bytes, at a rune, and shows that it did.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len(ellipsis)
	if end < 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}
