package test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// Doctor may look at the database of a running server under load, again and
// again: it finds nothing wrong and changes nothing.
func TestDoctorLooksAtARunningServersDatabase(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 4)
	l.run(4, on(s))
	for range rounds(8) {
		l.more(50)
		o := runWith(t, nil, "doctor", "--db", s.db, "--http", s.http, "--grpc", s.grpc, "--ops", s.op, "--url", s.url(""))
		if o.code != 0 || strings.Contains(o.stdout, "wrong") {
			t.Fatalf("doctor ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
		}
	}
	l.end()
	l.settle(s)
	// A killed server leaves a log next to the file. The log stays for the next server.
	s.kill()
	if o := runWith(t, nil, "doctor", "--db", s.db, "--only", "file,schema,records,keys"); o.code != 0 {
		t.Fatalf("doctor after a kill ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.start()
	l.audit(s)
	s.stop()
	s.verify()
}

// On database servers doctor looks at each slot while a server works on them, and reports what is
// wrong with any.
func TestDoctorLooksAtBooksOnDatabaseServers(t *testing.T) {
	t.Parallel()
	for name, servers := range map[string][2]func(testing.TB) string{
		"PostgreSQL":             {dbtest.Postgres, dbtest.Postgres},
		"PostgreSQL and MariaDB": {dbtest.Postgres, dbtest.MySQL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases := "a=" + servers[0](t) + ",b=" + servers[1](t)
			s := offServer(t, "")
			s.db = servers[0](t)
			s.under = []string{"env", "HOLDFAST_DATABASES=" + databases, "HOLDFAST_SETS=2"}
			s.start()
			l := newLoad(t, s, 4)
			l.run(4, on(s))
			look := func(more ...string) outcome {
				return runWith(t, nil, append([]string{"doctor", "--db", s.db, "--only", "file,disk,schema,journal-mode,records,view,keys,clock"}, more...)...)
			}
			for range rounds(4) {
				l.more(50)
				o := look("--databases", databases)
				if o.code != 0 || strings.Contains(o.stdout, "wrong") || strings.Count(o.stdout, "records decode and continue the chain") != 4 {
					t.Fatalf("doctor ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
				}
			}
			l.end()
			if o := look(); o.code != 1 || !strings.Contains(o.stdout, "say where it is with --databases") {
				t.Errorf("databases that it was not told of: %d\n%s%s", o.code, o.stdout, o.stderr)
			}
		})
	}
	if o := runWith(t, nil, "doctor", "--db", dbtest.Postgres(t), "--only", "schema"); o.code != 1 || !strings.Contains(o.stdout, "holdfast migrate --db") {
		t.Errorf("an empty database: %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if o := runWith(t, nil, "doctor", "--db", "postgres://nobody:secret@127.0.0.1:1/x", "--only", "schema"); o.code != 1 || strings.Contains(o.stdout+o.stderr, "secret") {
		t.Errorf("no server: %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}
