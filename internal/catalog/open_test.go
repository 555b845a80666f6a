package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestManyProcessesMigrateOneEmptyDatabase(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.new(t)
		var work sync.WaitGroup
		for range 8 {
			work.Go(func() {
				c, err := Open(t.Context(), path)
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				if _, err := c.CreateTenant(t.Context(), "demo"); err != nil {
					t.Errorf("create tenant: %v", err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if v := mustVerify(t, open(t, path)); v.Head != 1 {
			t.Errorf("the log has %d entries, want 1", v.Head)
		}
	})
}

func TestSchema(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		schema Schema
		want   string // of the error; empty: none
	}{
		{"a current one is fine", Schema{13, 13}, ""},
		{"an empty one names the command", Schema{0, 13}, "holdfast migrate --db sqlite:/data/x.db"},
		{"an old one names the command", Schema{12, 13}, "holdfast migrate --db sqlite:/data/x.db"},
		{"a newer one asks for a newer binary", Schema{14, 13}, "run the newer holdfast"},
		{"one from before 0.1 names the way out", Schema{11, 1}, "has schema 11, this binary knows up to 1; run the newer holdfast that migrated it, or, if one from before 0.1 did, begin with an empty database"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tc.schema.Err("/data/x.db")
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && !errors.Is(err, ErrSchema) {
				t.Errorf("%v is not an ErrSchema", err)
			}
		})
	}
}

func TestMigrateFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if _, err := Open(t.Context(), path, WithExisting()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "holdfast migrate") {
		t.Errorf("a missing file that must exist: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("looking made a file")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, WithExisting()); !errors.Is(err, ErrSchema) {
		t.Errorf("an empty file that must have a catalog: %v", err)
	}
	before, err := Migrate(t.Context(), path)
	if err != nil || !before.Empty() || !before.Old() {
		t.Errorf("the first time: %+v, %v", before, err)
	}
	before, err = Migrate(t.Context(), path)
	if err != nil || !before.Current() {
		t.Errorf("the second time: %+v, %v", before, err)
	}
	c := open(t, path, WithExisting())
	if _, err := c.store.writer.Exec(`INSERT INTO catalog_schema (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer schema: %v", err)
	}
	if before, err = Migrate(t.Context(), path); !errors.Is(err, ErrSchema) || !before.Newer() {
		t.Errorf("migrating a newer schema: %+v, %v", before, err)
	}
}

func TestTheFileMayHaveOtherTables(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	conn := engine(t, path)
	c := open(t, path)
	mustTenant(t, c, "demo")
	if autocommit := conn.AutocommitEnabled(); !autocommit {
		t.Error("the engine's connection is inside a transaction")
	}
	mustVerify(t, c)
}

func TestPathsThatAreNotPlain(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b.db", "100%25.db", "库存.db", "a&b=c;d.db", "-.db"} {
		path := filepath.Join(t.TempDir(), name)
		c := open(t, path)
		mustTenant(t, c, "demo")
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s is not where it should be: %v", name, err)
		}
	}
}

func TestPlacesThatCannotHoldADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is a shopping list\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, path, want string }{
		{"no path", "", "needs the path of a file"},
		{"a NUL in the path", "a\x00b", "needs the path of a file"},
		{"a folder", dir, "is a folder"},
		{"a folder that is missing", filepath.Join(dir, "none", "x.db"), "no such file or directory"},
		{"a file as a folder", filepath.Join(text, "x.db"), "not a directory"},
		{"a file that is something else", text, "not a SQLite database"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), tc.path)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrInvalid) {
				t.Errorf("%v is none of ours", err)
			}
		})
	}
}

func TestAFullDiskRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	// A connection that may not grow the file stands for a disk that is full.
	var pages int
	if err := c.store.writer.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := c.store.writer.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
	var acknowledged []Ref
	var refused error
	for i := 0; i < 10_000 && refused == nil; i++ {
		ref := Ref{"demo", fmt.Sprint(i), "shop"}
		if _, refused = c.Know(t.Context(), Introduction{Ref: ref}); refused == nil {
			acknowledged = append(acknowledged, ref)
		}
	}
	if !errors.Is(refused, ErrUnavailable) || !strings.Contains(refused.Error(), "disk is full") {
		t.Fatalf("a full disk: %v", refused)
	}
	mustVerify(t, c)
	if k, err := c.KnownAll(t.Context(), acknowledged); err != nil || len(k) != len(acknowledged) {
		t.Errorf("reads on a full disk: %v", err)
	}
	if _, err := c.store.writer.Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	mustKnow(t, c, Ref{"demo", "after", "shop"}, Unit{})
	mustVerify(t, c)
}

func TestEveryCommitIsSynced(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	for _, tc := range []struct {
		db     *sql.DB
		pragma string
		want   string
	}{
		{c.store.writer, "journal_mode", "wal"},
		{c.store.writer, "synchronous", "2"},
		{c.store.writer, "foreign_keys", "1"},
		{c.store.readers, "journal_mode", "wal"},
		{c.store.readers, "query_only", "1"},
	} {
		var got string
		if err := tc.db.QueryRowContext(context.Background(), `PRAGMA `+tc.pragma).Scan(&got); err != nil || got != tc.want {
			t.Errorf("%s is %s (%v), want %s", tc.pragma, got, err, tc.want)
		}
	}
}
