package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The layout gets slots that a running server has not opened. The server works as before, and reports
// that once. Started again, it knows them.
func TestAServerGoesOnWhenTheLayoutGetsSlotsItDoesNotKnow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	databases := func(names ...string) string {
		for i, name := range names {
			names[i] = name + "=sqlite:" + filepath.Join(dir, name+".db")
		}
		return strings.Join(names, ",")
	}
	two, three := databases("a", "b"), databases("a", "b", "c")
	s := offServer(t, filepath.Join(dir, "main.db"))
	s.under = []string{"env", "HOLDFAST_DATABASES=" + two}
	s.start()
	c := newCaller(adminKey)
	use := func(round string) {
		t.Helper()
		for i := range 8 {
			at := fmt.Sprint("store-", i)
			if round == "first" {
				c.must(t, "POST", s.url("/inventory"), "", object{"product_id": "mug", "location_id": at, "available_stock": 10}, nil)
			}
			r, err := c.once(t.Context(), "POST", s.url("/inventory/reserve"), "", object{"order_id": round + at, "product_id": "mug", "location_id": at, "quantity": 1})
			if err != nil || r.status != 200 {
				t.Errorf("%s, %s: %+v %v", round, at, r, err)
			}
		}
	}
	shards := func(code int, printed string, args ...string) {
		t.Helper()
		out, got := holdfast(t, append([]string{"shards"}, append(args, "--db", s.db, "--databases", three)...)...)
		if got != code || !strings.Contains(out, printed) {
			t.Fatalf("%v: exit code %d, want %d and %q; printed:\n%s", args, got, code, printed, out)
		}
	}
	use("first")
	shards(0, "slot 2 (c, set 0): added", "add", "--database", "c")
	use("second")
	shards(1, "knows no slot 2", "move", "517", "--to", "2")
	wait(3 * time.Second) // it looks every second
	use("third")
	s.stop()
	const missing = "the layout has slots that this server does not know"
	if n := strings.Count(s.log.String(), missing); n != 1 {
		t.Errorf("the server said %d times that it lacks slots:\n%s", n, s.log)
	}
	if o := runWith(t, []string{"HOLDFAST_DATABASES=" + two}, serveArgs(t, filepath.Join(dir, "main.db"))...); o.code != 1 {
		t.Errorf("a start without the third database: exit code %d", o.code)
	} else {
		o.wantSentence(t, `a database called "c"`)
	}
	s.under[1] = "HOLDFAST_DATABASES=" + three
	s.start()
	use("fourth")
	shards(0, "buckets moved", "rebalance", "--by", "rows", "--keep", "5s")
	use("fifth")
	shards(0, "every row lies where its bucket lives", "verify")
	s.stop()
	if n := strings.Count(s.log.String(), missing); n != 1 {
		t.Errorf("the server said %d times that it lacks slots:\n%s", n, s.log)
	}
}
