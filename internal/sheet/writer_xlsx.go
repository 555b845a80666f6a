package sheet

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// xlsxWriter writes a workbook of one sheet. What does not fit into memory
// waits in a file of the folder until close puts the workbook together.
type xlsxWriter struct {
	to    io.Writer
	book  *excelize.File
	sheet *excelize.StreamWriter
	line  int
	room  []any
}

// errTooManyRows says that a sheet is full.
var errTooManyRows = broken(0, "", "there are more rows than the %d of a sheet: export CSV, or less at once", excelize.TotalRows-1)

func newXLSXWriter(to io.Writer, folder string) (*xlsxWriter, error) {
	x := &xlsxWriter{to: to, book: excelize.NewFile(excelize.Options{TmpDir: folder})}
	var err error
	if x.sheet, err = x.book.NewStreamWriter(x.book.GetSheetName(0)); err != nil {
		return nil, errors.Join(fmt.Errorf("begin the workbook: %w", err), x.book.Close())
	}
	return x, nil
}

func (x *xlsxWriter) row(cells []cell) error {
	if x.line++; x.line > excelize.TotalRows {
		return errTooManyRows
	}
	x.room = x.room[:0]
	for _, c := range cells {
		if !keepsText(c.text) {
			return broken(0, "", "a workbook cannot keep the text %q: export CSV", clip(c.text))
		}
		x.room = append(x.room, c.value())
	}
	return x.sheet.SetRow("A"+strconv.Itoa(x.line), x.room)
}

// mangled is what excelize does not write as it is. Workbooks write what XML does
// not allow as _x0009_, and such a text itself as _x005F_x0009_: of two with one
// underscore between them it masks the first alone, and half of a surrogate pair
// it leaves out.
var mangled = regexp.MustCompile(`_x[0-9a-fA-F]{4}_x[0-9a-fA-F]{4}_|_x[dD][89a-fA-F][0-9a-fA-F]{2}_`)

// keepsText says that a workbook gives the text back as it is. What XML has no
// way to write would become U+FFFD, which is another id.
func keepsText(s string) bool {
	return !strings.ContainsAny(s, "\ufffe\uffff") && (!strings.Contains(s, "_x") || !mangled.MatchString(s))
}

// value is the cell as a sheet keeps it. Numbers of more digits than a sheet
// keeps are texts.
func (c cell) value() any {
	switch {
	case c.text == "":
		return nil
	case !c.number:
		return escape(c.text)
	}
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(c.text), "0")
	if len(digits) > 15 {
		return c.text
	}
	if n, err := strconv.ParseInt(c.text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(c.text, 64); err == nil {
		return f
	}
	return c.text
}

func (x *xlsxWriter) close() error {
	err := x.sheet.Flush()
	if err == nil {
		_, err = x.book.WriteTo(x.to)
	}
	if err = errors.Join(err, x.book.Close()); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// drop throws away what was written.
func (x *xlsxWriter) drop() error { return x.book.Close() }
