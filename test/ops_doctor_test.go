package test

import (
	"strings"
	"testing"
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
	// A server that was killed leaves a log beside the file: it stays for the
	// next one.
	s.kill()
	if o := runWith(t, nil, "doctor", "--db", s.db, "--only", "file,schema,records,keys"); o.code != 0 {
		t.Fatalf("doctor after a kill ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.start()
	l.audit(s)
	s.stop()
	s.verify()
}
