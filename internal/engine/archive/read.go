package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/parquet-go/parquet-go"

	"holdfast.dev/holdfast/internal/engine"
)

// reading is a log file that is being read.
type reading struct {
	file *os.File
	log  *parquet.File
}

// openLog opens a file of which it is known that it is whole.
func openLog(path string, f *File) (r *reading, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	if _, err := hasSize(file, f); err != nil {
		return nil, err
	}
	r = &reading{file: file}
	err = guarded(func() error {
		r.log, err = parquet.OpenFile(file, f.Bytes, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		return err
	})
	if err == nil && r.log.NumRows() != f.Rows {
		err = fmt.Errorf("it has %d rows, not %d", r.log.NumRows(), f.Rows)
	}
	return r, err
}

func (r *reading) close() error { return r.file.Close() }

// groups is how many row groups the file has.
func (r *reading) groups() int { return len(r.log.RowGroups()) }

// groupOf returns the row group that has the row, and its first row.
func (r *reading) groupOf(row int64) (group int, first int64) {
	for i, g := range r.log.RowGroups() {
		if row < first+g.NumRows() {
			return i, first
		}
		first += g.NumRows()
	}
	return -1, 0
}

// group returns the records of a row group, the first of which is first.
func (r *reading) group(ctx context.Context, group int, first engine.Seq) ([]engine.Record, error) {
	var recs []engine.Record
	err := guarded(func() (err error) {
		in := parquet.NewGenericRowGroupReader[recordRow](r.log.RowGroups()[group])
		defer func() { err = errors.Join(err, in.Close()) }()
		rows := make([]recordRow, 64)
		for {
			clear(rows)
			n, err := in.Read(rows)
			for i := range n {
				recs = append(recs, rows[i].record())
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
		}
	})
	for i := range recs {
		if err != nil {
			break
		}
		if want := first + engine.Seq(i); recs[i].Seq != want {
			err = fmt.Errorf("record %d stands where record %d must be", recs[i].Seq, want)
			break
		}
		if _, fault := examine(&recs[i]); fault != nil {
			err = fmt.Errorf("record %d: %w", recs[i].Seq, fault)
		}
	}
	if err != nil {
		return nil, err
	}
	return recs, nil
}

// guarded turns a panic into an error: the Parquet reader panics over some
// files that were damaged after their checksum was looked at.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be decoded: %v", p)
		}
	}()
	return fn()
}

// hasSize compares the size of a file with the manifest's word.
func hasSize(file *os.File, f *File) (fs.FileInfo, error) {
	info, err := file.Stat()
	if err == nil && info.Size() != f.Bytes {
		err = fmt.Errorf("it has %d bytes, not %d", info.Size(), f.Bytes)
	}
	return info, err
}

// checkSum reads the whole file and compares its checksum.
func checkSum(ctx context.Context, path string, f *File) (fs.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := hasSize(file, f)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for err == nil {
		if _, err = io.CopyN(sum, file, 4<<20); err == nil {
			err = ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if Hash(sum.Sum(nil)) != f.Sum {
		return nil, fmt.Errorf("its SHA-256 is %x, not %x", sum.Sum(nil)[:8], f.Sum[:8])
	}
	return info, nil
}
