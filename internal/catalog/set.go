package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkRows returns 1 to MaxSet rows as they are stored, or an error that names an
// invalid row. check returns a row as it is stored, with its id; a second row of an id
// is refused with twice.
func checkRows[T any, K comparable](field string, set []T, check func(T) (T, K, error), twice *InvalidError) ([]T, error) {
	if n := len(set); n < 1 || n > MaxSet {
		return nil, &InvalidError{Field: field, Reason: fmt.Sprintf("must be 1 to %d", MaxSet)}
	}
	kept, seen := make([]T, len(set)), make(map[K]bool, len(set))
	for i, row := range set {
		row, id, err := check(row)
		if err == nil && seen[id] {
			err = twice
		}
		if err != nil {
			return nil, rowError(i, err)
		}
		kept[i], seen[id] = row, true
	}
	return kept, nil
}

// putAll stores the rows that differ from the stored ones: same compares the two.
// Each is of a location, which open makes known for a row that never was, or refuses.
func (k *documentKind[T]) putAll(w *write, rows []T, same func(is, row *T) bool, of func(*T) Ref, open func(Ref) error) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = k.pack(&rows[i]).id
	}
	have, err := k.readSome(&w.read, of(&rows[0]).Tenant, ids)
	if err != nil {
		return err
	}
	var fresh []Ref
	for i, id := range ids {
		if have[id].document == nil {
			fresh = append(fresh, of(&rows[i]))
		}
	}
	if err := w.meetAll(fresh); err != nil {
		return err
	}
	for i := range rows {
		row, was := &rows[i], have[ids[i]]
		if was.document != nil && !was.gone && same(was.document, row) {
			continue
		}
		if was.document == nil {
			err = open(of(row))
		}
		if err == nil {
			err = k.put(w, row, was.document)
		}
		if err != nil {
			return rowError(i, err)
		}
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
