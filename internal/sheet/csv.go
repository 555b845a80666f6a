package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// maxRecord bounds one row of a CSV file in bytes, and thereby in memory: a line without
// an end, or a quote that is never closed, ends the reading.
const maxRecord = 1 << 20

// csvRows reads a CSV file.
type csvRows struct {
	csv     *csv.Reader
	limit   *limited
	line    int // the last line of the row before
	skipped int // lines before the heading
}

// newCSV reads the table of a text in UTF-8.
func newCSV(text io.Reader) (*csvRows, error) {
	buffered := bufio.NewReaderSize(text, 64<<10)
	start, err := buffered.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	l := &limited{r: buffered}
	c := &csvRows{csv: csv.NewReader(l), limit: l}
	if comma, length := named(start); length > 0 {
		c.csv.Comma, c.skipped = comma, 1
		if _, err := buffered.Discard(length); err != nil {
			return nil, err
		}
	} else {
		c.csv.Comma = delimiter(start)
	}
	c.csv.FieldsPerRecord = -1 // ragged rows are reported one by one
	c.csv.ReuseRecord = true
	return c, nil
}

// named is the character that a first line such as sep=; names, as Excel writes and reads it, and the length of that line;
// 0 when there is none.
func named(start []byte) (comma rune, length int) {
	line, _, found := bytes.Cut(start, []byte("\n"))
	rest, is := bytes.CutPrefix(bytes.ToLower(bytes.TrimRight(line, "\r")), []byte("sep="))
	if !found || !is || len(rest) != 1 || rest[0] == '"' {
		return 0, 0
	}
	return rune(rest[0]), len(line) + 1
}

// delimiter is the character that separates most cells in the first line.
func delimiter(start []byte) rune {
	var counts [3]int
	kinds := []rune{',', ';', '\t'}
	quoted := false
	for _, c := range start {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			start = nil
		case slices.Contains(kinds, rune(c)):
			counts[slices.Index(kinds, rune(c))]++
		}
		if start == nil {
			break
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return kinds[best]
}

// next implements rows.
func (c *csvRows) next(r *row) error {
	c.limit.left = maxRecord
	cells, err := c.csv.Read()
	*r = row{cells: slices.Clone(cells)}
	var parse *csv.ParseError
	switch {
	case err == nil:
		r.line, _ = c.csv.FieldPos(0)
		c.line, _ = c.csv.FieldPos(len(cells) - 1)
		r.line += c.skipped
		c.line += c.skipped + strings.Count(cells[len(cells)-1], "\n")
		return nil
	case errors.As(err, &parse):
		r.line, c.line = parse.StartLine+c.skipped, parse.Line+c.skipped
		r.flaw = &Flaw{
			Line: r.line, Column: itoa(len(cells) + 1), Code: codeInvalid,
			Reason: "a quote is opened and never closed, or stands inside a cell without being doubled",
		}
		return nil
	case errors.Is(err, errTooLong):
		return broken(c.line+1, "", "the line has more than %d bytes, or a quote that is opened in it is never closed", maxRecord)
	}
	return err
}

// errTooLong says that a row or a token has more bytes than it may.
var errTooLong = errors.New("it is too long")

// limited reads up to left bytes, and the buffered bytes after them.
type limited struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}
