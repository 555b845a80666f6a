package sheet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// ExportSpec selects the content of an export.
type ExportSpec struct {
	Tenant   string
	Kind     Kind
	Format   Format
	Encoding Encoding // of CSV
	// Location and Product leave out other rows. Since and Until, for the journal, leave out
	// entries booked before Since, or at Until and later; "" and 0 are no bound.
	Location, Product string
	Since, Until      stock.Time
	// Bounds leave out other locations and channels; nil: nothing.
	Bounds *stock.Bounds
}

// Export is a completely written table: no caller gets half of one.
type Export struct {
	file *os.File
	// Size is its bytes, Rows its rows without the heading.
	Size, Rows int64
	// Position is the position in the books that it shows, "" for tables from the
	// catalog.
	Position string

	leave func()
}

// Read implements io.Reader.
func (e *Export) Read(p []byte) (int, error) { return e.file.Read(p) }

// Close deletes the export.
func (e *Export) Close() error {
	e.leave()
	return errors.Join(e.file.Close(), os.Remove(e.file.Name()))
}

// maxExport bounds an export on disk.
const maxExport = 8 << 30

// export writes the rows of an export.
type export struct {
	desk *Desk
	spec ExportSpec
	out  writer
	rows int64
	room []cell
}

// Export writes a table. Levels, thresholds, quotas and lots are one snapshot of the books
// (of several slots: nothing is older than the position that it reports). The journal goes
// up to the moment of the call. Both report that position. A *Flaw means that the request
// is not valid. ErrTooMany and ErrChanging pass.
func (d *Desk) Export(ctx context.Context, spec ExportSpec) (*Export, error) {
	for try := 1; ; try++ {
		e, err := d.export(ctx, spec)
		if !errors.Is(err, ErrChanging) || try == exportTries {
			return e, err
		}
	}
}

// exportTries is how often a table is started again because it turned out to need more
// columns.
const exportTries = 5

// export writes a table once.
func (d *Desk) export(ctx context.Context, spec ExportSpec) (_ *Export, err error) {
	leave, err := d.enter(spec.Tenant)
	if err != nil {
		return nil, err
	}
	d.count(1)
	defer d.count(-1)
	file, err := d.folder.temp()
	if err != nil {
		leave()
		return nil, fmt.Errorf("begin the export: %w", err)
	}
	e := &Export{file: file, leave: leave}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	buffered := bufio.NewWriterSize(&bounded{file, maxExport}, 256<<10)
	x := &export{desk: d, spec: spec}
	if x.out, err = newWriter(buffered, spec); err != nil {
		return nil, err
	}
	snapshot, err := x.write(ctx)
	if err != nil {
		return nil, err
	}
	if err = errors.Join(x.out.close(), buffered.Flush()); err != nil {
		return nil, err
	}
	if e.Size, err = file.Seek(0, io.SeekCurrent); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	e.Rows = x.rows
	if spec.Kind != KindProducts && spec.Kind.booked() {
		e.Position = snapshot.At.String()
	}
	return e, err
}

// count is load for callers that do not hold mu.
func (d *Desk) count(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.load(n)
}

func newWriter(w io.Writer, spec ExportSpec) (writer, error) {
	if spec.Format == XLSX {
		return newXLSXWriter(w)
	}
	return newCSVWriter(w, spec.Encoding, true)
}

// bounded refuses to write more than left bytes.
type bounded struct {
	w    io.Writer
	left int64
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, broken(0, "", "the export is larger than %d bytes: export less at once", int64(maxExport))
	}
	return b.w.Write(p)
}

func (x *export) write(ctx context.Context) (view.Snapshot, error) {
	switch x.spec.Kind {
	case KindProducts:
		return view.Snapshot{}, x.products(ctx)
	case KindJournal:
		return x.journal(ctx)
	case KindLocations:
		return view.Snapshot{}, x.locations(ctx)
	case KindKits:
		return view.Snapshot{}, x.kits(ctx)
	case KindQuotas:
		return x.quotas(ctx)
	case KindTransfers:
		return view.Snapshot{}, x.transfers(ctx)
	case KindLots:
		return x.lots(ctx)
	case KindReservations:
		return x.reservations(ctx)
	}
	return x.levels(ctx)
}

func (x *export) heading(words ...string) error { return x.out.row(textCells(words...)) }

// start begins a row, text and number add a cell to it, end writes it.
func (x *export) start() { x.room = x.room[:0] }

func (x *export) text(all ...string) {
	for _, s := range all {
		x.room = append(x.room, cell{text: s})
	}
}

func (x *export) number(s string) { x.room = append(x.room, cell{text: s, number: true}) }

// units writes quantities of a product that is counted with so many decimals.
func (x *export) units(decimals int, all ...stock.Qty) {
	for _, n := range all {
		x.number(inUnit(n, decimals))
	}
}

func (x *export) flags(all ...bool) {
	for _, b := range all {
		x.text(strconv.FormatBool(b))
	}
}

// time writes a moment; it has only digits and letters, so it needs no guard.
func (x *export) time(t stock.Time) {
	x.text(time.UnixMilli(int64(t)).UTC().Format("2006-01-02T15:04:05.000Z"))
}

func (x *export) scale(n int) {
	if n == 0 {
		x.text("")
		return
	}
	x.number(itoa(n))
}

func (x *export) end() error {
	x.rows++
	return x.out.row(x.room)
}
