package sheet

// row is one row of a table as it stands in the file.
type row struct {
	line  int
	cells []string
	// numbers says which cells of a sheet are numbers; nil when none is known to be.
	numbers []bool
	// flaw is what is wrong with the row itself, whatever its columns mean.
	flaw *Flaw
}

// blank says that nothing is in the row.
func (r *row) blank() bool {
	for _, c := range r.cells {
		if c != "" {
			return false
		}
	}
	return r.flaw == nil
}

func (r *row) number(i int) bool { return i < len(r.numbers) && r.numbers[i] }

// rows gives the rows of a table, the heading first. next returns io.EOF
// behind the last, a *Flaw when the file cannot be read on from here; what the
// row holds is its caller's.
type rows interface {
	next(r *row) error
}
