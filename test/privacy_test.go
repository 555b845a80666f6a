package test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The texts of a tenant are redacted under load, then the tenant is deleted, with both commands killed
// again and again. What the other tenant has stays, and the books verify.
func TestATenantIsRedactedAndDeletedThoughTheCommandsAreKilled(t *testing.T) {
	t.Parallel()
	for _, db := range []struct {
		name  string
		start func(t *testing.T) *server
	}{
		{"SQLite", func(t *testing.T) *server { return newServer(t) }},
		{"PostgreSQL", func(t *testing.T) *server { return serverAt(t, dbtest.Postgres(t)) }},
		{"MariaDB", func(t *testing.T) *server { return serverAt(t, dbtest.MySQL(t)) }},
	} {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			redactAndDelete(t, db.start(t))
		})
	}
}

func redactAndDelete(t *testing.T, s *server) {
	l := newLoad(t, s, 4)
	l.run(4, on(s))
	key := strings.TrimSpace(runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", "gone", "--scopes", "admin").stdout)
	accepts(t, s, key, 200)
	c := newCaller(key)
	c.must(t, "POST", s.url("/inventory"), "", object{"product_id": "mug", "available_stock": 1000}, nil)
	const orders = 300
	for n := range orders {
		c.must(t, "POST", s.url("/inventory/restock"), fmt.Sprint("k-", n), object{"product_id": "mug", "quantity": 1, "reason": fmt.Sprint("Jane Miller sent it back ", n)}, nil)
	}

	redact := []string{"redact", "--db", s.db, "--tenant", "gone", "--note", "Jane Miller"}
	if o := runWith(t, nil, append(redact, "--dry-run")...); o.code != 0 || redacted(t, o) != orders {
		t.Errorf("a dry run ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	killSome(t, redact)
	if o := runWith(t, nil, redact...); o.code != 0 {
		t.Fatalf("redact ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	if o := runWith(t, nil, redact...); o.code != 0 || redacted(t, o) != 0 {
		t.Errorf("redact once more ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	r, err := c.ask(t, "GET", s.url("/inventory/logs/mug?page_size=500"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.status != 200 || strings.Contains(string(r.body), "Miller") || strings.Count(string(r.body), `"restock"`) != orders {
		t.Errorf("the journal is %d:\n%.300s", r.status, r.body)
	}
	l.more(50)
	l.end()
	l.settle(s)
	o := runWith(t, nil, "verify", "--db", s.db)
	if o.code != 0 || !strings.Contains(o.stdout, fmt.Sprintf("redacted: %d notes", orders)) {
		t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	before := l.c.levels(t, s)

	remove := []string{"tenants", "delete", "gone", "--db", s.db}
	if o := runWith(t, nil, remove...); o.code != 1 || !strings.Contains(o.stderr, "stop") {
		t.Errorf("while a server runs, delete ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.kill()
	killSome(t, remove)
	if o := runWith(t, nil, remove...); o.code != 0 && !strings.Contains(o.stderr, "deleted before") {
		t.Fatalf("delete ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	o = runWith(t, nil, "verify", "--db", s.db)
	if o.code != 0 || !strings.Contains(o.stdout, fmt.Sprintf("deleted with their tenants: %d entries", orders+1)) || strings.Contains(o.stdout, "redacted:") {
		t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.start()
	accepts(t, s, key, 401)
	if after := l.c.levels(t, s); after != before {
		t.Errorf("the other tenant has\n%s\nhad\n%s", after, before)
	}
	l.c.must(t, "POST", s.url("/inventory/reserve"), "after", object{"order_id": "after", "product_id": "load-0", "quantity": 1}, nil)
}

// levels is all that the tenant has, but for the moment of the answer.
func (c *caller) levels(t *testing.T, s *server) string {
	t.Helper()
	r, err := c.ask(t, "GET", s.url("/inventory?page_size=500"), "", nil)
	if err != nil || r.status != 200 {
		t.Fatalf("list the stock: %v, %v", r, err)
	}
	return regexp.MustCompile(`,?"as_of":"[^"]*"`).ReplaceAllString(string(r.body), "")
}

// redacted is how many notes of slot 0 the command reports as redacted.
func redacted(t *testing.T, o outcome) (notes int) {
	t.Helper()
	lines := strings.Split(o.stdout, "\n")
	var slot, records int
	if len(lines) < 2 {
		return -1
	}
	if _, err := fmt.Sscan(lines[1], &slot, &records, &notes); err != nil {
		t.Errorf("%s: %v", lines[1], err)
	}
	return notes
}

// killSome starts the command a few times and kills it soon after.
func killSome(t *testing.T, args []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 1))
	killed := 0
	for range 6 {
		cmd := exec.Command(binary, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(60+random.IntN(300)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended already
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() < 0 {
			killed++
		}
	}
	t.Logf("%d of 6 runs of %s were killed", killed, args[0])
}

// Records in the archive are redacted, and a tenant is deleted there too; without the folder both are refused.
func TestTheArchiveIsRedactedToo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 4)
	key := strings.TrimSpace(runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", "gone", "--scopes", "admin").stdout)
	accepts(t, s, key, 200)
	c := newCaller(key)
	c.must(t, "POST", s.url("/inventory"), "", object{"product_id": "mug", "available_stock": 1000}, nil)
	for n := range 20 {
		c.must(t, "POST", s.url("/inventory/restock"), "", object{"product_id": "mug", "quantity": 1, "reason": fmt.Sprint("Jane Miller sent it back ", n)}, nil)
	}
	l.run(4, on(s))
	to := filepath.Join(t.TempDir(), "archive")
	for archiveOnce(t, archiveArgs(s, to, "--dry-run")).Records < 200 {
		l.more(200)
	}
	archiveOnce(t, archiveArgs(s, to))
	redact := []string{"redact", "--db", s.db, "--tenant", "gone", "--note", "Jane Miller"}
	runWith(t, nil, redact...).wantSentence(t, "were archived", "--archive")
	redact = append(redact, "--archive", to)
	for _, want := range []int{20, 0} {
		if o := runWith(t, nil, redact...); o.code != 0 || redacted(t, o) != want {
			t.Errorf("redact ends with %d, want %d notes:\n%s%s", o.code, want, o.stdout, o.stderr)
		}
	}
	l.end()
	verifyAcross(t, s, to)
	s.kill()
	remove := []string{"tenants", "delete", "gone", "--db", s.db}
	runWith(t, nil, remove...).wantSentence(t, "were archived", "--archive")
	if o := runWith(t, nil, append(remove, "--archive", to)...); o.code != 0 || !strings.Contains(o.stdout, " 21 ") {
		t.Errorf("delete ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	verifyAcross(t, s, to)
}
