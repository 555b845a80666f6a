package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

func TestADatabaseThatCannotBeOpenedIsExplained(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	for _, tc := range []struct{ name, dsn, says string }{
		{"the DSN is of another database", "mysql://u:" + secret + "@127.0.0.1/db", "want postgres://"},
		{"the DSN is no URL", "postgres://u:" + secret + "@127.0.0.1:port/db", "cannot be read"},
		{"the set is no number", "postgres://u:" + secret + "@127.0.0.1/db?set=first", "set=first"},
		{"the set is out of range", "postgres://u:" + secret + "@127.0.0.1/db?set=-1", "set=-1"},
		{"unsafe is neither on nor off", "postgres://u:" + secret + "@127.0.0.1/db?unsafe=yes", "unsafe=yes"},
		{"what follows the question mark is nothing", "postgres://u:" + secret + "@127.0.0.1/db?a;b", "question mark"},
		{"a setting of the connection cannot be read", "postgres://u:" + secret + "@127.0.0.1/db?sslmode=perhaps", "sslmode"},
		{"nobody listens there", "postgres://u:" + secret + "@127.0.0.1:1/db?sslmode=disable", "cannot be reached"},
		{"the server has no such database", func() string {
			return strings.Replace(dbtest.Postgres(t), "/test_", "/no_test_", 1)
		}(), "does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, err := postgres.Open(t.Context(), tc.dsn)
			if err == nil {
				e.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v, want %q and no password", err, tc.says)
			}
		})
	}
}

func TestASchemaOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, sql, says string
		migrates        bool
	}{
		{"newer", "INSERT INTO holdfast_3.slot_schema (version, name) VALUES (99, 'from the future')", "newer holdfast", false},
		{"older", "UPDATE holdfast_3.slot_schema SET version = version - 100", "holdfast migrate --db 'postgres://", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dsn := withSet(dbtest.Postgres(t), 3)
			if have, _, err := postgres.Schema(t.Context(), dsn); err != nil || have != 0 {
				t.Fatalf("an empty database has schema %d, %v", have, err)
			}
			if err := postgres.Migrate(t.Context(), dsn); err != nil {
				t.Fatal(err)
			}
			if err := postgres.Migrate(t.Context(), dsn); err != nil {
				t.Fatalf("again: %v", err)
			}
			if have, want, err := postgres.Schema(t.Context(), dsn); err != nil || have != want || have == 0 {
				t.Fatalf("it has schema %d, want %d, %v", have, want, err)
			}
			exec(t, connect(t, dsn), tc.sql)
			e, err := postgres.Open(t.Context(), dsn)
			if err == nil {
				e.Close()
				t.Fatal("it was opened")
			}
			if !errors.Is(err, engine.ErrSchema) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v, want ErrSchema and %q", err, tc.says)
			}
			if tc.name == "newer" {
				if err := postgres.Migrate(t.Context(), dsn); !errors.Is(err, engine.ErrSchema) {
					t.Errorf("migrate: %v, want ErrSchema", err)
				}
			}
		})
	}
}

func TestAnEmptyDatabaseMayBeOpenedByManyAtOnce(t *testing.T) {
	t.Parallel()
	slots := newSlots(t)
	for range 3 {
		dsn := slots.next()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if i == 0 {
					if err := postgres.Migrate(t.Context(), dsn); err != nil {
						t.Error(err)
					}
					return
				}
				e, err := postgres.Open(t.Context(), dsn, postgres.WithMaxConns(4))
				if err != nil {
					t.Error(err)
					return
				}
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestARoleThatMayNotMakeASchemaCanBeGivenOne(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	admin := connect(t, dsn)
	role := "shop_" + strings.ToLower(rand.Text()[:8])
	exec(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'pw'")
	t.Cleanup(func() {
		admin.Exec(context.WithoutCancel(t.Context()), "DROP OWNED BY "+role)
		admin.Exec(context.WithoutCancel(t.Context()), "DROP ROLE "+role)
	})
	as := regexp.MustCompile(`//[^/]*@`).ReplaceAllString(dsn, "//"+role+":pw@")
	if e, err := postgres.Open(t.Context(), as); err == nil || !strings.Contains(err.Error(), "may not") {
		if err == nil {
			e.Close()
		}
		t.Fatalf("without a schema: %v, want it said what it may not do", err)
	}
	exec(t, admin, "CREATE SCHEMA holdfast_1 AUTHORIZATION "+role)
	e := open(t, as)
	defer e.Close()
	goesOn(t, e, 0)
}

func TestSlotsOfOneDatabaseAreApart(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	db, err := postgres.Dial(t.Context(), dsn, postgres.WithMaxConns(6))
	if err != nil {
		t.Fatal(err)
	}
	var engines []*postgres.Engine
	var wg sync.WaitGroup
	for set := range 4 {
		e, err := db.Slot(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		engines = append(engines, e)
		wg.Go(func() { enginetest.Fill(t, e, engine.Seq(10*(set+1))) })
	}
	wg.Wait()
	for set, e := range engines {
		if h, err := enginetest.Check(t.Context(), e); err != nil || h != engine.Seq(10*(set+1)) {
			t.Errorf("set %d: head %d, %v", set, h, err)
		}
	}
	if err := engines[0].Close(); err != nil {
		t.Error(err)
	}
	enginetest.Fill(t, engines[1], 25) // the others keep working
	if _, err := db.Slot(t.Context(), -1); err == nil {
		t.Error("there is a set -1")
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := engines[1].Head(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("an engine of a closed database: %v, want ErrClosed", err)
	}
}

func TestAStandbyCanBeReadAndSaysWhyItCannotBeWritten(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	e := open(t, dsn)
	defer e.Close()
	enginetest.Fill(t, e, 5)
	// The closest to a standby on one server.
	readonly := open(t, dsn+"&default_transaction_read_only=on")
	defer readonly.Close()
	if h, err := enginetest.Check(t.Context(), readonly); err != nil || h != 5 {
		t.Errorf("head %d, %v", h, err)
	}
	if err := readonly.Append(t.Context(), 5, enginetest.Nth(6)); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("append: %v, want it said", err)
	}
	if h, err := enginetest.Check(t.Context(), readonly); err != nil || h != 5 {
		t.Errorf("head %d, %v", h, err)
	}
}

func TestADSNMayNameSeveralHosts(t *testing.T) {
	t.Parallel()
	dsn := newSlots(t).next()
	host := regexp.MustCompile(`@([^/]*)/`).FindStringSubmatch(dsn)[1]
	e := open(t, strings.Replace(dsn, host, "127.0.0.1:1,"+host, 1))
	defer e.Close()
	goesOn(t, e, 0)
}
