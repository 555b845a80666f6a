package catalog

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// sinceThird is the tables that came with the third version and later, so that
// what refers to others goes first.
var sinceThird = []string{"{campaign_item}", "{campaign}", "{quota_schedule}", "{replenishment}", "{transfer}", "{choice}", "{choice_key}", "{write_key}", "{kit_part}", "{kit}", "{lane}", "{place}", "{epoch}", "{slot_head}"}

func newestSchema(t *testing.T) int64 {
	t.Helper()
	newest, err := sqliteDialect().wanted()
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
		if s, err := CheckSchema(t.Context(), dsn); err != nil || !s.Empty() {
			t.Errorf("looking made one: %+v, %v", s, err)
		}
		newest := newestSchema(t)
		for _, want := range []Schema{{0, newest}, {newest, newest}} {
			if before, err := Migrate(t.Context(), dsn); err != nil || before != want {
				t.Errorf("migrated from %+v, %v; want %+v", before, err, want)
			}
		}
		c := open(t, dsn, WithExisting())
		mustTenant(t, c, "demo")
		do(t, c, `DELETE FROM {catalog_schema} WHERE version_id >= 2`)
		for _, table := range slices.Concat(sinceThird, []string{"{layout}", "{move}", "{node}"}) {
			do(t, c, `DROP TABLE `+table)
		}
		if _, err := Open(t.Context(), dsn); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "make a copy") {
			t.Errorf("an old schema of a catalog in use: %v", err)
		}
		if before, err := Migrate(t.Context(), dsn); err != nil || before != (Schema{1, newestSchema(t)}) {
			t.Errorf("migrated from %+v, %v", before, err)
		}
		mustVerify(t, open(t, dsn))
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
// killed between two of them, the next one carries on.
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
	for cut := range steps {
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

// A map and the moves of the version before stay.
func TestTheSecondVersionIsMigrated(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.new(t)
		c := open(t, dsn)
		mustLayOut(t, c, "db0", "db1")
		move := Move{Bucket: 5, From: 1, To: 0, Step: "copy"}
		if _, err := c.StartMove(t.Context(), move); err != nil {
			t.Fatal(err)
		}
		do(t, c, `DELETE FROM {catalog_schema} WHERE version_id >= 3`)
		do(t, c, `ALTER TABLE {node} DROP COLUMN slots`)
		for _, table := range sinceThird {
			do(t, c, `DROP TABLE `+table)
		}
		if before, err := Migrate(t.Context(), dsn); err != nil || before != (Schema{2, newestSchema(t)}) {
			t.Errorf("migrated from %+v, %v", before, err)
		}
		mustBeat(t, c, Node{ID: "a", Slots: 2})
		if moves, err := c.Moves(t.Context()); err != nil || len(moves) != 1 || mustFresh(t, c).Version != 1 {
			t.Errorf("left: %+v, %v", moves, err)
		}
	})
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

func TestASQLiteFileOfTheFirstVersionIsMigrated(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	c := open(t, path)
	mustTenant(t, c, "demo")
	do(t, c, `DELETE FROM {catalog_schema} WHERE version_id >= 2`)
	for _, table := range slices.Concat(sinceThird, []string{"{layout}", "{move}", "{node}"}) {
		do(t, c, `DROP TABLE `+table)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrSchema) || !strings.Contains(err.Error(), "holdfast migrate --db sqlite:"+path) {
		t.Errorf("an old schema: %v", err)
	}
	if before, err := Migrate(t.Context(), path); err != nil || before != (Schema{1, newestSchema(t)}) {
		t.Errorf("migrated from %+v, %v", before, err)
	}
	mustVerify(t, open(t, path))
}
