//go:build unix

package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// Orders and hashes of keys are in all of them.
func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := sqlite.Backup(t.Context(), path, filepath.Join(dir, "copy.db"), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"slot.db", "slot.db-wal", "slot.db-shm", "copy.db"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, got)
		}
	}
}
