package sqlite_test

import (
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) engine.Engine { return open(t, t.TempDir()) })
}

func TestEngineOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	enginetest.RunDurable(t, func(t *testing.T, dir string) engine.Engine { return open(t, dir) })
}

// open opens the slot in dir.
func open(t testing.TB, dir string, opts ...sqlite.Option) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(dir, "slot.db"), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
