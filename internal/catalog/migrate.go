package catalog

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// schemaTable is where the versions of this package's tables are kept; other
// packages have tables, and versions, of their own in the same file.
const schemaTable = "catalog_schema"

// migrateTries bounds how often a migration that lost against another
// process's is looked at again, and migrateWait how long each waits for locks.
const (
	migrateTries = 5
	migrateWait  = 10 * time.Second
)

// Schema says which version a database's catalog tables have and which this
// binary wants. Version 0 has no tables.
type Schema struct{ Found, Wanted int64 }

// Empty reports that there are no catalog tables.
func (s Schema) Empty() bool { return s.Found == 0 }

// Current reports that the tables are this binary's.
func (s Schema) Current() bool { return s.Found == s.Wanted }

// Old reports that Migrate has something to do; it does for an empty one too.
func (s Schema) Old() bool { return s.Found < s.Wanted }

// Newer reports that a newer binary migrated the database.
func (s Schema) Newer() bool { return s.Found > s.Wanted }

// Err is nil for a current schema, else a *SchemaError that says what to do
// about the database at path.
func (s Schema) Err(path string) error {
	if s.Current() {
		return nil
	}
	return &SchemaError{Schema: s, Path: path}
}

// SchemaError says that a database's catalog tables are not this binary's.
type SchemaError struct {
	Schema
	Path string
}

func (e *SchemaError) Error() string {
	switch {
	case e.Empty():
		return fmt.Sprintf("the database has no catalog yet; run: holdfast migrate --db sqlite:%s", e.Path)
	case e.Newer():
		return fmt.Sprintf("the catalog has schema %d, this binary knows up to %d; run a newer holdfast", e.Found, e.Wanted)
	}
	return fmt.Sprintf("the catalog has schema %d, this binary needs %d; stop the servers, make a copy, then run: holdfast migrate --db sqlite:%s",
		e.Found, e.Wanted, e.Path)
}

// Is reports that the error is an ErrSchema.
func (e *SchemaError) Is(target error) bool { return target == ErrSchema }

// CheckSchema says which version the database has. It changes nothing.
func CheckSchema(ctx context.Context, db *sql.DB) (Schema, error) {
	var s Schema
	var err error
	if s.Wanted, err = wanted(); err != nil {
		return s, err
	}
	var tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?`, schemaTable).Scan(&tables)
	if err == nil && tables > 0 {
		err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+schemaTable+` WHERE is_applied`).Scan(&s.Found)
	}
	if err != nil {
		return s, fmt.Errorf("read catalog schema: %w", classify(ctx, err))
	}
	return s, nil
}

// wanted is the number of the newest migration.
func wanted() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	version, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	return version, nil
}

// Migrate brings the catalog tables to this binary's version, or refuses a
// newer one with ErrSchema. Each migration is stored whole or not at all. Of
// two processes that migrate at once one does the work.
func Migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	for try := 1; ; try++ {
		found, err := CheckSchema(ctx, db)
		if err != nil || found.Current() {
			return err
		}
		if found.Newer() {
			return found.Err("")
		}
		p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
			goose.WithTableName(schemaTable), goose.WithDisableGlobalRegistry(true),
			goose.WithSlog(slog.New(slog.DiscardHandler)))
		if err != nil {
			return fmt.Errorf("prepare catalog migration: %w", err)
		}
		// p is not closed: that would close db, which is the caller's.
		if _, err = p.Up(ctx); err != nil && try == migrateTries {
			return fmt.Errorf("migrate catalog: %w", classify(ctx, err))
		}
	}
}

// MigrateFile is Migrate for the SQLite file at path, which it creates when
// it is missing. It returns what it found before.
func MigrateFile(ctx context.Context, path string) (Schema, error) {
	path, err := checkPath(path, true)
	if err != nil {
		return Schema{}, err
	}
	before, err := migrateIf(ctx, path, Schema.Old)
	if err == nil && before.Newer() {
		err = before.Err(path)
	}
	return before, err
}

// migrateEmpty gives a database without a catalog one.
func migrateEmpty(ctx context.Context, path string) error {
	_, err := migrateIf(ctx, path, Schema.Empty)
	return err
}

func migrateIf(ctx context.Context, path string, due func(Schema) bool) (before Schema, err error) {
	db, err := sql.Open("sqlite", dsn(path, migrateWait, true, false))
	if err != nil {
		return before, classify(ctx, err)
	}
	defer db.Close()
	if before, err = CheckSchema(ctx, db); err == nil && due(before) {
		err = Migrate(ctx, db)
	}
	return before, err
}
