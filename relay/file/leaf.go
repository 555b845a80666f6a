// Package file appends events to files, one JSON text a line.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"holdfast.dev/holdfast/relay"
)

// rotateAt is the size at which a file is rotated.
const rotateAt = 64 << 20

// names are the allowed file names of a sink.
var names = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)

// Kind returns the kind of sinks that write files in the directory; "" means none.
func Kind(dir string) relay.Kind {
	return relay.Kind{Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		switch {
		case dir == "":
			return nil, errors.New("this relay writes no files: it was started without --sink-files DIR")
		case !names.MatchString(t.URL):
			return nil, fmt.Errorf("target %q: write the name of a file, of letters, digits, dots and dashes", t.URL)
		}
		l := &leaf{path: filepath.Join(dir, t.URL), now: time.Now, most: rotateAt}
		if err := l.open(); err != nil {
			return nil, err
		}
		return l, nil
	}}
}

// leaf appends to one file, and renames the file when it is large or from another
// day.
type leaf struct {
	path string
	now  func() time.Time
	most int64

	file *os.File // nil: to be opened
	size int64
	day  string // of the first line, UTC
}

const dayForm = "20060102"

// open opens the file, and removes a last line that a crash has cut.
func (l *leaf) open() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return fmt.Errorf("open the file of a sink: %w", err)
	}
	size, err := mend(f)
	if err == nil {
		err = syncDir(filepath.Dir(l.path))
	}
	info, errInfo := f.Stat()
	if err = errors.Join(err, errInfo); err != nil {
		return errors.Join(fmt.Errorf("open the file of a sink: %w", err), f.Close())
	}
	l.file, l.size, l.day = f, size, l.now().UTC().Format(dayForm)
	if size > 0 {
		l.day = info.ModTime().UTC().Format(dayForm)
	}
	return nil
}

// mend cuts off what follows the last line break, and returns the size.
func mend(f *os.File) (int64, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	block := make([]byte, 64<<10)
	for at := end; at > 0; {
		n := min(int64(len(block)), at)
		at -= n
		if _, err := f.ReadAt(block[:n], at); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(block[:n], '\n'); i >= 0 {
			size := at + int64(i) + 1
			if size == end {
				return size, nil
			}
			return size, f.Truncate(size)
		}
	}
	return 0, f.Truncate(0)
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Deliver appends the messages and waits until they are on the disk.
func (l *leaf) Deliver(_ context.Context, messages []relay.Message) []error {
	if err := l.append(messages); err != nil {
		return relay.All(len(messages), relay.Down(err))
	}
	return nil
}

func (l *leaf) append(messages []relay.Message) error {
	if err := l.look(); err != nil {
		return err
	}
	if l.size > 0 && (l.size >= l.most || l.day != l.now().UTC().Format(dayForm)) {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	var b []byte
	for i := range messages {
		b = append(append(b, messages[i].Body...), '\n')
	}
	if n, err := l.file.Write(b); err != nil {
		// The partial write is repaired when the file is opened again.
		l.size += int64(n)
		return errors.Join(fmt.Errorf("write to the file of a sink: %w", err), l.Close())
	}
	l.size += int64(len(b))
	if err := l.file.Sync(); err != nil {
		// It is unknown which part is on the disk: all of it is written again to a new file.
		return errors.Join(fmt.Errorf("write to the file of a sink: %w", err), l.rotate())
	}
	return nil
}

// look opens the file if it is not open, or if somebody has moved it away.
func (l *leaf) look() error {
	if l.file != nil {
		named, err := os.Stat(l.path)
		if err == nil {
			var open os.FileInfo
			if open, err = l.file.Stat(); err == nil && os.SameFile(named, open) {
				return nil
			}
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("close the file of a sink: %w", err)
		}
	}
	return l.open()
}

// rotate gives the file a name with the time, and begins a new one.
func (l *leaf) rotate() error {
	if err := l.Close(); err != nil {
		return fmt.Errorf("close the file of a sink: %w", err)
	}
	kept := l.path + "-" + l.now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(l.path, kept); err != nil {
		return fmt.Errorf("rename the file of a sink: %w", err)
	}
	return l.open()
}

// Close closes the file.
func (l *leaf) Close() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}
