package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// runs runs a command line and returns its exit code and what it printed.
func runs(t *testing.T, args ...string) (code int, printed string) {
	t.Helper()
	var out bytes.Buffer
	err := execute(t.Context(), args, nil, &out, &out)
	return report(&out, err), out.String()
}

// books makes a database with some history and returns its DSN.
func books(t *testing.T, path string) string {
	t.Helper()
	dsn := "sqlite:" + path
	if code, printed := runs(t, "migrate", "--db", dsn); code != 0 {
		t.Fatalf("migrate: %d, %s", code, printed)
	}
	moreBooks(t, path, "tea")
	return dsn
}

func moreBooks(t *testing.T, path string, products ...string) {
	t.Helper()
	var requests []ledger.Request
	for _, p := range products {
		key := stock.ItemKey{Tenant: "default", Location: "default", Product: p}
		open := stock.OpenItem{Item: key, Bucket: stock.BucketOf(key.Tenant, key.Location), Qty: 5, Tracked: true}
		requests = append(requests, ledger.Request{Command: open, Key: "open " + p})
	}
	submitTo(t, path, requests...)
}

// submitTo opens the books and submits the requests one after the other.
func submitTo(t *testing.T, path string, requests ...ledger.Request) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	l, err := ledger.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = l.Run(ctx) })
	defer running.Wait()
	defer stop()
	for _, request := range requests {
		for _, r := range l.Submit(t.Context(), request) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
}

func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	anchor := filepath.Join(t.TempDir(), "anchor")
	dsn := books(t, path)
	steps := []struct {
		name    string
		before  func()
		args    []string
		code    int
		printed string
	}{
		{"sound books end with 0", nil, []string{"--db", dsn}, 0, "all invariants hold as of record 1"},
		{"an anchor that is not there is made", nil, []string{"--db", dsn, "--anchor", anchor}, 0, "is at record 1"},
		{"and moved on when the books have grown", func() { moreBooks(t, path, "soap", "gift") }, []string{"--db", dsn, "--anchor", anchor}, 0, "is at record 3"},
		{"books that lost their end are found", func() {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			books(t, path)
		}, []string{"--db", dsn, "--anchor", anchor}, 1, "the anchor knows record 3: the end of the log is missing"},
		{"and the anchor stays where it was", nil, []string{"--db", dsn, "--anchor", anchor}, 1, "the anchor knows record 3"},
		{"without the anchor they look sound", nil, []string{"--db", dsn}, 0, "all invariants hold"},
		{"a damaged anchor is an error", func() {
			if err := os.WriteFile(anchor, []byte(`{"version":1,"slots":[{"slot":0,"seq":3,"hash":"12"}]}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"--db", dsn, "--anchor", anchor}, 1, "the hash of slot 0 is damaged"},
		{"a database that is not there is not made", nil, []string{"--db", dsn + "2"}, 1, "there is no database"},
		{"another kind of database is a usage error", nil, []string{"--db", "oracle:x"}, 2, "use sqlite:PATH"},
	}
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		code, printed := runs(t, append([]string{"verify"}, step.args...)...)
		if code != step.code || !strings.Contains(printed, step.printed) {
			t.Errorf("%s: exit code %d, printed:\n%s\nwant %d and %q", step.name, code, printed, step.code, step.printed)
		}
	}
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("verify made a database")
	}
}

func TestMigrateCommandSaysWhatItDid(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "holdfast.db")
	for _, want := range []string{"books: created with schema", "books: schema"} {
		code, printed := runs(t, "migrate", "--db", dsn)
		if code != 0 || !strings.Contains(printed, want) || strings.Count(printed, "\n") != 2 {
			t.Errorf("exit code %d, printed:\n%s\nwant %q", code, printed, want)
		}
	}
	if code, printed := runs(t, "migrate", "--db", "sqlite:"+filepath.Join(t.TempDir(), "no", "folder.db")); code != 1 || !strings.Contains(printed, "folder") {
		t.Errorf("a folder that is missing: exit code %d, printed:\n%s", code, printed)
	}
}

func TestAnItemIsExplainedAndRepaired(t *testing.T) {
	t.Parallel()
	dsn := books(t, filepath.Join(t.TempDir(), "books.db"))
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"verify", "--db", dsn, "--explain", "default/tea"}, 0, "account pool/shared: 5"},
		{[]string{"verify", "--db", dsn, "--explain", "default/none"}, 1, "there is no such item"},
		{[]string{"verify", "--db", dsn, "--explain", "tea"}, 1, "write LOCATION/PRODUCT"},
		{[]string{"repair", "--db", dsn, "default/tea"}, 0, "default/tea is right: nothing was repaired"},
		{[]string{"repair", "--db", dsn, "tea"}, 2, "write LOCATION/PRODUCT"},
	} {
		if code, printed := runs(t, test.args...); code != test.code || !strings.Contains(printed, test.want) {
			t.Errorf("holdfast %s: %d, %s; want %d, %q", strings.Join(test.args, " "), code, printed, test.code, test.want)
		}
	}
}
