package test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// archiveArgs moves everything that may be moved, however young.
func archiveArgs(s *server, to string, more ...string) []string {
	return append([]string{"archive", "--db", s.db, "--to", to, "--older-than", "0s", "--force-younger"}, more...)
}

// archiving is the command's output about a slot.
type archiving struct {
	First, Head, Last, Gone uint64
	UpTo                    uint64 `json:"up_to"`
	Records                 int64
	Reason                  string
}

func archiveOnce(t *testing.T, args []string) archiving {
	t.Helper()
	o := runWith(t, nil, append(args, "--json")...)
	var said struct{ Slots []archiving }
	if err := json.Unmarshal([]byte(o.stdout), &said); o.code != 0 || err != nil || len(said.Slots) != 1 {
		t.Fatalf("holdfast %v ends with %d, %v:\n%s%s", args, o.code, err, o.stdout, o.stderr)
	}
	return said.Slots[0]
}

// Records move to files under load, with the command killed again and again,
// and nothing is missing or changed: verify reads the books across both.
func TestRecordsAreArchivedUnderLoadThoughTheCommandIsKilled(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	l := newLoad(t, s, 8)
	l.run(4, on(s))
	to := filepath.Join(t.TempDir(), "archive")
	for archiveOnce(t, archiveArgs(s, to, "--dry-run")).Records < 1500 {
		l.more(200)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a dry run made the folder")
	}
	random := rand.New(rand.NewPCG(4, 1))
	killed := 0
	for n := range 12 {
		cmd := exec.Command(binary, archiveArgs(s, to)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(random.IntN(100+60*n)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended already
		if state, err := cmd.Process.Wait(); err != nil {
			t.Fatal(err)
		} else if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			killed++
		}
	}
	t.Logf("killed %d of 12 runs", killed)
	did := archiveOnce(t, archiveArgs(s, to))
	if did.Gone == 0 || did.Gone != did.Last || did.Gone != did.UpTo || did.Head-did.Gone < 1000 {
		t.Errorf("the last run left %+v", did)
	}
	l.more(100)
	l.end()
	l.settle(s)
	verifyAcross(t, s, to)
	without := journalOf(t, l.c, s, "load-0")
	s.kill()
	s.under = []string{"env", "HOLDFAST_ARCHIVE=" + to}
	s.start()
	verifyAcross(t, s, to)
	with := journalOf(t, l.c, s, "load-0")
	if len(without) == 0 || without[len(without)-1] == "create" {
		t.Errorf("without the archive the journal has %d entries", len(without))
	}
	if len(with) <= len(without) || with[len(with)-1] != "create" {
		t.Errorf("with the archive the journal has %d entries, without it %d", len(with), len(without))
	}

	runWith(t, nil, "verify", "--db", s.db).wantSentence(t, "records are gone", "--archive")
	empty := t.TempDir()
	runWith(t, nil, "archive", "--db", s.db, "--to", empty).wantSentence(t, "there is no archive in", empty)
	runWith(t, nil, "verify", "--db", s.db, "--archive", empty).wantSentence(t, "there is no archive in", empty)
	spoil(t, to)
	runWith(t, nil, "verify", "--db", s.db, "--archive", to).wantSentence(t, ".parquet is damaged", "restore it")
}

// journalOf returns the operations of all entries of the product, newest first.
func journalOf(t *testing.T, c *caller, s *server, product string) (operations []string) {
	t.Helper()
	for token := ""; ; {
		var page struct {
			Items []struct{ Operation string }
			Next  string `json:"next_page_token"`
		}
		c.must(t, "GET", s.url("/inventory/logs/"+product+"?page_size=500&page_token="+token), "", nil, &page)
		for _, e := range page.Items {
			operations = append(operations, e.Operation)
		}
		if token = page.Next; token == "" {
			return operations
		}
	}
}

func verifyAcross(t *testing.T, s *server, to string) {
	t.Helper()
	o := runWith(t, nil, "verify", "--db", s.db, "--archive", to)
	if o.code != 0 || !strings.Contains(o.stdout, "all invariants hold") {
		t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// spoil flips a bit of a log file.
func spoil(t *testing.T, to string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(to, "slot-0", "log-*.parquet"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no files in %s: %v", to, err)
	}
	data, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(data)
	changed[len(data)/2] ^= 1
	if err := os.WriteFile(logs[0], changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnArchiveThatCannotBeMadeSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	books := "sqlite:" + filepath.Join(dir, "books.db")
	if o := runWith(t, nil, "migrate", "--db", books); o.code != 0 {
		t.Fatal(o.stderr)
	}
	to := filepath.Join(dir, "archive")
	for _, args := range [][]string{
		{"archive", "--db", books},
		{"archive", "--db", "nowhere", "--to", to},
		{"archive", "--db", books, "--to", to, "--older-than", "7d"},
		{"archive", "--db", books, "--to", to, "--older-than", "yesterday"},
		{"archive", "--db", books, "--to", to, "--older-than", "-9d"},
	} {
		if o := runWith(t, nil, args...); o.code != 2 || o.stdout != "" {
			t.Errorf("holdfast %v ends with %d: %s%s", args, o.code, o.stdout, o.stderr)
		}
	}
	runWith(t, nil, "archive", "--db", "sqlite:"+filepath.Join(dir, "gone.db"), "--to", to).wantSentence(t, "there is no database", "gone.db")
	if o := runWith(t, nil, "archive", "--db", books, "--to", to); o.code != 0 || !strings.Contains(o.stdout, "0 records moved") {
		t.Errorf("empty books: %d, %s%s", o.code, o.stdout, o.stderr)
	}
	runWith(t, nil, "verify", "--db", books, "--archive", filepath.Join(dir, "gone")).wantSentence(t, "gone")
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	runWith(t, nil, "archive", "--db", books, "--to", file).wantSentence(t, "file")
}
