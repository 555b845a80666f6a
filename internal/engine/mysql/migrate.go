package mysql

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/migration"
)

// The few lines below run the migrations, not goose. MySQL commits at each
// CREATE and ALTER, so a file that was interrupted has to be run again from its
// first statement. All statements are written so that they can be repeated.
// Goose would need that setting for each set of tables, with its own version
// and lock tables in addition.

//go:embed migrations/*.sql
var files embed.FS

// statements are the statements of a step for one set of tables. A statement
// ends with a semicolon at the end of a line.
func statements(sql, prefix, parts string) []string {
	sql = strings.NewReplacer("{{prefix}}", prefix, "{{parts}}", parts).Replace(sql)
	var all []string
	for s := range strings.SplitSeq(sql, ";\n") {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	return all
}

// Migrate brings the slot that the DSN names to this program's schema, and
// makes it if there is none.
func Migrate(ctx context.Context, dsn string) error {
	d, err := Dial(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.migrate(ctx, prefixOf(d.source.set)); err != nil {
		return fmt.Errorf("migrate %s set %d: %w", d.source.name, d.source.set, explain(err))
	}
	return nil
}

// Schema returns the version of the slot that the DSN names and the one this
// program works with. It changes nothing; have is 0 when there is no slot.
func Schema(ctx context.Context, dsn string) (have, want int, err error) {
	d, err := Dial(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = d.Close() }()
	all, err := migration.Steps(files)
	if err != nil {
		return 0, 0, err
	}
	have, err = d.version(ctx, prefixOf(d.source.set))
	if err != nil {
		return 0, 0, fmt.Errorf("schema of %s set %d: %w", d.source.name, d.source.set, explain(err))
	}
	return have, len(all), nil
}

func (d *Database) version(ctx context.Context, prefix string) (int, error) {
	c, err := d.reader(ctx)
	if err != nil {
		return 0, err
	}
	v, err := c.version(ctx, prefix)
	return v, errors.Join(err, c.close())
}

// prepareSchema makes the tables of a slot that has none and refuses those of
// another version. Tables that another process is about to make, or did not
// finish, are those of a new slot too: nothing was written to it.
func (d *Database) prepareSchema(ctx context.Context, prefix string) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	v, err := d.version(ctx, prefix)
	switch {
	case err != nil:
		return err
	case v == 0 && d.only:
		return fmt.Errorf("%w: there are no tables %s…", engine.ErrSchema, prefix)
	case v < len(all) && !d.only:
		if empty, err := d.empty(ctx, prefix); err != nil {
			return err
		} else if v == 0 || empty {
			return d.migrate(ctx, prefix)
		}
	}
	return migration.Fits(v, len(all), "DSN")
}

// empty reports whether nothing was written to the slot.
func (d *Database) empty(ctx context.Context, prefix string) (bool, error) {
	c, err := d.reader(ctx)
	if err != nil {
		return false, err
	}
	head, err := c.askNum(ctx, new(text).writeSQL("SELECT seq FROM ", tablesOf(prefix).head))
	if codeOf(err) == errNoTable {
		err = nil
	}
	return head == 0, errors.Join(err, c.close())
}

// version reads the schema's version, 0 when there are no tables.
func (c *conn) version(ctx context.Context, prefix string) (int, error) {
	v, err := c.askNum(ctx, new(text).writeSQL("SELECT COALESCE(MAX(version),0) FROM ", tablesOf(prefix).schema))
	if codeOf(err) == errNoTable {
		return 0, nil
	}
	return int(v), err
}

// migrateWait is how long one process waits for another that migrates.
const migrateWait = 30 * time.Second

// migrate runs the steps that are missing. A lock of the database keeps others
// from doing the same: its name is that of the database and the set. The nodes
// of a Galera cluster do not share such locks: when one of them has made a
// table first, the other one gets an error, and begins anew with the steps that
// are missing then.
func (d *Database) migrate(ctx context.Context, prefix string) error {
	all, err := migration.Steps(files)
	if err != nil {
		return err
	}
	until := time.Now().Add(migrateWait)
	for try := 0; ; try++ {
		err := d.migrateOnce(ctx, prefix, all)
		if !codeOf(err).overtaken() || time.Now().After(until) {
			return err
		}
		if err := pause(ctx, d.closed, backoff(try)); err != nil {
			return err
		}
	}
}

func (d *Database) migrateOnce(ctx context.Context, prefix string, all []migration.Step) error {
	// A migration may take its time: this is a connection without its limits.
	c, err := d.writer(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = c.close() }() // frees the lock
	if err := c.lockSchema(ctx, prefix); err != nil {
		return err
	}
	// The data that a statement has read stay the same until it ends, even when
	// a write set of another Galera node already changes the tables.
	if err := c.exec(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
		return err
	}
	schema := tablesOf(prefix).schema
	if err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+schema+" (version INT NOT NULL PRIMARY KEY, name VARBINARY(100) NOT NULL,"+
		" at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE = InnoDB ROW_FORMAT = DYNAMIC"); err != nil {
		return err
	}
	v, err := c.version(ctx, prefix)
	if err != nil {
		return err
	}
	if v > len(all) {
		return migration.Fits(v, len(all), "DSN")
	}
	for _, m := range all[v:] {
		for _, s := range statements(m.SQL, prefix, d.firstParts()) {
			if err := c.exec(ctx, s); err != nil {
				return fmt.Errorf("migration %s: %w", m, err)
			}
		}
		if err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s (version, name) VALUES (%d, '%s')", schema, m.Version, m.Name)); err != nil {
			return err
		}
	}
	return nil
}

// lockSchema waits for the lock under which tables are made.
func (c *conn) lockSchema(ctx context.Context, prefix string) error {
	t := new(text).writeSQL("SELECT GET_LOCK(LEFT(CONCAT('", prefix, "schema.',SHA1(DATABASE())),64),", fmt.Sprint(int(migrateWait.Seconds())), ")")
	got, err := c.askNum(ctx, t)
	if err == nil && got == 0 {
		err = errors.New("another process has been making the tables for half a minute")
	}
	return err
}
