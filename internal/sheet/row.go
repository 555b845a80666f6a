package sheet

// row is one row of a table as read from the file.
type row struct {
	line  int
	cells []string
	// kinds are what the cells of a workbook are; nil when all are plain.
	kinds []kind
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

func (r *row) kind(i int) kind {
	if i < 0 || i >= len(r.kinds) {
		return plain
	}
	return r.kinds[i]
}

// rows yields the rows of a table, the heading first. next returns io.EOF after the last
// row, and a *Flaw when the rest of the file cannot be read. The caller owns the content of
// the row.
type rows interface {
	next(r *row) error
}

// kind is what a cell of a workbook is to somebody who looks at it. All cells of a text file are plain.
type kind uint8

const (
	plain   kind = iota // a text
	digits              // a number that is shown digit by digit
	figure              // a number in a format that shows more than its digits: 00017, 1,200, 5 kg
	date                // a day, a time of day, or both
	truth               // TRUE or FALSE
	percent             // a number that is shown divided or multiplied: 50 %, thousands
	rounded             // a number of which fewer digits are shown than it has
	hidden              // a number or a text that is not shown
	lost                // a number of more digits than a workbook keeps
)

// reason says why a cell of a kind cannot be what its column wants.
func (k kind) reason(shown string) string {
	switch k {
	case figure:
		return "shows " + clip(shown) + " by its number format: write it as a text"
	case date:
		return "is a date in the workbook (" + clip(shown) + "): write it as a text"
	case truth:
		return "is the truth value " + clip(shown) + " in the workbook"
	case percent:
		return "is shown multiplied by its number format (" + clip(shown) + "): write the plain number"
	case rounded:
		return "shows fewer decimals than it has (" + clip(shown) + "): round it, or show them all"
	case hidden:
		return "is hidden by its format"
	case lost:
		return "is a number of more than 15 digits, of which a workbook keeps 15 (" + clip(shown) + "): write it as a text"
	}
	return ""
}
