package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

// These tests have a server of their own, one after another: they kill it,
// stop it in its tracks and change its settings.
func TestTheServer(t *testing.T) {
	t.Parallel()
	s := dbtest.StartPostgres(t)
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, s *dbtest.Server)
	}{
		{"what was acknowledged survives kill -9, and what is unknown is found out", killed},
		{"a server that stops in its tracks ends nobody's patience", paused},
		{"synchronous_commit is on for writers whatever the database says", synced},
		{"settings that lose acknowledged records are refused", unsafe},
	} {
		if !t.Run(tc.name, func(t *testing.T) { tc.run(t, s) }) {
			return
		}
	}
}

func killed(t *testing.T, s *dbtest.Server) {
	dsn := s.DSN(t)
	const writers, to, kills = 2, 400, 2
	stored := make(chan engine.Seq, to*writers)
	done := make(chan error, writers)
	for range writers {
		e := open(t, dsn, postgres.WithPart(64))
		defer e.Close()
		go func() { done <- fill(t.Context(), e, to, stored) }()
	}
	acknowledged := engine.Seq(0)
	for n := engine.Seq(1); n <= kills; n++ {
		for acknowledged < n*to/(kills+1) {
			acknowledged = max(acknowledged, <-stored)
		}
		s.Kill()
		s.Start()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	e := open(t, dsn, postgres.WithPart(64))
	defer e.Close()
	goesOn(t, e, to)
}

// fill appends the groups of Nth up to to, while others do the same, and sends
// the numbers of those that were stored. It determines the outcome of a group
// whose outcome is unknown, and continues when the database is away.
func fill(ctx context.Context, e *postgres.Engine, to engine.Seq, stored chan<- engine.Seq) error {
	h := engine.Seq(0)
	for h < to {
		g := enginetest.Nth(h + 1)
		err := e.Append(ctx, h, g)
		switch {
		case err == nil:
			h++
			stored <- h
			continue
		case errors.Is(err, engine.ErrBroken), ctx.Err() != nil:
			return err
		case errors.Is(err, engine.ErrUnknown):
			recs, rerr := e.Read(ctx, h, 1)
			if rerr != nil {
				return rerr // it must wait until it knows
			}
			if again, err := e.Read(ctx, h, 1); err != nil || len(again) < len(recs) {
				return errors.Join(errors.New("a record came and went"), err)
			}
			h += engine.Seq(len(recs))
			continue
		}
		if now, err := e.Head(ctx); err == nil {
			h = now
		}
	}
	return nil
}

func paused(t *testing.T, s *dbtest.Server) {
	dsn := s.DSN(t)
	e := open(t, dsn)
	defer e.Close()
	enginetest.Fill(t, e, 5)
	s.Pause()
	enginetest.AppendUnanswered(t, e, 5)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := e.Read(ctx, 5, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read from a server that does not answer: %v, want the context's error", err)
	}
	s.Resume()
	n := behind(t, e, 5)
	goesOn(t, e, 5+engine.Seq(n))
}

func synced(t *testing.T, s *dbtest.Server) {
	dsn := s.DSN(t)
	conn := connect(t, dsn)
	var name string
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct{ set, dsn, want string }{
		{"off", dsn, "on"},
		{"off", dsn + "?unsafe=1", "off"},
		{"remote_apply", dsn, "remote_apply"},
		{"local", dsn, "local"},
	} {
		exec(t, conn, "ALTER DATABASE "+name+" SET synchronous_commit = "+tc.set)
		e := open(t, tc.dsn)
		enginetest.Fill(t, e, engine.Seq(i+1))
		if got := e.SynchronousCommit(t); got != tc.want {
			t.Errorf("with %s in the database writers have %s, want %s", tc.set, got, tc.want)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func unsafe(t *testing.T, s *dbtest.Server) {
	dsn := s.DSN(t)
	conn := connect(t, dsn)
	e := open(t, dsn)
	defer e.Close()
	enginetest.Fill(t, e, 5)
	for i, name := range []string{"full_page_writes", "fsync"} {
		h := engine.Seq(6 + i)
		exec(t, conn, "ALTER SYSTEM SET "+name+" = off")
		reload(t, conn, name, "off")
		if bad, err := postgres.Open(t.Context(), dsn); err == nil {
			t.Errorf("opened with %s = off", name)
			bad.Close()
		} else if !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "unsafe=1") {
			t.Errorf("with %s = off: %v, want its name and the way round", name, err)
		}
		loose := open(t, dsn+"?unsafe=1")
		enginetest.Fill(t, loose, h)
		if err := loose.Close(); err != nil {
			t.Error(err)
		}
		// A new session of an engine that is open already is checked as well.
		e.Disconnect()
		err := e.Append(t.Context(), h, enginetest.Nth(h+1))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("append on a new connection with %s = off: %v, want it refused", name, err)
		}
		exec(t, conn, "ALTER SYSTEM RESET "+name)
		reload(t, conn, name, "on")
	}
	goesOn(t, e, 7)
}

// reload makes the server read its settings again and waits until it has.
func reload(t *testing.T, conn *pgx.Conn, name, want string) {
	t.Helper()
	exec(t, conn, "SELECT pg_reload_conf()")
	deadline := time.Now().Add(30 * time.Second)
	for got := ""; got != want; {
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1) FROM (SELECT pg_sleep(0.01)) x", name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %s, want %s", name, got, want)
		}
	}
}
