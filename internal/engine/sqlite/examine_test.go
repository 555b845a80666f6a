package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// look examines the file and returns the seqs it was shown.
func look(t *testing.T, path string, newest int) (*sqlite.Examination, []engine.Seq) {
	t.Helper()
	var seen []engine.Seq
	x, err := sqlite.Examine(t.Context(), path, newest, func(r *engine.Record) error {
		seen = append(seen, r.Seq)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, seen
}

// Examining shows a slot as it is, used or not, and leaves every byte and
// every file as it was.
func TestExamineChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a b?%20#.db")
	e, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Fill(t, e, 200)
	if err := e.AddJournal(t.Context(), 0, 150, nil); err != nil {
		t.Fatal(err)
	}
	for _, used := range []bool{true, false} {
		if !used {
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
		before := contents(t, dir)
		x, seen := look(t, path, 100)
		if x.Head != 200 || x.Journal != 150 || x.Have != x.Want || !x.WALMode || len(seen) != 100 || seen[0] != 101 || seen[99] != 200 {
			t.Errorf("in use %v: %+v, records %v", used, x, seen)
		}
		after := contents(t, dir)
		if len(before) != len(after) {
			t.Errorf("in use %v: %d files before, %d after", used, len(before), len(after))
		}
		for name, b := range before {
			if after[name] != b && filepath.Ext(name) != ".db-shm" {
				t.Errorf("in use %v: %s has changed", used, name)
			}
		}
	}
	if _, seen := look(t, path, 1000); len(seen) != 200 {
		t.Errorf("%d of 200 records were shown", len(seen))
	}
	halt := errors.New("halt")
	if _, err := sqlite.Examine(t.Context(), path, 10, func(*engine.Record) error { return halt }); !errors.Is(err, halt) {
		t.Errorf("the function's error is lost: %v", err)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(b)
	}
	return all
}

func TestExamineSaysWhatIsNoSlot(t *testing.T) {
	t.Parallel()
	none := func(*engine.Record) error { return nil }
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := sqlite.Examine(t.Context(), path, 10, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("examining made a file")
	}
	for name, text := range map[string]string{"empty": "", "text": "Dear diary, today we sold out, and nobody knows why. Nothing of this is a database."} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Examine(t.Context(), path, 10, none); !errors.Is(err, engine.ErrBroken) {
			t.Errorf("%s: %v, want engine.ErrBroken", name, err)
		}
	}
}
