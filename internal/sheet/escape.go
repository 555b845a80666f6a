package sheet

// active reports a character that begins a formula in a spreadsheet, or ends the cell
// before it (OWASP ASVS 1.2.10).
func active(c byte) bool {
	switch c {
	case '=', '+', '-', '@', '\t', '\r', 0:
		return true
	}
	return false
}

// guarded reports that a text begins with quotes that guard an active character, or that
// could be mistaken for such quotes.
func guarded(s string) bool {
	return len(s) > 1 && s[0] == '\'' && (active(s[1]) || s[1] == '\'')
}

// escape makes a text harmless in a spreadsheet by a quote before it. unescape removes the
// quote, so an import reads the exported text.
func escape(s string) string {
	if s != "" && active(s[0]) || guarded(s) {
		return "'" + s
	}
	return s
}

// unescape returns the text before escape.
func unescape(s string) string {
	if guarded(s) {
		return s[1:]
	}
	return s
}
