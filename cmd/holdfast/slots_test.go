package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestBooksAreLaidOutOnlyWhereNoneAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string) string { return "sqlite:" + filepath.Join(dir, name) }
	kept := filepath.Join(dir, "kept.db")
	books(t, kept)
	steps := []struct {
		name    string
		args    []string
		code    int
		printed string
	}{
		{"what only looks lays nothing out", []string{"verify", "--db", file("empty.db"), "--databases", "a=" + file("a.db")}, 1, "not laid out over --databases yet"},
		{"several databases", []string{"migrate", "--db", file("main.db"), "--databases", "a=" + file("a.db") + ",b=" + file("b.db")}, 0, "slot 1 (b, set 0): created"},
		{"are listed", []string{"shards", "list", "--db", file("main.db"), "--databases", "a=" + file("a.db") + ",b=" + file("b.db")}, 0, "512"},
		{"one of them has no name any more", []string{"verify", "--db", file("main.db"), "--databases", "a=" + file("a.db")}, 1, `a database called "b"`},
		{"books in the main database stay there", []string{"migrate", "--db", "sqlite:" + kept, "--databases", "a=" + file("c.db")}, 1, "there are books in"},
		{"a file has one set", []string{"migrate", "--db", file("sets.db"), "--databases", "a=" + file("d.db"), "--sets", "0"}, 2, "--sets 0"},
	}
	if code, printed := runs(t, "migrate", "--db", file("empty.db")); code != 0 {
		t.Fatal(printed)
	}
	for _, step := range steps {
		code, printed := runs(t, step.args...)
		if code != step.code || !strings.Contains(printed, step.printed) {
			t.Errorf("%s: exit code %d, printed:\n%s\nwant %d and %q", step.name, code, printed, step.code, step.printed)
		}
	}
}

func TestTablesBelongToOneSlot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string) string { return "sqlite:" + filepath.Join(dir, name) }
	both := "a=" + file("a.db") + ",b=" + file("a.db")
	code, printed := runs(t, "serve", "--db", file("main.db"), "--databases", both,
		"--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--ops", "127.0.0.1:0")
	if code != 1 || !strings.Contains(printed, "these tables are those of slot 0") {
		t.Errorf("exit code %d, printed:\n%s", code, printed)
	}
}
