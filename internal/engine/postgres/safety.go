package postgres

import (
	"context"
	"errors"
	"fmt"
)

// checkSafe refuses a server whose settings would lose acknowledged records
// when the machine crashes (FAULTS F19): fsync and full_page_writes must be on.
// With unsafe=1 in the DSN anything goes, for tests and benchmarks of databases
// that may be lost.
func (db *Database) checkSafe(ctx context.Context) error {
	c, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return db.safe(ctx, &session{conn: c.Conn()})
}

// askSafe also switches synchronous_commit on for the session when the server,
// the database or the role has it off. A setting stronger than on stays.
const askSafe = "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), current_setting('fsync'), current_setting('full_page_writes'), " +
	"set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN $1::text ELSE current_setting('synchronous_commit') END, false)"

// oldest is the first version of the server that has all that is used here:
// parts that are attached while others read, and scanning a table page by page.
const oldest = 14

// safe is checkSafe for one session. Sessions for writing are checked as they
// begin: a server may have been started again with other settings.
func (db *Database) safe(ctx context.Context, s *session) error {
	wanted, unsafe := "on", db.at.unsafe || db.only
	if unsafe {
		wanted = "off"
	}
	return s.call(ctx, step{
		sql:  askSafe,
		bind: func(p *params) { p.text(wanted) },
		row: func(r *row) error {
			if v := r.int8() / 10_000; v < oldest {
				return fmt.Errorf("the server is PostgreSQL %d: version %d or later is needed", v, oldest)
			}
			if v := r.text(); v != "UTF8" && v != "SQL_ASCII" {
				return fmt.Errorf("the database has the encoding %s: make one with ENCODING 'UTF8'", v)
			}
			for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
				if v := r.text(); v == "off" && !unsafe {
					return errUnsafe(name)
				}
			}
			return nil
		},
	})
}

func errUnsafe(name string) error {
	return fmt.Errorf("the server runs with %s = off: %w; switch it on, or add unsafe=1 to the DSN of a database that may be lost", name, errLosing)
}

var errLosing = errors.New("what was acknowledged would not survive a crash")
