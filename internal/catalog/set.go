package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkCount refuses more rows, or fewer, than one call may set.
func checkCount(field string, n int) error {
	if n < 1 || n > MaxSet {
		return &InvalidError{Field: field, Reason: fmt.Sprintf("must be 1 to %d", MaxSet)}
	}
	return nil
}

// RowError says which of the rows of one call may not be kept. Nothing was
// stored.
type RowError struct {
	Row int // from 0
	Err error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row+1, e.Err) }

func (e *RowError) Unwrap() error { return e.Err }

// rowError says in which row err is, unless it is the database's.
func rowError(at int, err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	return &RowError{Row: at, Err: err}
}

// printable reports that s is text that one line can show.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
