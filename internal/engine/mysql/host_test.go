package mysql_test

import (
	"errors"
	"net"
	"net/url"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// nobody is an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// at is dsn with other hosts.
func at(t *testing.T, dsn, hosts string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = hosts
	return u.String()
}

func TestOfSeveralHostsTheOneThatCanBeWrittenIsUsed(t *testing.T) {
	t.Parallel()
	primary := dbtest.StartMySQL(t)
	dsn := primary.DSN(t)
	replica := primary.Replica(t)
	for name, hosts := range map[string]string{
		"one that is dead first":   nobody(t) + "," + primary.Addr(),
		"one that is read-only":    replica.Addr() + "," + primary.Addr(),
		"the right one first":      primary.Addr() + "," + replica.Addr(),
		"the others on both sides": nobody(t) + "," + primary.Addr() + "," + replica.Addr(),
	} {
		e, err := mysql.Open(t.Context(), at(t, dsn, hosts))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		h, err := e.Head(t.Context())
		if err == nil {
			err = e.Append(t.Context(), h, enginetest.Nth(h+1))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if e, err := mysql.Open(t.Context(), at(t, dsn, replica.Addr()+","+nobody(t))); err == nil {
		_ = e.Close()
		t.Error("opened where nothing can be written")
	}
}

func TestAPrimaryThatBecomesReadOnlyIsLeft(t *testing.T) {
	t.Parallel()
	first := dbtest.StartMySQL(t)
	dsn := first.DSN(t)
	second := first.Replica(t)
	e := open(t, at(t, dsn, first.Addr()+","+second.Addr()))
	defer e.Close()
	enginetest.Fill(t, e, 5)
	second.CatchUp()
	// As a switchover does that ends nobody's sessions.
	run(t, admin(t, first.Admin()), "SET GLOBAL read_only = 1")
	run(t, admin(t, second.Admin()), "STOP SLAVE", "SET GLOBAL read_only = 0")
	// The account may write on a read-only server, so the session has to be a new one.
	endSessions(t, first.Same(dsn))
	if err := e.Append(t.Context(), 5, enginetest.Nth(6)); err != nil {
		t.Fatalf("append after the switchover: %v", err)
	}
	other := open(t, second.Same(dsn))
	defer other.Close()
	if h, err := other.Head(t.Context()); err != nil || h != 6 {
		t.Errorf("the new primary is at %d, %v", h, err)
	}
	if h, err := e.Head(t.Context()); err != nil || h != 6 {
		t.Errorf("the head is at %d, %v", h, err)
	}
}

func TestANewSessionComparesTheNewestRecordSeen(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		then []string
		lost bool
	}{
		"a log that went back and on again": {[]string{
			"UPDATE holdfast_0_log SET hash = REPEAT('y', 32) WHERE seq = 5",
			"INSERT INTO holdfast_0_log SELECT 6, at, writer, nonce, REPEAT('z', 32), text, body FROM holdfast_0_log WHERE seq = 5",
			"UPDATE holdfast_0_head SET seq = 6, hash = REPEAT('z', 32)",
		}, true},
		"a log with another record": {[]string{"UPDATE holdfast_0_head SET hash = REPEAT('y', 32)"}, true},
		"a log that went back": {[]string{
			"DELETE FROM holdfast_0_log WHERE seq = 5",
			"UPDATE holdfast_0_head h JOIN holdfast_0_log l ON l.seq = 4 SET h.seq = 4, h.hash = l.hash",
		}, true},
		"a log whose old records were dropped": {[]string{
			"INSERT INTO holdfast_0_log SELECT 6, at, writer, nonce, REPEAT('z', 32), text, body FROM holdfast_0_log WHERE seq = 5",
			"DELETE FROM holdfast_0_log WHERE seq < 6", "UPDATE holdfast_0_head SET seq = 6, hash = REPEAT('z', 32)",
		}, false},
		"a log as it was": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.MySQL(t)
			e := open(t, dsn)
			defer e.Close()
			enginetest.Fill(t, e, 5)
			db := admin(t, dsn)
			run(t, db, tc.then...)
			endSessions(t, dsn)
			var head engine.Seq
			if err := db.QueryRowContext(t.Context(), "SELECT seq FROM holdfast_0_head").Scan(&head); err != nil {
				t.Fatal(err)
			}
			g := enginetest.Nth(head + 1)
			g.Prev = [32]byte{} // the session has to find out
			err := e.Append(t.Context(), head, g)
			var now engine.Seq
			if err := db.QueryRowContext(t.Context(), "SELECT seq FROM holdfast_0_head").Scan(&now); err != nil {
				t.Fatal(err)
			}
			switch {
			case tc.lost && (!errors.Is(err, engine.ErrLost) || now != head):
				t.Errorf("%v, and the head went from %d to %d; want ErrLost and nothing stored", err, head, now)
			case !tc.lost && (err != nil || now != head+1):
				t.Errorf("%v, and the head went from %d to %d", err, head, now)
			}
		})
	}
}

// MariaDB has nothing that names a server for good.
func TestAnOriginThatCannotBeToldIsEmpty(t *testing.T) {
	t.Parallel()
	e := open(t, dbtest.MySQL(t))
	defer e.Close()
	if is, err := e.Origin(t.Context()); err != nil || is.Name != "" {
		t.Errorf("origin %q, %v", is.Name, err)
	}
}

// endSessions ends all sessions in the database of dsn but the one that does it.
func endSessions(t *testing.T, dsn string) {
	t.Helper()
	db := admin(t, dsn)
	db.SetMaxOpenConns(1)
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() AND user = SUBSTRING_INDEX(USER(), '@', 1)")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		_, _ = db.ExecContext(t.Context(), "KILL "+id) // it may have ended by itself
	}
}
