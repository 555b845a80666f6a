package sheet

// row is one row of a table as read from the file.
type row struct {
	line  int
	cells []string
	// numbers marks the cells of a sheet that are numbers; nil when none is known to be one.
	numbers []bool
	// flaw is what is wrong with the row itself, independent of its columns.
	flaw *Flaw
}

// blank reports that the row is empty.
func (r *row) blank() bool {
	for _, c := range r.cells {
		if c != "" {
			return false
		}
	}
	return r.flaw == nil
}

func (r *row) number(i int) bool { return i < len(r.numbers) && r.numbers[i] }

// rows yields the rows of a table, the heading first. next returns io.EOF after the last
// row, and a *Flaw when the rest of the file cannot be read. The caller owns the content of
// the row.
type rows interface {
	next(r *row) error
}
