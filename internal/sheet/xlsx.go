package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxTexts bounds the shared texts of a workbook in memory. A sheet of a million rows with
// distinct ids has some 20 MiB of them.
const maxTexts = 64 << 20

// texts are the shared texts of a workbook, in one piece.
type texts struct {
	all  []byte
	ends []uint32
}

func readTexts(w *workbook, name string) (*texts, error) {
	t := &texts{}
	if name == "" {
		return t, nil
	}
	part, err := w.part(name)
	if part == nil || err != nil {
		return t, err
	}
	x := newXML(part)
	defer x.close()
	for {
		token, err := x.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		if e, ok := token.(xml.StartElement); !ok || e.Name.Local != "si" {
			continue
		}
		text, err := x.text("rPh") // how to pronounce it
		if err != nil {
			return nil, err
		}
		if len(t.all)+len(text) > maxTexts || len(t.ends) >= maxTexts/8 {
			return nil, broken(0, "", "the workbook has more than %d bytes of texts: save it as CSV", maxTexts)
		}
		t.all = append(t.all, text...)
		t.ends = append(t.ends, uint32(len(t.all)))
	}
}

func (t *texts) get(number string) (string, bool) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(t.ends) {
		return "", false
	}
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return string(t.all[from:t.ends[n]]), true
}

// sheetRows reads the first sheet of a workbook that is shown.
type sheetRows struct {
	x       *xmlReader
	texts   *texts
	formats *formats
	line    int
}

// newSheet reads that sheet of the workbook in file.
func newSheet(file io.ReaderAt, size int64) (*sheetRows, error) {
	w, err := openWorkbook(file, size)
	if err != nil {
		return nil, err
	}
	parts, err := w.parts()
	if err != nil {
		return nil, err
	}
	s := &sheetRows{}
	if s.texts, err = readTexts(w, parts.texts); err != nil {
		return nil, err
	}
	if s.formats, err = readFormats(w, parts.styles, parts.from1904); err != nil {
		return nil, err
	}
	part, err := w.part(parts.sheet)
	if err != nil {
		return nil, err
	}
	if part == nil {
		return nil, broken(0, "", "the workbook has no sheet that is shown")
	}
	s.x = newXML(part)
	return s, nil
}

// next implements rows.
func (s *sheetRows) next(r *row) error {
	for {
		token, err := s.x.next()
		if err != nil {
			return s.located(err)
		}
		e, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case e.Name.Local == "mergeCell":
			if err := refuseMerged(element{attributes: e.Attr}); err != nil {
				return err
			}
		case e.Name.Local == "row":
			s.line++
			if ref := (element{attributes: e.Attr}).attribute("r"); ref != "" {
				n, err := strconv.Atoi(ref)
				if err != nil || n < s.line {
					return broken(s.line, "", "the workbook is damaged: its rows are out of order")
				}
				s.line = n
			}
			return s.located(s.row(r))
		}
	}
}

// refuseMerged refuses a sheet with merged cells, of which all but the first are empty in the file. They stand
// behind the rows.
func refuseMerged(e element) error {
	ref := e.attribute("ref")
	if from, to, several := strings.Cut(ref, ":"); !several || from == to {
		return nil
	}
	return broken(0, "", "the cells %s are merged, and only the first of them has a value in the file: separate them, with the value in each", clip(ref))
}

// located adds the row in which, or after which, a flaw is.
func (s *sheetRows) located(err error) error {
	if f, ok := errors.AsType[*Flaw](err); ok && f.Line == 0 {
		f.Line = s.line
	}
	return err
}

func (s *sheetRows) row(r *row) error {
	*r = row{line: s.line}
	for {
		token, err := s.x.next()
		if errors.Is(err, io.EOF) {
			return broken(s.line, "", "the workbook is damaged: it ends inside a row")
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local == "c" {
				if err := s.cell(r, element{attributes: t.Attr}); err != nil {
					return err
				}
			}
		}
	}
}

// cell reads one cell to its end.
func (s *sheetRows) cell(r *row, e element) error {
	at := len(r.cells)
	if ref := e.attribute("r"); ref != "" {
		at = columnOf(ref)
	}
	value, formula, err := s.value()
	if err != nil {
		return err
	}
	if at < len(r.cells) || at > 2*maxCells {
		if value == "" {
			return nil // formatted and empty
		}
		return broken(s.line, "", "the row has cells out of order or beyond column %d", 2*maxCells)
	}
	flaw := func(reason string) {
		if r.flaw == nil {
			r.flaw = &Flaw{Line: s.line, Column: itoa(at + 1), Code: codeInvalid, Reason: reason}
		}
	}
	is := plain
	switch t := e.attribute("t"); {
	case t == "e":
		flaw("the cell shows the error " + clip(value))
	case formula && value == "":
		flaw("the cell has a formula without its value: open the workbook in a spreadsheet program and save it, or paste values")
	case t == "s":
		var ok bool
		if value, ok = s.texts.get(value); !ok {
			return broken(s.line, "", "the workbook is damaged: a cell names a text that is not there")
		}
	case t == "b":
		value, is = truthValue(value), truth
	case t == "d":
		is = date
	case (t == "" || t == "n") && value != "":
		value, is = s.formats.number(value, e.attribute("s"))
	}
	if value == "" && !formula {
		return nil
	}
	if is == plain {
		is = s.formats.text(e.attribute("s"))
	}
	for len(r.cells) <= at {
		r.cells, r.kinds = append(r.cells, ""), append(r.kinds, plain)
	}
	r.cells[at], r.kinds[at] = value, is
	return nil
}

// value reads the shown value of a cell and whether it comes from a formula.
func (s *sheetRows) value() (value string, formula bool, err error) {
	for {
		token, err := s.x.next()
		if errors.Is(err, io.EOF) {
			return "", false, broken(s.line, "", "the workbook is damaged: it ends inside a cell")
		}
		if err != nil {
			return "", false, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "c" {
				return value, formula, nil
			}
		case xml.StartElement:
			text, err := s.x.text("rPh")
			if err != nil {
				return "", false, err
			}
			switch t.Name.Local {
			case "v", "is":
				value = text
			case "f":
				formula = true
			}
		}
	}
}

// truthValue is a truth value as a spreadsheet shows it.
func truthValue(text string) string {
	if text == "1" || text == "true" {
		return "TRUE"
	}
	return "FALSE"
}

// columnOf is the column of a cell such as BC17, from 0.
func columnOf(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i]
		if c < 'A' || c > 'Z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
