package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// table prints rows in columns, two blanks apart, or as CSV. Flush writes them.
type table struct {
	out    io.Writer
	csv    bool
	rows   [][]string
	widths []int
	// amounts says that rows of CSV end with the unit and the scale of their quantities.
	amounts bool
}

func newTable(out io.Writer, columns ...any) *table {
	t := &table{out: out}
	t.row(columns...)
	return t
}

func (t *table) row(cells ...any) {
	texts := make([]string, len(cells), len(cells)+2)
	var in declared
	for i, c := range cells {
		a, is := c.(amount)
		if is && a.unit.scale > 0 {
			in = a.unit
		}
		if is && t.csv {
			texts[i] = a.number()
			continue
		}
		texts[i] = fmt.Sprint(c)
	}
	if t.csv && t.amounts {
		texts = append(texts, in.name, in.scaleText())
	}
	t.rows = append(t.rows, texts)
}

// Flush writes the rows so far; later rows are at least as
// wide.
func (t *table) Flush() error {
	rows := t.rows
	t.rows = nil
	if t.csv {
		w := csv.NewWriter(t.out)
		w.UseCRLF = true // RFC 4180
		return w.WriteAll(rows)
	}
	for _, row := range rows {
		for i, cell := range row {
			if i == len(t.widths) {
				t.widths = append(t.widths, 0)
			}
			t.widths[i] = max(t.widths[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		pad := 0 // before the next cell that is not empty
		for i, cell := range row {
			if cell != "" {
				b.WriteString(strings.Repeat(" ", pad) + cell)
				pad = 0
			}
			pad += t.widths[i] - width(cell) + 2
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// width is how many columns of a terminal the text takes: two for each Chinese, Japanese or
// Korean letter.
func width(text string) int {
	n := 0
	for _, r := range text {
		n++
		switch {
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
			r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x20000 && r <= 0x3fffd:
			n++
		}
	}
	return n
}
