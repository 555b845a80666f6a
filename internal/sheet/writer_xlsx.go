package sheet

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The limits of a sheet, by the specification of Excel.
const (
	mostRows       = 1 << 20
	mostCharacters = 32767 // of a cell, in UTF-16
)

// The parts of a workbook other than its sheet. Styles and themes may be left out.
var workbookParts = []struct{ name, content string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
		`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// xlsxWriter writes a workbook of one sheet. It compresses each row at once: nothing waits
// in memory or in a file.
type xlsxWriter struct {
	archive *zip.Writer
	sheet   *bufio.Writer
	line    int
	room    []byte
}

// errTooManyRows says that a sheet is full.
var errTooManyRows = broken(0, "", "there are more rows than the %d of a sheet: export CSV, or less at once", mostRows-1)

func newXLSXWriter(to io.Writer) (*xlsxWriter, error) {
	x := &xlsxWriter{archive: zip.NewWriter(to)}
	for _, p := range workbookParts {
		w, err := x.archive.Create(p.name)
		if err == nil {
			_, err = io.WriteString(w, xmlHead+p.content)
		}
		if err != nil {
			return nil, fmt.Errorf("begin the workbook: %w", err)
		}
	}
	w, err := x.archive.Create("xl/worksheets/sheet1.xml")
	if err == nil {
		x.sheet = bufio.NewWriter(w)
		_, err = x.sheet.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	}
	if err != nil {
		return nil, fmt.Errorf("begin the workbook: %w", err)
	}
	return x, nil
}

// row implements writer. It leaves out an empty cell; the next cell names its own
// place.
func (x *xlsxWriter) row(cells []cell) error {
	if x.line++; x.line > mostRows {
		return errTooManyRows
	}
	line := strconv.Itoa(x.line)
	x.room = x.room[:0]
	x.put(`<row r="`, line, `">`)
	for i, c := range cells {
		at := columnName(i) + line
		switch {
		case c.text == "":
		case c.number && keepsNumber(c.text):
			x.put(`<c r="`, at, `"><v>`, c.text, `</v></c>`)
		default:
			text := c.text
			if !c.number {
				text = escape(text)
			}
			if len(text) > mostCharacters && len(utf16.Encode([]rune(text))) > mostCharacters {
				return broken(0, "", "a cell of a workbook has at most %d characters, %q has more: export CSV", mostCharacters, clip(text))
			}
			x.put(`<c r="`, at, `" t="inlineStr"><is><t xml:space="preserve">`, masked(text), `</t></is></c>`)
		}
	}
	x.put(`</row>`)
	_, err := x.sheet.Write(x.room)
	return err
}

func (x *xlsxWriter) put(all ...string) {
	for _, s := range all {
		x.room = append(x.room, s...)
	}
}

// close implements writer.
func (x *xlsxWriter) close() error {
	_, err := x.sheet.WriteString(`</sheetData></worksheet>`)
	if err = errors.Join(err, x.sheet.Flush(), x.archive.Close()); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// columnName is the letters of a column, from 0: A, Z, AA.
func columnName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnName(i/26-1) + string(rune('A'+i%26))
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// keepsNumber reports that a spreadsheet keeps all digits. Numbers of more than 15 digits
// are written as texts.
func keepsNumber(s string) bool {
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(s), "0")
	return len(digits) <= 15 && decimal.MatchString(s)
}

// masked is the text in the form for XML. Workbooks write a character that XML does not
// allow, and a carriage return, which XML reads as a line feed, as _x0009_. So the
// underscore before a text that looks like that becomes _x005F_. unmasked reads this
// form.
func masked(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '_' && looksMasked(s[i:]), r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			fmt.Fprintf(&b, "_x%04X_", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// looksMasked reports that a text begins with something that unmasked could take for a
// character.
func looksMasked(s string) bool {
	if len(s) < len("_x0000_") || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, ok := hex4(s[2:6])
	return ok
}
