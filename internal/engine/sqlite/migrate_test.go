package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// A file that another version wrote is left alone, and the error says what to do.
func TestAFileOfAnotherSchemaIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	e := open(t, dir)
	enginetest.Fill(t, e, 5)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // nothing is to be done
		if err := sqlite.Migrate(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	raw(t, path, "INSERT INTO slot_schema (version, name) VALUES (6, 'later')")
	_, opened := sqlite.Open(t.Context(), path)
	for what, err := range map[string]error{"open": opened, "migrate": sqlite.Migrate(t.Context(), path)} {
		if !errors.Is(err, engine.ErrSchema) || !strings.Contains(err.Error(), "schema 6") || !strings.Contains(err.Error(), "before 0.1") {
			t.Errorf("%s: %v, want ErrSchema with the version and the way out", what, err)
		}
	}
	none := func(*engine.Record) error { return nil }
	if x, err := sqlite.Examine(t.Context(), path, 10, none); err != nil || x.Have != 6 || x.Want >= 6 {
		t.Errorf("examined: %+v, %v", x, err)
	}
	raw(t, path, "DELETE FROM slot_schema WHERE version = 6")
	e = open(t, dir)
	defer e.Close()
	if h, err := enginetest.Check(t.Context(), e); err != nil || h != 5 {
		t.Errorf("head %d, %v", h, err)
	}
}
