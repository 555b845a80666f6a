package sheet

import (
	"encoding/csv"
	"io"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// cell is one cell to write. A number is written as it is; a text is made harmless in
// spreadsheets.
type cell struct {
	text   string
	number bool
}

func textCells(all ...string) []cell {
	cells := make([]cell, len(all))
	for i, s := range all {
		cells[i] = cell{text: s}
	}
	return cells
}

// writer writes a table row by row. close writes the rest.
type writer interface {
	row(cells []cell) error
	close() error
}

// csvWriter writes CSV.
type csvWriter struct {
	csv  *csv.Writer
	room []string
}

// newCSVWriter writes to w in the encoding; fresh reports that w is
// empty.
func newCSVWriter(w io.Writer, e Encoding, fresh bool) (*csvWriter, error) {
	switch {
	case e == GB18030:
		w = simplifiedchinese.GB18030.NewEncoder().Writer(w)
	case e == UTF8BOM && fresh:
		if _, err := w.Write(bom); err != nil {
			return nil, err
		}
	}
	return &csvWriter{csv: csv.NewWriter(w)}, nil
}

func (c *csvWriter) row(cells []cell) error {
	c.room = c.room[:0]
	for _, one := range cells {
		text := one.text
		if !one.number {
			text = escape(text)
		}
		c.room = append(c.room, text)
	}
	return c.csv.Write(c.room)
}

func (c *csvWriter) close() error {
	c.csv.Flush()
	return c.csv.Error()
}
