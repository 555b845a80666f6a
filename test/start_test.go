package test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// closedBooks makes a database with some stock and some holds in it and
// returns its path; no process is on it and everything is in the one file.
func closedBooks(t *testing.T) string {
	t.Helper()
	s := newServer(t)
	c := newCaller(adminKey)
	fill(t, c, s)
	s.stop()
	if _, err := os.Stat(s.file() + "-wal"); err == nil {
		t.Error("a server that was stopped leaves a -wal file behind")
	}
	return s.file()
}

// fillItems is how many items fill makes; item i has 100+i units, i+1 of them held.
const fillItems = 20

func fill(t *testing.T, c *caller, s *server) {
	t.Helper()
	for i := range fillItems {
		product := fmt.Sprint("item-", i)
		c.create(t, s, product, int64(100+i))
		c.must(t, "POST", s.url("/inventory/reserve"), "", object{"order_id": "for-" + product, "product_id": product, "quantity": i + 1}, nil)
	}
}

// change runs SQL on the database.
func change(t *testing.T, path, sql string) {
	t.Helper()
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteScript(c, sql, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// A server that cannot start says why in one sentence that names the way out, with exit code 1 and
// no stack.
func TestWhatAServerCannotStartOnIsSaidInASentence(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, c := range []struct {
		name  string
		path  func(t *testing.T) string
		args  []string
		words []string
	}{
		{"a folder that is not there", func(t *testing.T) string { return filepath.Join(t.TempDir(), "gone", "holdfast.db") }, nil, []string{"gone", "no such file"}},
		{"a folder in the file's place", func(t *testing.T) string { return t.TempDir() }, nil, nil},
		{"a file that is not a database", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "holdfast.db")
			if err := os.WriteFile(path, []byte(strings.Repeat("Dear diary, today we sold out. ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, nil, []string{"not a"}},
		{"a folder that cannot be written", readOnlyFolder, nil, []string{"writ"}},
		{"a database that cannot be written", readOnlyBooks, nil, []string{"writ"}},
		{"a disk without any room", noRoom, nil, []string{"full"}},
		{"a port that is taken", emptyPath, []string{"--http", busy.Addr().String()}, []string{busy.Addr().String(), "--http"}},
		{"a gRPC port that is taken", emptyPath, []string{"--grpc", busy.Addr().String()}, []string{busy.Addr().String(), "--grpc"}},
		{"an ops port that is taken", emptyPath, []string{"--ops", busy.Addr().String()}, []string{busy.Addr().String(), "--ops"}},
		{"books of a newer program", func(t *testing.T) string {
			path := closedBooks(t)
			change(t, path, "INSERT INTO slot_schema (version, name) VALUES (999, 'of tomorrow')")
			return path
		}, nil, []string{"999", "newer"}},
		{"a catalog of a newer program", func(t *testing.T) string {
			path := closedBooks(t)
			change(t, path, "INSERT INTO catalog_schema (version_id, is_applied) VALUES (999, 1)")
			return path
		}, nil, []string{"999", "newer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(serveArgs(t, c.path(t)), c.args...)
			runWith(t, nil, args...).wantSentence(t, c.words...)
		})
	}
}

func emptyPath(t *testing.T) string { return filepath.Join(t.TempDir(), "holdfast.db") }

// readOnlyFolder is a folder where nothing can be made. For most users file permissions are enough;
// root needs a file system that is mounted read-only.
func readOnlyFolder(t *testing.T) string {
	t.Helper()
	dir, ok := mounted(t, "mode=555")
	if !ok {
		dir = t.TempDir()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "holdfast.db")
	}
	readOnly(t, dir)
	return filepath.Join(dir, "holdfast.db")
}

// readOnlyBooks is a good database in such a folder.
func readOnlyBooks(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(closedBooks(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, ok := mounted(t, "mode=755")
	if !ok {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, "holdfast.db")
	if err := os.WriteFile(path, b, 0o444); err != nil {
		t.Fatal(err)
	}
	if ok {
		readOnly(t, dir)
	} else if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	return path
}

func readOnly(t *testing.T, dir string) {
	t.Helper()
	if err := unix.Mount("holdfast-test", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

// noRoom is a place on a disk that is full; where none can be mounted, the
// device that is always full stands in for it.
func noRoom(t *testing.T) string {
	t.Helper()
	dir, ok := mounted(t, "size=4k")
	if !ok {
		t.Skip("a full disk needs the right to mount one")
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "holdfast.db")
}
