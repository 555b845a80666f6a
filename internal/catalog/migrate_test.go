package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func newestSchema(t *testing.T) int64 {
	t.Helper()
	newest, err := sqliteDialect().newestVersion()
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

func TestASchemaOnAServer(t *testing.T) {
	onServers(t, func(t *testing.T, in home) {
		dsn := in.new(t)
		if _, err := Open(t.Context(), dsn, WithExisting()); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "holdfast migrate --db "+strings.SplitN(dsn, ":", 2)[0]) {
			t.Errorf("a catalog that must be there: %v", err)
		}
		if x, err := Examine(t.Context(), dsn); err != nil || !x.Schema.Empty() {
			t.Errorf("looking made one: %+v, %v", x.Schema, err)
		}
		newest := newestSchema(t)
		for _, want := range []Schema{{0, newest}, {newest, newest}} {
			if before, err := Migrate(t.Context(), dsn); err != nil || before != want {
				t.Errorf("migrated from %+v, %v; want %+v", before, err, want)
			}
		}
		c := open(t, dsn, WithExisting())
		mustTenant(t, c, "demo")
		do(t, c, `INSERT INTO {catalog_schema} (version_id, is_applied) VALUES (999, ?)`, true)
		if _, err := Open(t.Context(), dsn); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "newer") {
			t.Errorf("a newer schema: %v", err)
		}
		if _, err := Migrate(t.Context(), dsn); !errors.Is(err, ErrSchema) {
			t.Errorf("migrating a newer schema: %v", err)
		}
	})
}

// MySQL stores each statement of a migration by itself. Wherever a process was
// killed between two of them, the next one carries on. `make soak` cuts it behind each.
func TestAMigrationThatWasCutShort(t *testing.T) {
	t.Parallel()
	files, err := mysqlDialect().files()
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for statement := range strings.SplitSeq(string(text), ";\n") {
			if strings.Contains(statement, "holdfast_") {
				steps = append(steps, statement)
			}
		}
	}
	dsn := onMySQL.new(t)
	d, err := databaseOf(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db, err := d.pool(migrating)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	u := dsn[strings.LastIndex(dsn, "/")+1:]
	every := 5
	if os.Getenv("SOAK") != "" {
		every = 1
	}
	for cut := (len(steps) - 1) % every; cut < len(steps); cut += every {
		for _, statement := range append([]string{`DROP DATABASE ` + u, `CREATE DATABASE ` + u, `USE ` + u}, steps[:cut]...) {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		if cut%2 == 0 { // goose's table as its first step leaves it
			if _, err := db.Exec(mysqlMigrating.arrange[0]); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Open(t.Context(), dsn)
		if err != nil {
			t.Fatalf("cut behind %d statements: %v", cut, err)
		}
		mustTenant(t, c, "demo")
		mustVerify(t, c)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A catalog in use is migrated on request, step by step, and keeps its data. Until
// a real next step exists, the test uses one of its own.
func TestTheVersionBeforeIsMigrated(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.new(t)
		c := open(t, dsn)
		mustTenant(t, c, "demo")
		mustKit(t, c, "box", Component{"tea", 2})
		d, err := databaseOf(dsn)
		if err != nil {
			t.Fatal(err)
		}
		d.steps = withStep(t, d.dialect, newestSchema(t)+1, "CREATE TABLE "+d.prefix+"next (id integer PRIMARY KEY)")
		if err := d.migrateNew(t.Context()); err != nil {
			t.Fatal(err)
		}
		old := Schema{newestSchema(t), newestSchema(t) + 1}
		if x, err := Examine(t.Context(), dsn); err != nil || x.Schema.Found != old.Found {
			t.Errorf("a catalog in use was migrated: %+v, %v", x.Schema, err)
		}
		if err := old.Err(dsn); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "make a copy, then run: holdfast migrate") {
			t.Errorf("an old schema: %v", err)
		}
		always := func(context.Context, *sql.DB, Schema) (bool, error) { return true, nil }
		for _, want := range []Schema{old, {old.Wanted, old.Wanted}} {
			if before, err := d.migrateIf(t.Context(), always); err != nil || before != want {
				t.Errorf("migrated from %+v, %v; want %+v", before, err, want)
			}
		}
		mustVerify(t, c)
		if all, err := c.AllKits(t.Context(), "demo"); err != nil || len(all) != 1 {
			t.Errorf("left: %+v, %v", all, err)
		}
		if _, err := Open(t.Context(), dsn); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "newer") {
			t.Errorf("the binary before: %v", err)
		}
	})
}

// withStep is the migrations with one more.
func withStep(t *testing.T, d *dialect, number int64, statement string) fs.FS {
	t.Helper()
	files, err := d.files()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{fmt.Sprintf("%04d_next.sql", number): {Data: []byte("-- +goose Up\n" + statement + ";\n")}}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = &fstest.MapFile{Data: text}
	}
	return all
}

// All kinds of databases have the same versions of the same tables.
func TestMigrationsAreTheSameEverywhere(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, d := range []*dialect{sqliteDialect(), postgresDialect(), mysqlDialect()} {
		files, err := d.files()
		if err != nil {
			t.Fatal(err)
		}
		found, err := fs.Glob(files, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		names[d.folder] = strings.Join(found, " ")
	}
	if names["sqlite"] == "" || names["sqlite"] != names["postgres"] || names["sqlite"] != names["mysql"] {
		t.Errorf("migrations: %q", names)
	}
}
