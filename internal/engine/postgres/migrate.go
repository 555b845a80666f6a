package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

// The migrations are run by the few lines below and not by goose. The files of
// goose have no place for the name of a schema. Its version table and its lock
// are per database or need a session. And it would bring database/sql to a
// package that has no other use for it. Here a migration, with the check
// whether it is needed, is one transaction.

//go:embed migrations/*.sql
var files embed.FS

// Migrate brings the set of tables that the DSN names with set=N to this
// program's schema, and makes it if there is none.
func Migrate(ctx context.Context, dsn string) error {
	db, err := Dial(ctx, dsn)
	if err != nil {
		return err
	}
	err = db.withConn(ctx, func(c *pgx.Conn) error { return db.migrate(ctx, c, db.at.set) })
	if err = errors.Join(explain(ctx, err), db.Close()); err != nil {
		return fmt.Errorf("migrate %s: %w", db.at.redact(db.at.set), err)
	}
	return nil
}

// Schema returns the version of the set of tables that the DSN names and the
// one this program works with. It changes nothing; have is 0 when there is none.
func Schema(ctx context.Context, dsn string) (have, want int, err error) {
	db, err := Dial(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	all, err := migration.Steps(files)
	if err == nil {
		err = db.withConn(ctx, func(c *pgx.Conn) (err error) {
			have, err = version(ctx, c, schema(db.at.set))
			return err
		})
	}
	if err = errors.Join(explain(ctx, err), db.Close()); err != nil {
		return 0, 0, fmt.Errorf("open %s: %w", db.at.redact(db.at.set), err)
	}
	return have, len(all), nil
}

func (db *Database) withConn(ctx context.Context, fn func(*pgx.Conn) error) error {
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return fn(c.Conn())
}

// prepareSchema makes a set where there is none and refuses one of another
// version.
func (db *Database) prepareSchema(ctx context.Context, set int) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	return db.withConn(ctx, func(c *pgx.Conn) error {
		v, err := version(ctx, c, schema(set))
		if err != nil {
			return err
		}
		if v == 0 {
			if db.only {
				return fmt.Errorf("%w: there are no tables of set %d", engine.ErrSchema, set)
			}
			return db.migrate(ctx, c, set)
		}
		return migration.Fits(v, len(all), "'"+db.at.redact(set)+"'")
	})
}

// querier is a connection or a transaction on it.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version reads the schema's version, 0 when there is no set of that name.
func version(ctx context.Context, q querier, schema string) (v int, err error) {
	if there, err := hasTable(ctx, q, schema, "slot_schema"); err != nil || !there {
		return 0, err
	}
	err = q.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM "+schema+".slot_schema").Scan(&v)
	return v, err
}

// hasTable looks for a table where all can see it. to_regclass would ask the
// session's cache, which still says no to who waited for another to make it.
func hasTable(ctx context.Context, q querier, schema, table string) (there bool, err error) {
	err = q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"+
		" WHERE n.nspname = $1 AND c.relname = $2)", schema, table).Scan(&there)
	return there, err
}

// migrate runs the steps that are missing, all in one transaction.
func (db *Database) migrate(ctx context.Context, c *pgx.Conn, set int) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	schema := schema(set)
	return db.change(ctx, c, schema, func(tx pgx.Tx) error {
		v, err := version(ctx, tx, schema)
		if err != nil {
			return err
		}
		if v > len(all) {
			return migration.Fits(v, len(all), "'"+db.at.redact(set)+"'")
		}
		if v == 0 {
			if err := begun(ctx, tx, schema); err != nil {
				return err
			}
		}
		for _, m := range all[v:] {
			if err := script(ctx, tx, strings.ReplaceAll(m.SQL, "SLOT.", schema+".")); err != nil {
				return fmt.Errorf("migration %s: %w", m, explain(ctx, err))
			}
			_, err := tx.Exec(ctx, "INSERT INTO "+schema+".slot_schema (version, name) VALUES ($1, $2)", m.Version, m.Name)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// begun makes the schema, which may be there, made for a role that may not do
// so itself, and the table of versions.
func begun(ctx context.Context, tx pgx.Tx, schema string) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)", schema).Scan(&there); err != nil {
		return err
	}
	sql := "CREATE TABLE " + schema + ".slot_schema (version integer PRIMARY KEY, name text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
	if !there {
		sql = "CREATE SCHEMA " + schema + "; " + sql
	}
	return script(ctx, tx, sql)
}

// script runs the statements of a text.
func script(ctx context.Context, tx pgx.Tx, sql string) error {
	_, err := tx.Conn().PgConn().Exec(ctx, sql).ReadAll()
	return err
}
