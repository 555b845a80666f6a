package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/stock"
)

// A server whose commits wait for a standby that is not there. They have a
// server of their own, one after another: they change its settings.
func TestACommitThatWaitsForItsStandby(t *testing.T) {
	t.Parallel()
	s := dbtest.StartPostgres(t)
	admin := connect(t, s.Admin())
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, s *dbtest.Server, admin *pgx.Conn)
	}{
		{"is acknowledged to nobody, and reading goes on", waitsForStandby},
		{"is waited for under the lock as well", waitsUnderTheLock},
		{"is not acknowledged when somebody cancels the wait", waitIsCancelled},
		{"would be acknowledged by a driver that drops the notice of that", noticeIsDropped},
		{"is seen by no other process before it is replicated", foreignRecordWaits},
	} {
		if !t.Run(tc.name, func(t *testing.T) { tc.run(t, s, admin) }) {
			return
		}
	}
}

// standby says for whom commits wait, "" for nobody. The server's processes take the
// setting over one by one; a commit that waits says that the one which counts has.
func standby(t *testing.T, admin *pgx.Conn, name string) {
	t.Helper()
	exec(t, admin, "ALTER SYSTEM SET synchronous_standby_names = '"+name+"'")
	exec(t, admin, "SELECT pg_reload_conf()")
	if name == "" {
		return // the waiting session is woken
	}
	probe := connect(t, admin.Config().ConnString())
	defer probe.Close(t.Context())
	for waits := false; !waits; {
		done := make(chan error)
		go func() {
			_, err := probe.Exec(context.Background(), "SELECT pg_logical_emit_message(true, 'test', '')")
			done <- err
		}()
		var err error
		for running := true; running; {
			select {
			case err = <-done:
				running = false
			default:
				waits = cancelWait(t, admin, probe.PgConn().PID()) || waits
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// cancelWait cancels the wait of a server process for a standby, if it waits.
func cancelWait(t *testing.T, admin *pgx.Conn, pid uint32) (waited bool) {
	t.Helper()
	err := admin.QueryRow(t.Context(), "SELECT count(pg_cancel_backend(pid)) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid = $1", int32(pid)).Scan(&waited)
	if err != nil {
		t.Fatal(err)
	}
	return waited
}

// until waits for something to be so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for tick := time.Tick(10 * time.Millisecond); !so(); <-tick {
		if t.Context().Err() != nil {
			t.Fatalf("it never came that %s", what)
		}
	}
}

// replicating waits until n sessions wait for a standby.
func replicating(t *testing.T, admin *pgx.Conn, n int) {
	t.Helper()
	until(t, "a commit waits for its standby", func() bool {
		var now int
		if err := admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&now); err != nil {
			t.Fatal(err)
		}
		return now == n
	})
}

func waitsForStandby(t *testing.T, s *dbtest.Server, admin *pgx.Conn) {
	e := open(t, s.DSN(t))
	defer e.Close()
	enginetest.Fill(t, e, 3)
	standby(t, admin, "nobody")
	defer standby(t, admin, "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Append(ctx, 3, enginetest.Nth(4)) }()
	replicating(t, admin, 1)
	cancel() // the caller hangs up
	if err := <-done; !errors.Is(err, engine.ErrUnknown) {
		t.Fatalf("append: %v, want ErrUnknown", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if recs, err := e.Read(ctx, 3, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d records, %v: nobody can know yet", len(recs), err)
	}
	if h, err := e.Head(t.Context()); err != nil || h != 3 {
		t.Errorf("head %d, %v, want 3", h, err)
	}
	mustLoad(t, e)
	if recs, err := e.Read(t.Context(), 0, 2); err != nil || len(recs) != 2 {
		t.Errorf("%d records, %v, want 2", len(recs), err)
	}
	replicating(t, admin, 1) // nobody has cancelled it
	standby(t, admin, "")
	if n := behind(t, e, 3); n != 1 {
		t.Errorf("%d records, the standby is there", n)
	}
	goesOn(t, e, 4)
}

// mustLoad loads an item.
func mustLoad(t *testing.T, e *postgres.Engine) {
	t.Helper()
	l, err := e.Load(t.Context(), engine.Want{Items: []stock.ItemKey{enginetest.Nth(1).Items[0].Key}})
	if err != nil || len(l.Items) == 0 {
		t.Errorf("load: %v", err)
	}
}

func waitsUnderTheLock(t *testing.T, s *dbtest.Server, admin *pgx.Conn) {
	for _, ask := range []bool{false, true} {
		e := open(t, s.DSN(t), postgres.WithIdle(time.Hour)) // the lock is idle while the standby is set
		enginetest.Fill(t, e, 3)
		w := mustLock(t, e)
		standby(t, admin, "nobody")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		g := enginetest.Nth(4)
		g.Ask = ask
		go func() { done <- w.Append(ctx, 3, g) }()
		replicating(t, admin, 1)
		cancel()
		if err := <-done; !errors.Is(err, engine.ErrUnknown) {
			t.Errorf("append: %v, want ErrUnknown", err)
		}
		w.Unlock()
		replicating(t, admin, 1)
		standby(t, admin, "")
		if n := behind(t, e, 3); n != 1 {
			t.Errorf("%d records, the standby is there", n)
		}
		goesOn(t, e, 4)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// cancelled appends record 4 and has somebody cancel its wait. It reports whether
// the record was acknowledged.
func cancelled(t *testing.T, dsn string, admin *pgx.Conn, opts ...postgres.Option) (*postgres.Engine, bool) {
	t.Helper()
	e := open(t, dsn, opts...)
	enginetest.Fill(t, e, 3)
	standby(t, admin, "nobody")
	done := make(chan error, 1)
	go func() { done <- e.Append(t.Context(), 3, enginetest.Nth(4)) }()
	replicating(t, admin, 1)
	exec(t, admin, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	err := <-done
	if err != nil && !errors.Is(err, engine.ErrUnknown) {
		t.Fatalf("append: %v, want ErrUnknown", err)
	}
	return e, err == nil
}

func waitIsCancelled(t *testing.T, s *dbtest.Server, admin *pgx.Conn) {
	defer standby(t, admin, "")
	e, acknowledged := cancelled(t, s.DSN(t), admin)
	defer e.Close()
	if acknowledged {
		t.Error("a record was acknowledged that no standby has")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if recs, err := e.Read(ctx, 3, 1); err == nil {
		t.Errorf("%d records: one that no standby has was shown", len(recs))
	}
	standby(t, admin, "")
	if n := behind(t, e, 3); n != 1 {
		t.Errorf("%d records, the standby is there", n)
	}
	goesOn(t, e, 4)
}

// The notice is all there is: this shows that the test above would find it
// missing.
func noticeIsDropped(t *testing.T, s *dbtest.Server, admin *pgx.Conn) {
	defer standby(t, admin, "")
	e, acknowledged := cancelled(t, s.DSN(t), admin, postgres.WithoutNotices())
	defer e.Close()
	if !acknowledged {
		t.Error("the wait was cancelled, its notice dropped, and yet it was not acknowledged: the test finds nothing")
	}
}

func foreignRecordWaits(t *testing.T, s *dbtest.Server, admin *pgx.Conn) {
	defer standby(t, admin, "")
	dsn := s.DSN(t)
	e, _ := cancelled(t, dsn, admin)
	defer e.Close()
	other := open(t, dsn)
	defer other.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if h, err := other.Head(ctx); err == nil {
		t.Errorf("head %d was shown, no standby has it", h)
	}
	standby(t, admin, "")
	if h, err := other.Head(t.Context()); err != nil || h != 4 {
		t.Errorf("head %d, %v, want 4", h, err)
	}
}
