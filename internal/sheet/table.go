package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"holdfast.dev/holdfast/internal/catalog"
)

// maxRows bounds the rows of one file: each of them takes up to 50 bytes
// of memory.
const maxRows = 5_000_000

// fileForm is the detected form of a file.
type fileForm struct {
	Format   Format   `json:"format,omitempty"`
	Encoding Encoding `json:"encoding,omitempty"`
}

// examine detects the parts of the file's form that f leaves open.
func (f fileForm) examine(file *os.File) (fileForm, error) {
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f, err
	}
	is, err := sniff(start[:n])
	if err != nil {
		return f, err
	}
	if f.Format != "" && f.Format != is {
		return f, broken(0, "", "the file was called %s, and it is not", f.Format)
	}
	f.Format = is
	if is == XLSX {
		f.Encoding = ""
		return f, nil
	}
	if f.Encoding == "" {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return f, err
		}
		f.Encoding, err = detect(file)
	}
	return f, err
}

// table is a file that is being read: its heading, then record by record.
type table struct {
	kind   Kind
	spec   Spec
	file   *os.File
	rows   rows
	form   fileForm
	header *header
	row    row

	items *index // the line of each item that was seen
	units *index // the unit that the file gives each product

	// digests has the first line of each digest, factors that of each digest with its fields.
	// nil until there is one.
	digests, factors *index

	named []catalog.Unit // [0] is none
	read  int64

	numbers map[catalog.Unit]uint32 // of the named
	places  places

	ahead *record // read already, not yet returned
	kit   string  // the product of the last row of a kit, or its transfer
	lines int     // of that transfer
}

