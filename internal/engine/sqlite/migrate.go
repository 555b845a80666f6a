package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

// The migrations are run by the few lines below and not by goose: goose has no
// lock for SQLite, so two processes that start on one new file would both
// begin, and it would bring database/sql with its own ideas of waiting to the
// connection. The whole of a migration, with the check whether it is needed,
// is one transaction here.

//go:embed migrations/*.sql
var files embed.FS

// Migrate brings the slot in the file at path to this program's schema, and
// makes both if there are none.
func Migrate(ctx context.Context, path string) error {
	c, err := connect(ctx, path)
	if err == nil {
		err = errors.Join(migrate(ctx, c), c.close())
	}
	if err != nil {
		return fmt.Errorf("migrate %s: %w", path, err)
	}
	return nil
}

// prepareSchema makes the slot in a file that has none and refuses one of
// another version.
func prepareSchema(ctx context.Context, c *conn) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	v, err := version(ctx, c)
	if err != nil {
		return explain(err)
	}
	if v == 0 {
		return migrate(ctx, c)
	}
	return fits(v, len(all))
}

// fits says whether this program, which knows the versions up to known, works
// with a file of version v.
func fits(v, known int) error {
	if v < known {
		return fmt.Errorf("%w: the file has schema %d, this program works with %d; stop all processes on it, make a backup and run: holdfast migrate --db sqlite:PATH", engine.ErrSchema, v, known)
	}
	if v > known {
		return fmt.Errorf("%w: the file has schema %d and this program knows %d: run the newer holdfast that wrote it, or, if one from before 0.1 did, begin with an empty file", engine.ErrSchema, v, known)
	}
	return nil
}

// version reads the schema's version, 0 when there is no slot in the file.
func version(ctx context.Context, c *conn) (v int, err error) {
	err = patience(ctx, func() error {
		v, err = readVersion(c)
		return err
	})
	return v, err
}

func readVersion(c *conn) (v int, err error) {
	has := false
	err = sqlitex.ExecuteTransient(c.db, "SELECT 1 FROM sqlite_schema WHERE name = 'slot_schema'", &sqlitex.ExecOptions{
		ResultFunc: func(*sqlite.Stmt) error { has = true; return nil },
	})
	if err != nil || !has {
		return 0, err
	}
	err = sqlitex.ExecuteTransient(c.db, "SELECT coalesce(max(version), 0) FROM slot_schema", &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error { v = s.ColumnInt(0); return nil },
	})
	return v, err
}

// migrate runs the steps that are missing, all in one transaction.
func migrate(ctx context.Context, c *conn) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	if err := patience(ctx, func() error { return c.exec("BEGIN IMMEDIATE") }); err != nil {
		return explain(err)
	}
	if err := steps(c, all); err != nil {
		if !c.db.AutocommitEnabled() {
			err = errors.Join(err, c.exec("ROLLBACK"))
		}
		return explain(err)
	}
	return explain(c.exec("COMMIT"))
}

func steps(c *conn, all []migration.Step) error {
	if err := c.exec("CREATE TABLE IF NOT EXISTS slot_schema (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL DEFAULT (datetime('now'))) STRICT"); err != nil {
		return err
	}
	v, err := readVersion(c)
	if err != nil {
		return err
	}
	if v > len(all) {
		return fits(v, len(all))
	}
	for _, m := range all[v:] {
		if err := script(c, m.SQL); err != nil {
			return fmt.Errorf("migration %s: %w", m, err)
		}
		err := sqlitex.ExecuteTransient(c.db, "INSERT INTO slot_schema (version, name) VALUES (?, ?)",
			&sqlitex.ExecOptions{Args: []any{m.Version, m.Name}})
		if err != nil {
			return err
		}
	}
	return nil
}

// script runs the statements of a text one after another.
func script(c *conn, sql string) error {
	for sql = strings.TrimSpace(sql); sql != ""; {
		s, rest, err := c.db.PrepareTransient(sql)
		if err != nil {
			return err
		}
		_, err = s.Step()
		if err := errors.Join(err, s.Finalize()); err != nil {
			return err
		}
		sql = strings.TrimSpace(sql[len(sql)-rest:])
	}
	return nil
}
