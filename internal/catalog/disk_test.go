package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	slot "holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/failstop"
)

// Whichever of the two meets the error of the disk, both write nothing from then on,
// and closing them leaves the log in front of the file as it is: moving it would sync.
func TestCatalogAndBooksOfOneFileStopTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "main.db")
	c, err := Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // what Close leaves open until the process ends
		c.store.readers.Close()
		c.store.writer.Close()
	})
	books, err := sqlite.Open(t.Context(), path, sqlite.WithFile(c.File(path)))
	if err != nil {
		t.Fatal(err)
	}
	mustTenant(t, c, "before")
	enginetest.Fill(t, books, 3)

	c.store.file.Failed(&failstop.DiskError{Driver: "disk I/O error (1034)"})
	if _, err := c.CreateTenant(t.Context(), "after"); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "disk reports an error") {
		t.Errorf("a write to the catalog: %v, want an ErrUnavailable that names the disk", err)
	}
	if err := books.Append(t.Context(), 3, enginetest.Nth(4)); !errors.Is(err, slot.ErrBroken) || errors.Is(err, slot.ErrUnknown) || !strings.Contains(err.Error(), "disk reports an error") {
		t.Errorf("a write to the books: %v, want an ErrBroken that names the disk", err)
	}
	if _, err := books.Lock(t.Context()); !errors.Is(err, slot.ErrBroken) {
		t.Errorf("a lock of the books: %v, want ErrBroken", err)
	}
	if head, err := books.Head(t.Context()); head != 3 || err != nil {
		t.Errorf("the books are at %d, %v; reading goes on", head, err)
	}
	if head := mustHead(t, c); head != 1 {
		t.Errorf("the catalog is at %d, reading goes on", head)
	}

	if err := errors.Join(books.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		t.Errorf("the log in front of the file was moved: %v", err)
	}
}

// The process that runs the catalog ends with it, also when no books are in its file.
func TestRunEndsWithTheErrorOfTheDisk(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "main.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // what Close leaves open until the process ends
		c.store.readers.Close()
		c.store.writer.Close()
	})
	ended := make(chan error)
	go func() { ended <- c.Run(t.Context()) }()
	c.store.file.Failed(&failstop.DiskError{Driver: "disk I/O error (1034)"})
	if e, ok := errors.AsType[*failstop.DiskError](<-ended); !ok || e.Driver != "disk I/O error (1034)" {
		t.Errorf("Run has ended with %v, want the error of the disk", e)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// The caller of a write may have left before its sync fails.
func TestAnErrorOfTheDiskIsNotedAlsoWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	d := &dialect{file: &failstop.File{}, classify: func(error) error {
		return fmt.Errorf("%w: %w", &failstop.DiskError{Driver: "disk I/O error (1034)"}, ErrUnavailable)
	}}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := &read{ctx: ctx, dialect: d}
	if err := r.fault(errors.New("disk I/O error")); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller that has left is told %v", err)
	}
	if d.file.Writable() == nil {
		t.Error("the file is still written")
	}
}

func TestOnlyWhoeverIsInTheFileSharesIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, other, link := filepath.Join(dir, "main.db"), filepath.Join(dir, "other.db"), filepath.Join(dir, "link.db")
	c := open(t, path)
	if err := errors.Join(os.WriteFile(other, nil, 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	for at, shared := range map[string]bool{path: true, link: true, other: false, filepath.Join(dir, "none.db"): false} {
		if f := c.File(at); (f == c.store.file) != shared || f == nil {
			t.Errorf("%s: shared %v, want %v", at, !shared, shared)
		}
	}
}
