package sheet

import (
	"fmt"
	"strings"
)

// The codes of flaws: those of the public API.
const (
	codeInvalid     = "INVALID_ARGUMENT"
	codeNotFound    = "NOT_FOUND"
	codeVersion     = "VERSION_CONFLICT"
	codeKeyReused   = "IDEMPOTENCY_CONFLICT"
	codeUnavailable = "UNAVAILABLE"
	codeInternal    = "INTERNAL"
	codeState       = "INVALID_STATE"
)

// Flaw is what is wrong with a row, or with a file.
type Flaw struct {
	// Line is the line of a CSV file or the row of a sheet, from 1; 0 when the flaw has no
	// line.
	Line int `json:"line,omitempty"`
	// Column is the heading in the file, or the number of the cell; "" when the flaw has no
	// column.
	Column string `json:"column,omitempty"`
	// Code is one of the API's codes.
	Code string `json:"code"`
	// Reason is a sentence for people.
	Reason string `json:"reason"`
}

// Error says where the flaw is and what is wrong.
func (f *Flaw) Error() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "line %d", f.Line)
	}
	if f.Column != "" {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "column %s", f.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	return b.String() + f.Reason
}

// broken says that a file cannot be read as a table, from here on. Nothing of it is
// applied.
func broken(line int, column, format string, args ...any) *Flaw {
	return &Flaw{Line: line, Column: column, Code: codeInvalid, Reason: fmt.Sprintf(format, args...)}
}
