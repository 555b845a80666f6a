package test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A copy taken under load verifies and has everything that was acknowledged before it was begun. A
// server on it continues to work. A command that was acknowledged after the copy and is sent again
// with its key is carried out once.
func TestABackupUnderLoadCanBeRestored(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 8)
	l.run(8, on(s))
	l.more(500)
	l.mu.Lock()
	before := maps.Clone(l.acked)
	l.mu.Unlock()
	copied := filepath.Join(t.TempDir(), "copy.db")
	o := runWith(t, nil, "backup", "--db", s.db, "--to", copied)
	if o.code != 0 || !strings.Contains(o.stdout, "the books up to record") {
		t.Fatalf("backup ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	l.more(200)
	l.end()
	s.stop()

	r := newServerOn(t, copied)
	r.verify()
	looked := 0
	for order, product := range before {
		if looked++; looked > 200 {
			break
		}
		l.holds(r, order, product)
	}
	var again []object
	for order, product := range l.acked {
		again = append(again, object{"idempotency_key": "key-" + order, "reserve": object{"order_id": order, "product_id": product, "quantity": 1}})
	}
	l.c.batch(t, r, again, nil)
	l.settle(r)
	r.stop()
	r.verify()
}

func TestABackupThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	books := "sqlite:" + filepath.Join(dir, "books.db")
	if o := runWith(t, nil, "migrate", "--db", books); o.code != 0 {
		t.Fatal(o.stderr)
	}
	taken := filepath.Join(dir, "taken.db")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	runWith(t, nil, "backup", "--db", books, "--to", taken).wantSentence(t, taken, "there already")
	runWith(t, nil, "backup", "--db", "sqlite:"+filepath.Join(dir, "gone.db"), "--to", filepath.Join(dir, "copy.db")).wantSentence(t, "no books", "gone.db")
	runWith(t, nil, "backup", "--db", books, "--to", filepath.Join(dir, "gone", "copy.db")).wantSentence(t, "gone")
	if o := runWith(t, nil, "backup", "--db", books); o.code != 2 {
		t.Errorf("without --to it ends with %d: %s", o.code, o.stderr)
	}
	if b, err := os.ReadFile(taken); err != nil || string(b) != "mine" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
	for _, begin := range []string{"copy", "gone", "taken.db."} {
		if found, err := filepath.Glob(filepath.Join(dir, begin+"*")); err != nil || len(found) > 0 {
			t.Errorf("left behind: %v, %v", found, err)
		}
	}
}
