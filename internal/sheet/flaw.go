package sheet

import (
	"fmt"
	"strings"
)

// The codes of flaws: those of the public contract.
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
	// Line is the line of a CSV file or the row of a sheet, from 1; 0 when it
	// is none in particular.
	Line int `json:"line,omitempty"`
	// Column is the heading as the file has it, or the number of the cell;
	// "" when it is none in particular.
	Column string `json:"column,omitempty"`
	// Code is one of the contract's.
	Code string `json:"code"`
	// Reason is a sentence for people.
	Reason string `json:"reason"`
}

// Error says where it is and what is wrong.
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

// broken says that a file cannot be read as a table, here or behind here.
// Nothing of it is applied.
func broken(line int, column, format string, args ...any) *Flaw {
	return &Flaw{Line: line, Column: column, Code: codeInvalid, Reason: fmt.Sprintf(format, args...)}
}
