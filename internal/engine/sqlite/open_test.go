package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	zs "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

func TestAFileThatCannotBeOpenedIsExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		path func(t *testing.T, dir string) string
		says string
		is   error
	}{
		{"the folder does not exist", func(_ *testing.T, dir string) string {
			return filepath.Join(dir, "missing", "slot.db")
		}, "check that the folder", nil},
		{"the path is a folder", func(_ *testing.T, dir string) string { return dir }, "check that the folder", nil},
		{"the file is something else", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "notes.txt")
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database. ", 500)), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, "not a SQLite database", engine.ErrBroken},
		{"the schema is newer", func(t *testing.T, dir string) string {
			open(t, dir).Close()
			path := filepath.Join(dir, "slot.db")
			raw(t, path, "INSERT INTO slot_schema (version, name) VALUES (99, 'from the future')")
			return path
		}, "newer holdfast", engine.ErrSchema},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, err := sqlite.Open(t.Context(), tc.path(t, t.TempDir()))
			if err == nil {
				e.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tc.says) || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%v, want %q and an error that is %v", err, tc.says, tc.is)
			}
		})
	}
}

// raw runs SQL on the file as somebody else would.
func raw(t *testing.T, path string, sql ...string) {
	t.Helper()
	c := other(t, path)
	for _, s := range sql {
		if err := sqlitex.ExecuteTransient(c, s, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// other is a connection that is not the engine's.
func other(t *testing.T, path string) *zs.Conn {
	t.Helper()
	c, err := zs.OpenConn(path, zs.OpenReadWrite|zs.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestANewFileMayBeOpenedByManyAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		path := filepath.Join(t.TempDir(), "slot.db")
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if i == 0 {
					if err := sqlite.Migrate(t.Context(), path); err != nil {
						t.Error(err)
					}
					return
				}
				e, err := sqlite.Open(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestAnyPathWillDo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "100%.db", "file:x?mode=memory", "#1.db", "仓库.db", "'q\".db"} {
		path := filepath.Join(t.TempDir(), name)
		e, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		enginetest.Fill(t, e, 1)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestTheTablesOfOthersInTheFileAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "slot.db")
	raw(t, path, "PRAGMA journal_mode = WAL", "CREATE TABLE product (id TEXT PRIMARY KEY)", "INSERT INTO product VALUES ('theirs')")
	e := open(t, dir)
	defer e.Close()
	enginetest.Fill(t, e, 5)

	c := other(t, path)
	defer c.Close()
	exec := func(sql string) {
		t.Helper()
		if err := sqlitex.ExecuteTransient(c, sql, nil); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("BEGIN IMMEDIATE")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := e.Append(ctx, 5, enginetest.Nth(6)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append while another has the lock: %v, want the context's error", err)
	}
	if _, err := e.Lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("lock while another has the lock: %v, want the context's error", err)
	}
	exec("ALTER TABLE product ADD COLUMN name TEXT")
	exec("COMMIT")
	enginetest.Fill(t, e, 8)
	if h, err := enginetest.Check(t.Context(), e); err != nil || h != 8 {
		t.Errorf("head %d, %v", h, err)
	}
}

func TestDroppedAndMissingRecordsAreTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir)
	defer e.Close()
	enginetest.Fill(t, e, 20)
	raw(t, filepath.Join(dir, "slot.db"), "DELETE FROM log WHERE seq <= 8 OR seq = 15")
	if _, err := e.Read(t.Context(), 3, 10); !errors.Is(err, engine.ErrGone) {
		t.Errorf("records that were dropped: %v, want ErrGone", err)
	}
	if recs, err := e.Read(t.Context(), 8, 5); err != nil || len(recs) != 5 {
		t.Errorf("records behind the dropped ones: %d, %v", len(recs), err)
	}
	if _, err := e.Read(t.Context(), 10, 10); !errors.Is(err, engine.ErrBroken) {
		t.Errorf("a record missing in the middle: %v, want ErrBroken", err)
	}
	if err := e.Append(t.Context(), 20, enginetest.Nth(21)); !errors.Is(err, engine.ErrBroken) {
		t.Errorf("append to a slot found broken: %v, want ErrBroken", err)
	}
	if _, err := e.Head(t.Context()); err != nil {
		t.Errorf("reading ends with the slot: %v", err)
	}
}

func TestAFigureOutOfRangeIsRefusedByTheTables(t *testing.T) {
	t.Parallel()
	e := open(t, t.TempDir())
	defer e.Close()
	enginetest.Fill(t, e, 7)
	for _, spoil := range []func(*engine.ItemRow){
		func(r *engine.ItemRow) { r.Available = -1 },
		func(r *engine.ItemRow) { r.Held = 1 << 53 },
		func(r *engine.ItemRow) { r.OnHand = -1 << 63 },
		func(r *engine.ItemRow) { r.Threshold = -5 },
	} {
		g := enginetest.Nth(8)
		spoil(&g.Items[0])
		if err := e.Append(t.Context(), 7, g); err == nil || errors.Is(err, engine.ErrBroken) {
			t.Errorf("%v, want an error of its own", err)
		}
	}
	if h, err := enginetest.Check(t.Context(), e); err != nil || h != 7 {
		t.Errorf("head %d, %v", h, err)
	}
}

func TestARowChangedByHandIsNotBelieved(t *testing.T) {
	t.Parallel()
	for table, sql := range map[string]string{
		"item": "UPDATE item SET available = available + 1 WHERE product = 'p-3'",
		"hold": "UPDATE hold SET open = 1 - open WHERE order_id = 'order-4'",
		"key":  "UPDATE key SET bucket = bucket + 1",
		"log":  "UPDATE log SET at = at + 1 WHERE seq = 5",
		"text": "UPDATE log SET text = x'00' WHERE seq = 5",

		"bucket": "UPDATE bucket SET seq = seq + 1",
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := open(t, dir)
			defer e.Close()
			enginetest.Fill(t, e, 10)
			raw(t, filepath.Join(dir, "slot.db"), sql)
			if _, err := enginetest.Check(t.Context(), e); !errors.Is(err, engine.ErrBroken) {
				t.Errorf("reading says %v, want ErrBroken", err)
			}
			if err := e.Verify(t.Context()); !errors.Is(err, engine.ErrBroken) {
				t.Errorf("Verify says %v, want ErrBroken", err)
			}
		})
	}
}
