package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// results is the file that lists the refused rows and the reasons.
type results struct {
	file  *os.File
	count *countingWriter
	out   *csvWriter
	width int // cells of the file's heading
}

// countingWriter counts the bytes that it writes.
type countingWriter struct {
	w *bufio.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func openResults(path string) (*results, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the result: %w", err)
	}
	return &results{file: file}, nil
}

// begin continues after the first keep bytes; with 0 it starts the file.
func (o *results) begin(words []string, f fileForm, keep int64) error {
	err := o.file.Truncate(keep)
	if err == nil {
		_, err = o.file.Seek(keep, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("begin the result: %w", err)
	}
	o.width = len(words)
	encoding := f.Encoding
	if f.Format == XLSX {
		encoding = UTF8BOM // it will be opened where the workbook came from
	}
	o.count = &countingWriter{w: bufio.NewWriter(o.file), n: keep}
	if o.out, err = newCSVWriter(o.count, encoding, keep == 0); err != nil || keep > 0 {
		return err
	}
	return o.out.row(textCells(append([]string{"line", "column", "reason", "code"}, words...)...))
}

// add writes a refused row with its own cells, at most as many as the heading has.
func (o *results) add(f *Flaw, cells []string) error {
	row := textCells(itoa(f.Line), f.Column, f.Reason, f.Code)
	row[0].number = true
	for i := range o.width {
		own := cell{}
		if i < len(cells) {
			own.text = cells[i]
		}
		row = append(row, own)
	}
	if err := o.out.row(row); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// refuse writes the file of an import of which nothing was applied.
func (o *results) refuse(f *Flaw) error {
	if err := o.begin(nil, fileForm{Encoding: UTF8}, 0); err != nil {
		return err
	}
	return errors.Join(o.add(f, nil), o.flush())
}

// size is how many bytes have been written and flushed.
func (o *results) size() int64 { return o.count.n }

// flush writes the buffered bytes to the file.
func (o *results) flush() error {
	err := o.out.close()
	if err == nil {
		err = o.count.w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// close makes the file durable and closes it.
func (o *results) close() error { return errors.Join(o.file.Sync(), o.file.Close()) }
