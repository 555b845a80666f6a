package archive

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"holdfast.dev/holdfast/internal/engine"
)

// To read one record, one row group is decoded. A writer keeps one row group in
// memory.
const (
	groupBytes   = 1 << 20
	groupRecords = 4096
	groupEntries = 16_384
)

// sheet is a Parquet file that is being written.
type sheet[R any] struct {
	out   *os.File
	sync  disk
	sum   hash.Hash
	bytes int64
	rows  int64
	w     *parquet.GenericWriter[R]
}

// newSheet begins a file. Until it is whole it has a name that says so.
func newSheet[R any](folder, kind string, sync disk) (*sheet[R], error) {
	out, err := os.OpenFile(filepath.Join(folder, kind+partSuffix), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sheet[R]{out: out, sync: sync, sum: sha256.New()}
	s.w = parquet.NewGenericWriter[R](s,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.CreatedBy("holdfast", "1", ""),
		parquet.PageBufferSize(64<<10), // as much is kept in memory per column
		// Bounds of these say nothing and would be most of the footer.
		parquet.SkipPageBounds("writer"), parquet.SkipPageBounds("hash"), parquet.SkipPageBounds("body"), parquet.SkipPageBounds("text"),
	)
	return s, nil
}

// Write takes what the Parquet writer has made.
func (s *sheet[R]) Write(p []byte) (int, error) {
	n, err := s.out.Write(p)
	s.sum.Write(p[:n])
	s.bytes += int64(n)
	return n, err
}

func (s *sheet[R]) put(row *R) error {
	s.rows++
	_, err := s.w.Write([]R{*row})
	return err
}

// finish writes the rest and syncs the file. It does not rename it.
func (s *sheet[R]) finish(n name) (File, error) {
	err := s.w.Close()
	if err == nil {
		err = s.sync(s.out)
	}
	if err = errors.Join(err, s.out.Close()); err != nil {
		return File{}, err
	}
	return File{Name: n.String(), Rows: s.rows, Bytes: s.bytes, Sum: Hash(s.sum.Sum(nil))}, nil
}

// partWriter writes the files of one part.
type partWriter struct {
	slot    uint16
	part    Part
	log     *sheet[recordRow]
	entries *sheet[entryRow] // nil: not wanted

	raw, group int64 // bytes of the records in the part, and in the row group
}

func (f *Folder) newPartWriter(entries bool) (*partWriter, error) {
	w := &partWriter{slot: f.slot}
	var err error
	if w.log, err = newSheet[recordRow](f.path, kindLog, f.sync); err != nil {
		return nil, err
	}
	if entries {
		if w.entries, err = newSheet[entryRow](f.path, kindEntries, f.sync); err != nil {
			return nil, errors.Join(err, w.abandon())
		}
	}
	return w, nil
}

// put adds the record that comes next. A record that is not whole or does not
// continue the chain is refused.
func (w *partWriter) put(r *engine.Record) error {
	prev, err := examine(r)
	if err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, errors.Join(err, engine.ErrBroken))
	}
	switch p := &w.part; {
	case w.log.rows == 0:
		p.First, p.FirstAt, p.Prev, p.FirstHash = r.Seq, r.At, prev, r.Hash
	case r.Seq != p.Last+1 || prev != p.LastHash:
		return fmt.Errorf("record %d does not continue the chain of record %d: %w", r.Seq, p.Last, engine.ErrBroken)
	}
	w.part.Last, w.part.LastAt, w.part.LastHash = r.Seq, r.At, r.Hash
	if w.entries != nil {
		if err := entriesOf(w.slot, r, w.putEntry); err != nil {
			return err
		}
	}
	var row recordRow
	row.set(r)
	if err := w.log.put(&row); err != nil {
		return err
	}
	size := int64(len(r.Body) + len(r.Text))
	w.raw += size
	if w.group += size; w.group >= groupBytes || w.log.rows%groupRecords == 0 {
		w.group = 0
		return w.log.w.Flush()
	}
	return nil
}

func (w *partWriter) putEntry(row *entryRow) error {
	if err := w.entries.put(row); err != nil {
		return err
	}
	if w.entries.rows%groupEntries == 0 {
		return w.entries.w.Flush()
	}
	return nil
}

// finish ends the files and syncs them. Their names are in the part, and not
// yet in the folder.
func (w *partWriter) finish(revision int) (*Part, error) {
	n := name{kind: kindLog, first: w.part.First, last: w.part.Last, revision: revision}
	var err error
	if w.part.Log, err = w.log.finish(n); err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	if w.entries != nil {
		n.kind = kindEntries
		f, err := w.entries.finish(n)
		if err != nil {
			return nil, errors.Join(err, w.abandon())
		}
		w.part.Entries = &f
	}
	return &w.part, nil
}

// abandon closes the files and removes them. The next run removes files that
// cannot be removed now.
func (w *partWriter) abandon() error {
	errs := []error{w.log.remove()}
	if w.entries != nil {
		errs = append(errs, w.entries.remove())
	}
	return errors.Join(errs...)
}

func (s *sheet[R]) remove() error {
	err := s.out.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return errors.Join(err, os.Remove(s.out.Name()))
}
