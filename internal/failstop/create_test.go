//go:build unix

package failstop_test

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/failstop"
)

func TestANewFileIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "books.db")
	if err := failstop.Create(path); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := failstop.Create(path); err != nil {
		t.Errorf("a file that is there: %v", err)
	}
	wantMode(t, path, 0o640)
	if err := failstop.Create(filepath.Join(path, "x.db")); err == nil {
		t.Error("a file below a file was made")
	}
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}
