package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// with adds a parameter to a DSN.
func with(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// admin opens a connection that the engine does not use.
func admin(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg := driver.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.Passwd, _ = u.User.Password()
	c, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestAServerThatMayForgetIsRefused(t *testing.T) {
	t.Parallel()
	s := dbtest.StartMySQL(t)
	dsn := s.DSN(t)
	db := admin(t, dsn)
	for setting, values := range map[string][2]string{
		"innodb_flush_log_at_trx_commit": {"2", "1"},
		"sync_binlog":                    {"0", "1"},
	} {
		run(t, db, "SET GLOBAL "+setting+"="+values[0])
		if e, err := mysql.Open(t.Context(), dsn); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("open with %s=%s: %v", setting, values[0], err)
			if err == nil {
				_ = e.Close()
			}
		}
		e, err := mysql.Open(t.Context(), with(t, dsn, "unsafe", "1"))
		if err != nil {
			t.Fatalf("open with unsafe=1: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		run(t, db, "SET GLOBAL "+setting+"="+values[1])
	}
}

func TestATableSetOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn)
	enginetest.Fill(t, e, 3)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	db := admin(t, dsn)
	run(t, db, "INSERT INTO holdfast_0_slot_schema (version, name) VALUES (99, 'from the future')")
	if _, err := mysql.Open(t.Context(), dsn); !errors.Is(err, engine.ErrSchema) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("open of a newer slot: %v, want ErrSchema", err)
	}
	if err := mysql.Migrate(t.Context(), dsn); !errors.Is(err, engine.ErrSchema) {
		t.Errorf("migrate of a newer slot: %v, want ErrSchema", err)
	}
}

func TestMakingTheTablesGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn)
	enginetest.Fill(t, e, 3)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	// As if the process had died between the tables and the note of the version.
	db := admin(t, dsn)
	run(t, db, "DELETE FROM holdfast_0_slot_schema", "DROP TABLE holdfast_0_journal")
	e = open(t, dsn)
	defer e.Close()
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 3 {
		t.Errorf("the head is at %d: %v", at, err)
	}
	if err := e.AddJournal(t.Context(), 0, 3, nil); err != nil {
		t.Errorf("the table that was missing: %v", err)
	}
}

func TestTablesThatAnotherProcessIsAboutToMakeAreMade(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	if err := open(t, dsn).Close(); err != nil {
		t.Fatal(err)
	}
	db := admin(t, dsn)
	run(t, db, "DELETE FROM holdfast_0_slot_schema")
	e := open(t, dsn)
	defer e.Close()
	enginetest.Fill(t, e, 1)
}

func TestManyThatStartOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	engines := make(chan *mysql.Engine, 4)
	for range cap(engines) {
		go func() {
			e, err := mysql.Open(t.Context(), dsn)
			if err != nil {
				t.Errorf("open: %v", err)
			}
			engines <- e
		}()
	}
	for range cap(engines) {
		if e := <-engines; e != nil {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSetsOfOneDatabaseShareConnectionsAndNothingElse(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	d, err := mysql.Dial(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var slots []*mysql.Engine
	for n := range 3 {
		e, err := d.Slot(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		enginetest.Fill(t, e, engine.Seq(n*10))
		slots = append(slots, e)
	}
	for n, e := range slots {
		if at, err := enginetest.Check(t.Context(), e); err != nil || at != engine.Seq(n*10) {
			t.Errorf("set %d is at %d: %v", n, at, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	e := open(t, with(t, dsn, "set", "2"))
	defer e.Close()
	if at, err := e.Head(t.Context()); err != nil || at != 20 {
		t.Errorf("set 2 of the DSN is at %d: %v", at, err)
	}
}

func TestABadDSNIsToldWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"mysql://u:secret@h:1/", "mysql://u:secret@h:1/a/b", "postgres://u:secret@h/db", "mysql://u:secret@h:port/db",
		"mysql://u:secret@127.0.0.1:1/db", "mysql://u:secret@h/db?set=-1", "mysql://u:secret@h/db?set=x",
		"mysql://u:secret@h/db?unsafe=yes", "mysql://u:secret@h/db?tls=nonsense", "mysql://u:secret%zz@h/db", "",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		e, err := mysql.Open(ctx, dsn)
		cancel()
		if err == nil {
			_ = e.Close()
			t.Errorf("%q was opened", dsn)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", dsn, err)
		}
	}
}

func TestARecordThatWasReadAndIsGoneStopsTheSlot(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	for name, tc := range map[string]struct {
		then []string
		call func(context.Context, *mysql.Engine) error
	}{
		"reading finds the head before what was read": {nil, func(ctx context.Context, e *mysql.Engine) error {
			_, err := e.Read(ctx, 5, 1)
			return err
		}},
		"appending finds the head before what was read": {nil, func(ctx context.Context, e *mysql.Engine) error {
			return e.Append(ctx, 5, enginetest.Nth(6))
		}},
		"appending finds another record in its place": {
			[]string{"UPDATE holdfast_0_head SET seq = 5, hash = REPEAT('y', 32)"},
			func(ctx context.Context, e *mysql.Engine) error { return e.Append(ctx, 5, enginetest.Nth(6)) },
		},
		"locking finds the head before what was read": {nil, func(ctx context.Context, e *mysql.Engine) error {
			_, err := e.Lock(ctx)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := dsn
			e := open(t, dsn)
			defer e.Close()
			if h, err := e.Head(t.Context()); err != nil {
				t.Fatal(err)
			} else if h == 0 {
				enginetest.Fill(t, e, 5)
			}
			// As a server does that dies between showing a commit and syncing it.
			db := admin(t, dsn)
			run(t, db, "CREATE OR REPLACE TABLE kept AS SELECT * FROM holdfast_0_head",
				"UPDATE holdfast_0_head h JOIN holdfast_0_log l ON l.seq = 4 SET h.seq = 4, h.hash = l.hash")
			run(t, db, tc.then...)
			if err := tc.call(t.Context(), e); !errors.Is(err, engine.ErrBroken) {
				t.Errorf("%v, want ErrBroken", err)
			}
			if err := e.Append(t.Context(), 5, enginetest.Nth(6)); !errors.Is(err, engine.ErrBroken) {
				t.Errorf("and then append: %v, want ErrBroken", err)
			}
			run(t, db, "UPDATE holdfast_0_head h JOIN kept k SET h.seq = k.seq, h.hash = k.hash")
		})
	}
}
