package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// examined runs the doctor and returns its findings by check (the last of each) and its exit code.
func examined(t *testing.T, args ...string) (map[string]finding, int) {
	t.Helper()
	var out, errOut bytes.Buffer
	err := execute(t.Context(), append([]string{"doctor", "--json"}, args...), nil, &out, &errOut)
	code := report(&errOut, err)
	var all []finding
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		t.Fatalf("%v: exit code %d: %v\n%s%s", args, code, err, out.String(), errOut.String())
	}
	last := map[string]finding{}
	for _, f := range all {
		if had, ok := last[f.Check]; ok && had.Verdict == wrong {
			continue
		}
		last[f.Check] = f
	}
	return last, code
}

// sql changes a database behind everybody's back.
func sql(t *testing.T, path, text string) {
	t.Helper()
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(text, "PRAGMA") { // not in a transaction, as a script is
		err = sqlitex.ExecuteTransient(c, text, nil)
	} else {
		err = sqlitex.ExecuteScript(c, text, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	sound := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "holdfast.db")
		books(t, path)
		return path
	}
	spoilt := func(text string) func(*testing.T) string {
		return func(t *testing.T) string {
			path := sound(t)
			sql(t, path, text)
			return path
		}
	}
	for _, c := range []struct {
		name    string
		path    func(*testing.T) string
		check   string
		verdict verdict
		says    string
	}{
		{"sound books", sound, "records", good, "newest 1 of 1 records"},
		{"books that nobody can write to", sound, "keys", warning, "holdfast keys create"},
		{"no file", func(t *testing.T) string { return filepath.Join(t.TempDir(), "gone.db") }, "file", wrong, "there is no file"},
		{"a folder in its place", func(t *testing.T) string { return t.TempDir() }, "file", wrong, "is no file"},
		{"a file that everybody may write", func(t *testing.T) string {
			path := sound(t)
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
			return path
		}, "file", wrong, "chmod o-w"},
		{"a file that is no database", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "x.db")
			if err := os.WriteFile(path, []byte(strings.Repeat("Dear diary. ", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, "schema", wrong, "not a SQLite database"},
		{"books of a newer program", spoilt("INSERT INTO slot_schema (version, name) VALUES (999, 'of tomorrow')"), "schema", wrong, "newer holdfast"},
		{"a catalog of a newer program", spoilt("INSERT INTO catalog_schema (version_id, is_applied) VALUES (999, 1)"), "schema", wrong, "newer"},
		{"a record that was changed", spoilt("UPDATE log SET body = zeroblob(length(body))"), "schema", wrong, "record 1"},
		{"a record that is missing", spoilt("UPDATE log SET seq = 5; INSERT INTO log SELECT 7, at, writer, nonce, hash, sum, text_sum, text, body FROM log"), "schema", wrong, "record"},
		{"another journal mode", spoilt("PRAGMA journal_mode = DELETE"), "journal-mode", warning, "not in WAL mode"},
		{"a disk with room", sound, "disk", good, "free"},
		{"a journal to come", sound, "view", good, "1 records behind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := c.path(t)
			all, code := examined(t, "--db", "sqlite:"+path, "--only", "file,disk,schema,journal-mode,records,view,keys,clock,files")
			f := all[c.check]
			if f.Verdict != c.verdict || !strings.Contains(f.Found+f.Remedy, c.says) {
				t.Errorf("%s: %+v, want %s and %q", c.check, f, c.verdict, c.says)
			}
			bad := false
			for _, f := range all {
				bad = bad || f.Verdict == wrong
			}
			if (code == exitFailed) != bad {
				t.Errorf("exit code %d with %+v", code, all)
			}
		})
	}
}

// A clock that is behind the newest record was set back, or was ahead before.
func TestDoctorComparesTheClock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	books(t, path)
	for ahead, want := range map[time.Duration]verdict{time.Hour: wrong, 20 * time.Second: warning} {
		d := &doctor{doctorConfig: doctorConfig{books: booksConfig{db: "sqlite:" + path}}, now: time.Now()}
		d.examine(t.Context())
		d.now = time.UnixMilli(int64(d.slots[0].newest.last)).Add(-ahead)
		if f := d.clock(t.Context())[0]; f.Verdict != want || !strings.Contains(f.Found, "ahead of this clock") {
			t.Errorf("a record %s ahead of the clock: %+v, want %s", ahead, f, want)
		}
	}
	for ahead, want := range map[time.Duration]int{0: 0, time.Second: 0, 20 * time.Second: 1, -20 * time.Second: 1} {
		s := slotSeen{name: "slot 1", ahead: ahead}
		if all := s.clock(time.Now()); len(all) != want || want > 0 && all[0].Verdict != warning {
			t.Errorf("a database's clock %s ahead: %+v, want %d warnings", ahead, all, want)
		}
	}
}

