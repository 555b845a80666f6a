package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxBytes bounds an unpacked history: the API's bound for imports. It prevents a small hostile
// .gz from filling the memory.
const maxBytes = 1 << 30

// Read reads a history, plain or gzipped (detected by its first bytes), and calls each with its
// lines in order. It stops at the first line that does not match the README and names it; each
// has received the lines before it.
func Read(r io.Reader, each func(Line) error) error {
	plain, err := unpacked(r)
	if err != nil {
		return err
	}
	limited := &io.LimitedReader{R: plain, N: maxBytes + 1}
	rows := csv.NewReader(limited)
	rows.ReuseRecord = true
	at, err := readHeader(rows)
	if err != nil {
		return err
	}
	var last Line
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) && limited.N > 0 {
			return nil
		}
		if limited.N <= 0 {
			return fmt.Errorf("after line %d: more than %d MiB unpacked", last.Number, maxBytes>>20)
		}
		if err != nil {
			return rowError(err, last.Number)
		}
		number, _ := rows.FieldPos(0)
		line, err := parseLine(row, at)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if line.Number = number; line.Seq <= last.Seq {
			return fmt.Errorf("line %d: seq %d comes after seq %d: the order of events is lost", number, line.Seq, last.Seq)
		}
		if err := each(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		last = line
	}
}

// unpacked returns r without gzip and without a byte order mark.
func unpacked(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	// A shorter file has no mark; reading it gives the reason why it could not be read.
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unzip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		buffered = bufio.NewReaderSize(unzip, 1<<16)
	}
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		if _, err := buffered.Discard(3); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
	}
	return buffered, nil
}

// readHeader returns the index of each of columns in a row, and after them that of the country,
// -1 if there is none.
func readHeader(rows *csv.Reader) ([]int, error) {
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: the file is empty: no header")
	}
	if err != nil {
		return nil, rowError(err, 0)
	}
	places := map[string]int{}
	for i, name := range header {
		if _, twice := places[name]; twice {
			return nil, fmt.Errorf("line 1: column %q is named twice", name)
		}
		places[strings.Clone(name)] = i
	}
	at := make([]int, len(columns)+1)
	for i, name := range columns {
		place, ok := places[name]
		if !ok {
			return nil, fmt.Errorf("line 1: no column %q; a history has %s", name, strings.Join(columns, ", "))
		}
		at[i] = place
	}
	at[len(columns)] = -1
	if place, ok := places[countryColumn]; ok {
		at[len(columns)] = place
	}
	return at, nil
}

// rowError names the line of a row that could not be parsed.
func rowError(err error, last int) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse) && parse.StartLine != parse.Line:
		return fmt.Errorf("line %d (a row that begins on line %d): %w", parse.Line, parse.StartLine, parse.Err)
	case errors.As(err, &parse):
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("after line %d: the file is cut off: %w", last, err)
	default:
		return fmt.Errorf("after line %d: %w", last, err)
	}
}
