package test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// accepts waits until the server answers the key with the status, which the
// contract promises within 2 s, and says how long that took.
func accepts(t *testing.T, s *server, key string, status int) {
	t.Helper()
	c := newCaller(key)
	begun := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := c.once(t.Context(), "GET", s.url("/inventory"), "", nil)
		if err == nil && r.status == status {
			t.Logf("a %d after %v", status, time.Since(begun))
			return
		}
		if <-tick.C; time.Since(begun) > hang {
			t.Fatalf("no %d, last: %+v %v", status, r, err)
		}
	}
}

// `keys create` prints the key alone, a running server takes it within 2 s,
// and refuses it as soon after it was revoked. Rotation has two valid keys.
func TestKeysAreTakenByARunningServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", "shop", "--scopes", "admin", "--name", "till")
	key := strings.TrimSuffix(o.stdout, "\n")
	if o.code != 0 || key == "" || strings.ContainsAny(key, " \n\t") {
		t.Fatalf("keys create ends with %d and prints %q on standard output, want the key alone:\n%s", o.code, o.stdout, o.stderr)
	}
	if strings.Contains(o.stderr, key) {
		t.Errorf("the key is on standard error too: %s", o.stderr)
	}
	accepts(t, s, key, http.StatusOK)

	second := runWith(t, nil, "keys", "rotate", "--db", s.db, "--tenant", "shop", "--name", "till")
	accepts(t, s, strings.TrimSpace(second.stdout), http.StatusOK)
	accepts(t, s, key, http.StatusOK)

	list := runWith(t, nil, "keys", "list", "--db", s.db, "--tenant", "shop")
	if list.code != 0 || strings.Count(list.stdout, "till") != 2 || strings.Contains(list.stdout, key) {
		t.Errorf("keys list ends with %d:\n%s", list.code, list.stdout)
	}
	id := regexp.MustCompile(`(?m)^key (\S+),`).FindStringSubmatch(o.stderr)
	if id == nil {
		t.Fatalf("keys create does not say the key's id: %s", o.stderr)
	}
	if r := runWith(t, nil, "keys", "revoke", "--db", s.db, "--tenant", "shop", id[1]); r.code != 0 {
		t.Fatalf("keys revoke ends with %d: %s", r.code, r.stderr)
	}
	accepts(t, s, key, http.StatusUnauthorized)
	accepts(t, s, strings.TrimSpace(second.stdout), http.StatusOK)
}

// The key of the environment counts on an empty database and on no other.
func TestTheBootstrapKeyCountsOnAnEmptyDatabaseOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	newCaller(adminKey).create(t, s, "p", 1)
	s.stop()
	s.bootstrap = "another-bootstrap-key-0123456789"
	s.start()
	for key, status := range map[string]int{adminKey: http.StatusOK, s.bootstrap: http.StatusUnauthorized} {
		if r, err := newCaller(key).ask(t, "GET", s.url("/inventory"), "", nil); err != nil || r.status != status {
			t.Errorf("key %s: %+v %v, want %d", key, r, err, status)
		}
	}
	// A database that has a key already is not empty.
	made := filepath.Join(t.TempDir(), "holdfast.db")
	if o := runWith(t, nil, "keys", "create", "--db", "sqlite:"+made, "--tenant", "shop", "--scopes", "read"); o.code != 0 {
		t.Fatalf("keys create ends with %d: %s", o.code, o.stderr)
	}
	o := newServerOn(t, made)
	if r, err := newCaller(adminKey).ask(t, "GET", o.url("/inventory"), "", nil); err != nil || r.status != http.StatusUnauthorized {
		t.Errorf("the bootstrap key on a database with a key: %+v %v, want 401", r, err)
	}
}

// Exit codes: 0 success, 1 failed check or refused work, 2 usage. Errors are on standard error,
// results on standard output.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	gone := "sqlite:" + filepath.Join(t.TempDir(), "gone.db")
	fresh := "sqlite:" + filepath.Join(t.TempDir(), "fresh.db")
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"the version", []string{"version"}, 0},
		{"help", []string{"--help"}, 0},
		{"help of a command", []string{"serve", "--help"}, 0},
		{"the configuration", []string{"config", "print"}, 0},
		{"a migration of a new database", []string{"migrate", "--db", fresh}, 0},
		{"a migration of the same database", []string{"migrate", "--db", fresh}, 0},
		{"a check of a new database", []string{"verify", "--db", fresh}, 0},
		{"a check of a database that is not there", []string{"verify", "--db", gone}, 1},
		{"the keys of a database that is not there", []string{"keys", "list", "--db", gone}, 1},
		{"a command that does not exist", []string{"sevre"}, 2},
		{"a subcommand that does not exist", []string{"keys", "craete"}, 2},
		{"a flag that does not exist", []string{"serve", "--prot", "1"}, 2},
		{"a flag without its value", []string{"serve", "--db"}, 2},
		{"a database of a kind that does not exist", []string{"serve", "--db", "oracle:x"}, 2},
		{"a key without scopes", []string{"keys", "create", "--db", fresh}, 2},
		{"a key with a scope that does not exist", []string{"keys", "create", "--db", fresh, "--scopes", "root"}, 2},
		{"a replay, which another program has", []string{"replay", orders}, 2},
	} {
		// One after another: some stand on those before.
		o := runWith(t, nil, c.args...)
		if o.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.name, o.code, c.code, o.stdout, o.stderr)
		}
		if (o.stdout == "") != (c.code != 0) {
			t.Errorf("%s: exit code %d and standard output %q", c.name, o.code, o.stdout)
		}
		if (o.stderr == "") == (c.code != 0) || strings.Contains(o.stderr, "goroutine ") {
			t.Errorf("%s: exit code %d and standard error %q", c.name, o.code, o.stderr)
		}
	}
}

// `verify` may look at the database of a running server, under load.
func TestVerifyLooksAtARunningServersDatabase(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 4)
	l.run(4, on(s))
	for range rounds(3) {
		l.more(200)
		s.verify()
	}
	l.more(100)
	l.end()
	l.settle(s)
	s.stop()
	s.verify()
}