func TestDoctorLooksAtCertificates(t *testing.T) {
	t.Parallel()
	d := &doctor{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for left, want := range map[time.Duration]verdict{
		-time.Hour: wrong, time.Hour: wrong, 10 * 24 * time.Hour: warning, 90 * 24 * time.Hour: good,
	} {
		if f := d.expiry("it", d.now.Add(left)); f.Verdict != want {
			t.Errorf("%s before the end: %+v, want %s", left, f, want)
		}
	}
	if f, code := examined(t, "--only", "certificate", "--tls-cert", "gone.pem", "--tls-key", "gone.key"); code != exitFailed || f["certificate"].Verdict != wrong {
		t.Errorf("files that are not there: exit code %d, %+v", code, f)
	}
	if f, code := examined(t, "--only", "certificate"); code != 0 || len(f) != 0 {
		t.Errorf("no certificate at all: exit code %d, %+v", code, f)
	}
}

func TestDoctorAsksAServer(t *testing.T) {
	t.Parallel()
	say := func(status int, text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text + "\n"))
		})
	}
	ready, tired := httptest.NewServer(say(200, "ready")), httptest.NewServer(say(503, "not ready"))
	secret := httptest.NewTLSServer(say(200, "ready"))
	defer ready.Close()
	defer tired.Close()
	defer secret.Close()
	for _, c := range []struct {
		name, url string
		verdict   verdict
		says      string
	}{
		{"one that is ready", ready.URL, good, "ready"},
		{"one that is not", tired.URL, wrong, "not ready"},
		{"one that is not there", "http://" + freeAddress(t), wrong, "does not answer"},
		{"what is no address", "localhost:8080", wrong, "no URL"},
		{"one with a certificate nobody knows", secret.URL, warning, "who signed"},
	} {
		all, code := examined(t, "--only", "server", "--url", c.url)
		if f := all["server"]; f.Verdict != c.verdict || !strings.Contains(f.Found+f.Remedy, c.says) || (code == 0) != (c.verdict != wrong) {
			t.Errorf("%s: exit code %d, %+v, want %s and %q", c.name, code, f, c.verdict, c.says)
		}
	}
}

func TestDoctorLooksAtPorts(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	free := []string{"--http", freeAddress(t), "--grpc", freeAddress(t), "--ops", freeAddress(t)}
	if all, code := examined(t, append(free, "--only", "ports")...); code != 0 || all["ports"].Verdict != good {
		t.Errorf("free ports: exit code %d, %+v", code, all)
	}
	free[3] = busy.Addr().String()
	if all, code := examined(t, append(free, "--only", "ports")...); code != exitFailed || !strings.Contains(all["ports"].Found, free[3]) {
		t.Errorf("a port that is taken: exit code %d, %+v", code, all)
	}
	holdfast := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }))
	defer holdfast.Close()
	free[5] = strings.TrimPrefix(holdfast.URL, "http://")
	if all, code := examined(t, append(free, "--only", "ports")...); code != 0 || !strings.Contains(all["ports"].Found, "a Holdfast runs here") {
		t.Errorf("a port that a Holdfast has: exit code %d, %+v", code, all)
	}
}

func TestDoctorKnowsItsChecks(t *testing.T) {
	t.Parallel()
	if code, printed := runs(t, "doctor", "--only", "pulse"); code != exitUsage || !strings.Contains(printed, "no such check") {
		t.Errorf("exit code %d, printed:\n%s", code, printed)
	}
}
