package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

// Examination is what Examine sees of a slot.
type Examination struct {
	// Have is the version of the schema, 0 when there is no slot, and Want the
	// one this program works with. The fields after Bytes and WAL are only
	// filled when they are equal.
	Have, Want int
	// Bytes and WAL are the sizes of the file and of the log in front of it.
	Bytes, WAL int64
	// WALMode says that the file is written through a log in front of it, as
	// all files are that this package made.
	WALMode bool
	Head    engine.Seq
	// Journal is the record up to which the journal view is complete.
	Journal engine.Seq
}

// examineStep is how many records are read at a time.
const examineStep = 64

// Examine looks at the slot in the file at path and calls fn for each of its
// newest records, oldest first. It opens the file for reading only and changes
// nothing in it, whether or not a process works on it. fn's error ends it and
// is returned.
func Examine(ctx context.Context, path string, newest int, fn func(*engine.Record) error) (*Examination, error) {
	x, err := examine(ctx, path, newest, fn)
	if err != nil {
		return nil, fmt.Errorf("examine %s: %w", path, explain(err))
	}
	return x, nil
}

func examine(ctx context.Context, path string, newest int, fn func(*engine.Record) error) (x *Examination, err error) {
	all, err := migration.Steps(files)
	if err != nil {
		return nil, err
	}
	x = &Examination{Want: len(all)}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	x.Bytes = info.Size()
	raw, err := x.open(path)
	if err != nil {
		return nil, explainOpen(path, err)
	}
	raw.SetBusyTimeout(0)
	c := &conn{db: raw}
	defer func() { err = errors.Join(err, c.close()) }()
	if x.Have, err = version(ctx, c); err != nil || x.Have != x.Want {
		return x, err
	}
	r, err := newReader(c)
	if err != nil {
		return nil, err
	}
	return x, r.snapshot(ctx, func(head engine.Seq) error {
		x.Head = head
		if x.Journal, err = r.progress(journalName); err != nil {
			return err
		}
		for after := head - min(head, engine.Seq(newest)); after < head; {
			records, err := r.records(ctx, head, after, examineStep)
			if err != nil {
				return err
			}
			if len(records) == 0 {
				return fmt.Errorf("%w: record %d is missing", engine.ErrBroken, after+1)
			}
			for i := range records {
				if err := fn(&records[i]); err != nil {
					return err
				}
			}
			after = records[len(records)-1].Seq
		}
		return nil
	})
}

// open opens the file for reading. Without a -wal file nobody works on it; then
// it is opened as one that does not change, because SQLite would make a -wal
// file to read it.
func (x *Examination) open(path string) (*sqlite.Conn, error) {
	switch info, err := os.Stat(path + "-wal"); {
	case err == nil:
		x.WAL, x.WALMode = info.Size(), true
		return sqlite.OpenConn(path, sqlite.OpenReadOnly)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	var err error
	if x.WALMode, err = walMode(path); err != nil {
		return nil, err
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := "file:" + (&url.URL{Path: filepath.ToSlash(whole)}).EscapedPath() + "?immutable=1"
	return sqlite.OpenConn(name, sqlite.OpenReadOnly|sqlite.OpenURI)
}

// walMode reads from the header of the file how it is written. The file must
// not be open in this process: closing it ends all the locks a process has on it.
func walMode(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	// "File format write version" and "read version": 2 is WAL.
	var versions [2]byte
	if _, err := f.ReadAt(versions[:], 18); err != nil {
		return false, fmt.Errorf("%w: the file is no SQLite database (%v)", engine.ErrBroken, err)
	}
	return versions == [2]byte{2, 2}, nil
}
