package sheet

// A spreadsheet takes a cell that begins with one of these for a formula, or
// for the end of the cell before it (OWASP ASVS 1.2.10).
func active(c byte) bool {
	switch c {
	case '=', '+', '-', '@', '\t', '\r', 0:
		return true
	}
	return false
}

// guarded says that a text begins with quotes that guard an active character,
// or would be taken for such.
func guarded(s string) bool {
	return len(s) > 1 && s[0] == '\'' && (active(s[1]) || s[1] == '\'')
}

// escape makes a text harmless in a spreadsheet by a quote in front of it,
// which unescape takes away again: what comes out is what went in.
func escape(s string) string {
	if s != "" && active(s[0]) || guarded(s) {
		return "'" + s
	}
	return s
}

// unescape is the text that escape was given.
func unescape(s string) string {
	if guarded(s) {
		return s[1:]
	}
	return s
}