// openTable opens the file and reads its heading. A *Flaw says that the file as a whole
// cannot be imported.
func openTable(path string, s Spec, f fileForm) (_ *table, err error) {
	t := &table{
		kind: s.Kind, spec: s, form: f, items: newIndex(), units: newIndex(),
		named: make([]catalog.Unit, 1), numbers: map[catalog.Unit]uint32{}, places: places{},
	}
	if t.file, err = os.Open(path); err != nil {
		return nil, fmt.Errorf("open what was sent: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.rows, err = t.open(); err != nil {
		return nil, err
	}
	if err = t.heading(); err != nil {
		return nil, err
	}
	if t.header, err = newHeader(s, t.row.line, t.row.cells); err != nil {
		return nil, err
	}
	err = s.digestRule().checkDigests(s.Kind, t.header, t.row.line)
	return t, err
}

func (t *table) open() (rows, error) {
	if t.form.Format == XLSX {
		info, err := t.file.Stat()
		if err != nil {
			return nil, err
		}
		return newSheet(t.file, info.Size())
	}
	return newCSV(decoded(bufio.NewReaderSize(t.file, 256<<10), t.form.Encoding))
}

// heading reads the heading.
func (t *table) heading() error {
	for {
		err := t.rows.next(&t.row)
		switch {
		case errors.Is(err, io.EOF):
			return broken(0, "", "the file has no heading")
		case err != nil:
			return err
		case t.row.flaw != nil:
			return t.row.flaw
		case !t.row.blank():
			return nil
		}
	}
}

// next reads the next record; io.EOF after the last one. A *Flaw as an error says that the
// rest cannot be read.
func (t *table) next() (*record, error) {
	if rec := t.ahead; rec != nil {
		t.ahead = nil
		return rec, nil
	}
	for {
		if err := t.rows.next(&t.row); err != nil {
			return nil, err
		}
		if t.row.blank() {
			continue
		}
		if t.read++; t.read > maxRows {
			return nil, broken(t.row.line, "", "the file has more than %d rows: split it", maxRows)
		}
		return t.record(), nil
	}
}

// peek returns the next result of next. It returns nil at the end and when the rest cannot
// be read, which next then reports.
func (t *table) peek() *record {
	if t.ahead == nil {
		t.ahead, _ = t.next()
	}
	return t.ahead
}

func (t *table) record() *record {
	rec := &record{line: t.row.line, cells: t.row.cells, flaw: t.row.flaw, guessed: t.guessed()}
	if rec.flaw != nil {
		t.name(rec)
		return rec
	}
	switch have, want := len(t.row.cells), len(t.header.words); {
	case have > want:
		rec.refuse(codeInvalid, itoa(want+1), fmt.Sprintf("the row has %d cells, the heading has %d", have, want))
		return rec
	case have < want && t.form.Format == CSV:
		rec.refuse(codeInvalid, t.header.words[have], fmt.Sprintf("the row has only %d cells, the heading has %d", have, want))
		return rec
	}
	for i, word := range t.header.words {
		if word == "" && i < len(t.row.cells) && t.row.cells[i] != "" {
			rec.refuse(codeInvalid, itoa(i+1), fmt.Sprintf("column %d has no heading, and %q in this row", i+1, clip(t.row.cells[i])))
		}
	}
	rowReader{t.header, &t.row, rec, t.places, t.form.Encoding, t.guessed(), t.decimal(), t.spec.digestRule()}.read(t.kind, t.spec.Location)
	t.compare(rec)
	t.compareDigests(rec)
	return rec
}

// guessed reports that nothing but the bytes says which encoding the file has. A known heading in Chinese says it too.
func (t *table) guessed() bool {
	return t.form.Encoding == GB18030 && t.spec.Encoding == "" && !t.header.chinese
}

// decimal is how the file writes fractions. A table that was exported with commas has points.
func (t *table) decimal() Decimal {
	if c, text := t.rows.(*csvRows); t.spec.Decimal == "" && text && t.header.exported && c.csv.Comma == ',' {
		return DecimalPoint
	}
	return t.spec.Decimal
}

// name names the cell of a flaw by its heading.
func (t *table) name(rec *record) {
	for i, word := range t.header.words {
		if rec.flaw.Column == itoa(i+1) {
			rec.flaw.Column = word
			return
		}
	}
}

// compare compares the record with earlier rows about the same item and product. It uses
// only the texts, so the result is the same whenever the file is read.
func (t *table) compare(rec *record) {
	switch t.kind {
	case KindLocations:
		t.compareFacts(rec)
		return
	case KindKits:
		t.compareParts(rec)
		return
	case KindTransfers:
		t.compareTransfers(rec)
		return
	}
	if faultOfID(rec.product, maxProduct, false) != "" || t.kind != KindProducts && faultOfID(rec.location, maxLocation, false) != "" {
		return
	}
	at, what := rec.location, "item"
	switch t.kind {
	case KindProducts:
		what = "product"
	case KindQuotas:
		at, what = at+"\x00"+rec.share.channel, "channel of the item" // no id has a NUL
	case KindLots:
		at, what = at+"\x00"+string(rec.lot), "lot of the item"
	}
	if before, twice := t.items.put(rec.product, at, uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(product), fmt.Sprintf("line %d has the same %s; only the first counts", before, what))
		return
	}
	if rec.flaw != nil || t.header.cell(unit) < 0 && t.header.cell(scale) < 0 {
		return
	}
	said := uint32(0)
	if rec.unit.Name != "" && rec.unit.Scale != 0 {
		said = t.intern(rec.unit)
	}
	before, had := t.units.put(rec.product, "", said)
	if had {
		rec.fileUnit = t.named[before]
		rec.lateUnit = before == 0
	}
}

// maxNamed bounds how many units one file may name.
const maxNamed = 10_000

// intern returns a number for the unit; 0 when there are too many.
func (t *table) intern(u catalog.Unit) uint32 {
	n, known := t.numbers[u]
	if !known && len(t.named) < maxNamed {
		n = uint32(len(t.named))
		t.named, t.numbers[u] = append(t.named, u), n
	}
	return n
}

func (t *table) close() error { return t.file.Close() }
