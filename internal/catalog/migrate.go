package catalog

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrateTries bounds how often a migration that lost against another
// process's is looked at again, and migrateWait how long each waits for locks.
const (
	migrateTries = 5
	migrateWait  = 10 * time.Second
	// conflictWait is how long a migration is tried again that loses against
	// another one all the time.
	conflictWait = 30 * time.Second
)

// Migrate brings the catalog's tables in the database that dsn names (see
// Open) to this binary's version, or refuses a newer one with ErrSchema. A
// SQLite file that is missing is created. It returns what it found before.
//
// In SQLite and PostgreSQL each migration is stored whole or not at all; in
// MySQL and MariaDB one that was cut short is carried out again. Of several
// processes that migrate at once one does the work.
func Migrate(ctx context.Context, dsn string) (Schema, error) {
	d, err := readyDatabase(dsn, true)
	if err != nil {
		return Schema{}, err
	}
	before, err := d.migrateIf(ctx, func(context.Context, *sql.DB, Schema) (bool, error) { return true, nil })
	if err == nil && before.Newer() {
		err = before.Err(d.dsn)
	}
	return before, err
}

// migrateNew gives a database without a catalog one. One that another process
// is about to make, or did not finish, is a new one too: nothing was written
// to it.
func (d *database) migrateNew(ctx context.Context) error {
	_, err := d.migrateIf(ctx, func(ctx context.Context, db *sql.DB, found Schema) (bool, error) {
		if found.Empty() {
			return true, nil
		}
		r := &read{ctx: ctx, dialect: d.dialect, on: db}
		h, err := r.readHead()
		return err == nil && h.seq == 0, err
	})
	return err
}

// migrateIf migrates a database that is old and that due says so of.
func (d *database) migrateIf(ctx context.Context, due func(context.Context, *sql.DB, Schema) (bool, error)) (before Schema, err error) {
	db, err := d.pool(migrating)
	if err != nil {
		return before, err
	}
	defer func() { err = errors.Join(err, d.close(db)) }()
	if before, err = d.schema(ctx, db); err != nil || !before.Old() {
		return before, err
	}
	if now, err := due(ctx, db, before); err != nil || !now {
		return before, err
	}
	return before, d.migrate(ctx, db)
}

// schema says which version the database has.
func (d *database) schema(ctx context.Context, db *sql.DB) (Schema, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readMost, errTooSlow)
	defer cancel()
	var s Schema
	var err error
	if s.Wanted, err = d.newestVersion(); err != nil {
		return s, err
	}
	s.Found, err = d.version(ctx, db)
	// Of several processes that open a SQLite file that nobody had open, one
	// makes its log. The others are refused then, whatever wait they set.
	for errors.Is(err, ErrBusy) && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(lockWait):
			s.Found, err = d.version(ctx, db)
		}
	}
	return s, during(err, "read catalog schema")
}

// version is the number of the newest migration the database has, or 0.
func (d *database) version(ctx context.Context, db *sql.DB) (version int64, err error) {
	r := &read{ctx: ctx, dialect: d.dialect, on: db}
	var tables int
	if _, err = r.readRow(d.tables, nil, &tables); err == nil && tables > 0 {
		_, err = r.readRow(`SELECT coalesce(max(version_id), 0) FROM {catalog_schema} WHERE is_applied`, nil, &version)
	}
	return version, err
}

func (d *dialect) files() (fs.FS, error) {
	if d.steps != nil {
		return d.steps, nil
	}
	return fs.Sub(migrations, "migrations/"+d.folder)
}

// newestVersion is the number of the newest migration.
func (d *dialect) newestVersion() (int64, error) {
	files, err := d.files()
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	version, err := goose.NumericComponent(names[len(names)-1])
	return result(version, err, "list migrations")
}

func (d *database) migrate(ctx context.Context, db *sql.DB) error {
	files, err := d.files()
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	r := &read{ctx: ctx, dialect: d.dialect}
	var give func()
	err = retryConflict(ctx, conflictWait, func() (err error) {
		if give, err = d.migrating.hold(ctx, db); err != nil {
			err = r.fault(err)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("wait for other migrations: %w", r.fault(err))
	}
	defer give()
	return retryConflict(ctx, conflictWait, func() error { return d.migrateAlone(ctx, db, files) })
}

// migrateAlone runs the migrations that are missing. The nodes of a Galera cluster
// do not share the turn of migrations, so others may do the same there.
func (d *database) migrateAlone(ctx context.Context, db *sql.DB, files fs.FS) error {
	r := &read{ctx: ctx, dialect: d.dialect}
	for try := 1; ; try++ {
		// Another process may have done it while this one waited.
		if found, err := d.schema(ctx, db); err != nil || !found.Old() {
			return err
		}
		p, err := goose.NewProvider(d.kind, db, files,
			goose.WithTableName(d.prefix+"catalog_schema"), goose.WithDisableGlobalRegistry(true),
			goose.WithSlog(slog.New(slog.DiscardHandler)))
		if err != nil {
			return fmt.Errorf("prepare catalog migration: %w", err)
		}
		// p is not closed: that would close db.
		_, err = p.Up(ctx)
		if err = r.fault(err); err != nil && (try == migrateTries || d.file.Writable() != nil) {
			return fmt.Errorf("migrate catalog: %w", err)
		}
	}
}

// turn makes the migrations of several processes follow each other, on
// servers: SQLite's own lock does it there. goose has such locks too, but
// makes its table before it takes them.
type turn struct {
	take    []string // a SELECT that finds no row did not get the lock
	give    string
	arrange []string // what goose needs to begin
}

// hold takes the turn and makes what goose needs. The turn ends with give, or
// with this process.
func (t *turn) hold(ctx context.Context, db *sql.DB) (give func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range slices.Concat(t.take, t.arrange) {
		if strings.HasPrefix(statement, "SELECT") {
			var taken int
			if err = conn.QueryRowContext(ctx, statement).Scan(&taken); errors.Is(err, sql.ErrNoRows) {
				err = ErrBusy
			}
		} else {
			_, err = conn.ExecContext(ctx, statement)
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), readMost)
		defer cancel()
		// A connection that cannot give it back loses it when it is closed.
		_, _ = conn.ExecContext(last, t.give)
		_ = conn.Close()
	}, nil
}
