package test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost"
)

// before is the earlier version whose books must open for ever: a commit of the product.
const before = "f8110c98"

// pastFile has the books that this version made on SQLite, those of its tills, and what it was asked.
// UPDATE_BEFORE=1 go test -run TestBooksMadeBefore ./test makes it again.
const pastFile = "testdata/before-" + before + ".tar.gz"

// Books that an earlier version made on SQLite, with lots, quotas, tills, open holds and keys, open in this
// version, verify, answer each repeated call as then, and can be worked with.
func TestBooksMadeBeforeOpenAndReplayTheirKeys(t *testing.T) {
	t.Parallel()
	if os.Getenv("UPDATE_BEFORE") != "" {
		keepPast(t)
	}
	program, err := wrongClock()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := openPast(t, folder)
	// Keys and holds are not kept for ever: the books are opened an hour after they were made.
	ahead := aheadBy + "=" + time.Until(p.Made.Add(time.Hour)).String()
	centre := offServer(t, filepath.Join(folder, "centre.db"))
	centre.program, centre.vars = program, []string{ahead}
	p.check(t, centre, folder)
}

// The same on each database, with books that the earlier version makes on the spot. Its program is built
// from the history, so this is part of make soak.
func TestBooksOfEachDatabaseMadeBeforeOpen(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("builds the program of an earlier version: part of make soak")
	}
	t.Parallel()
	program := earlierProgram(t)
	for name, db := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "centre.db") },
		"PostgreSQL": func(t *testing.T) string { return dbtest.Postgres(t) },
		"MariaDB":    func(t *testing.T) string { return dbtest.MySQL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			centre := offServer(t, "")
			centre.db, centre.program = db(t), program
			p := makePast(t, centre, folder)
			centre.program = ""
			p.check(t, centre, folder)
		})
	}
}

// earlierProgram builds the program of the earlier version.
func earlierProgram(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	sources, program := filepath.Join(folder, "sources.tar"), filepath.Join(folder, "holdfast")
	run("git", "-C", "..", "archive", "--output", sources, before)
	run("tar", "-C", folder, "-xf", sources)
	run("go", "-C", folder, "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", program, "./cmd/holdfast")
	return program
}

// keepPast makes the file of the books.
func keepPast(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	centre := offServer(t, filepath.Join(folder, "centre.db"))
	centre.program = earlierProgram(t)
	p := makePast(t, centre, folder)
	asked, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(folder, "past.json"), asked, 0o600), os.MkdirAll(filepath.Dir(pastFile), 0o755)); err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(pastFile)
	if err != nil {
		t.Fatal(err)
	}
	packed := gzip.NewWriter(to)
	files := tar.NewWriter(packed)
	if err := errors.Join(files.AddFS(os.DirFS(folder)), files.Close(), packed.Close(), to.Close()); err != nil {
		t.Fatal(err)
	}
}

// openPast unpacks the file of the books into the folder.
func openPast(t *testing.T, folder string) (p past) {
	t.Helper()
	from, err := os.Open(pastFile)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	packed, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(packed)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(files)
		if err == nil && head.Typeflag == tar.TypeReg {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(head.Name)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(folder, "past.json"))
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// check opens the books and those of the tills in the folder, repeats every call, ends every order that is
// open, and verifies before and after.
func (p past) check(t *testing.T, centre *server, folder string) {
	t.Helper()
	if out, code := holdfast(t, "migrate", "--db", centre.db); code != 0 {
		t.Fatalf("migrate: %s", out)
	}
	servers := map[string]*server{"": centre}
	verify := []string{"verify", "--db", centre.db}
	for _, id := range pastTills {
		one := tillOn(t, centre, id, filepath.Join(folder, id+".db"))
		one.program, one.vars = centre.program, centre.vars
		reachAt(t, one.file(), centre.grpc)
		servers[id] = one.server
		if out, code := holdfast(t, "migrate", "--db", one.db); code != 0 {
			t.Fatalf("migrate till %s: %s", id, out)
		}
		verify = append(verify, "--till", one.file())
	}
	consistent := func(when string) {
		t.Helper()
		if out, code := holdfast(t, verify...); code != 0 {
			t.Errorf("%s verify found:\n%s", when, out)
		}
	}
	consistent("before anything is done")
	for _, s := range servers {
		s.start()
	}
	for _, c := range p.Calls {
		r, err := clerk.ask(t, c.Method, servers[c.Till].url(c.Path), c.Key, c.Body)
		if err != nil {
			t.Fatal(err)
		}
		var was, is any
		if err := errors.Join(json.Unmarshal(c.Answer, &was), json.Unmarshal(r.body, &is)); err != nil {
			t.Fatal(err)
		}
		if r.status != c.Status || !hasAll(is, was) || r.status == 200 && !r.replayed {
			t.Errorf("%s %s %v at %q: %d %s (replayed: %v), the earlier version answered %d %s", c.Method, c.Path, c.Body, c.Till, r.status, r.body, r.replayed, c.Status, c.Answer)
		}
	}
	ended := 0
	for n, c := range p.Calls {
		var left struct{ Reservations []struct{ State string } }
		if c.Path != "/v1/inventory/reserve" || c.Status != 200 {
			continue
		}
		if err := json.Unmarshal(c.Answer, &left); err != nil || len(left.Reservations) == 0 {
			continue // nothing was there to take
		}
		clerk.must(t, "GET", servers[c.Till].url(fmt.Sprint("/v1/inventory/orders/", c.Body["order_id"])), "", nil, &left)
		open := false
		for _, l := range left.Reservations {
			open = open || l.State == "active"
		}
		if open {
			verb := []string{"deduct", "release"}[n%2]
			clerk.must(t, "POST", servers[c.Till].url("/v1/inventory/"+verb), "", object{"order_id": c.Body["order_id"]}, nil)
			ended++
		}
	}
	if ended < 40 {
		t.Errorf("%d orders were open, want 40 and more", ended)
	}
	for _, id := range pastTills {
		one := &till{server: servers[id], id: id, centre: centre, pairing: 1}
		one.reported()
		one.stop()
	}
	centre.stop()
	consistent("after all orders have ended")
}

// reachAt lets a till that was moved here find its centre.
func reachAt(t *testing.T, books, centre string) {
	t.Helper()
	file := outpost.StateFile(books)
	s, err := outpost.ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	s.Centre = centre
	b, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hasAll reports whether an answer has all that an earlier one had. It may have members that are new; texts
// for people and what names the request may differ.
func hasAll(is, was any) bool {
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			return false
		}
		for name, value := range was {
			if name != "request_id" && name != "detail" && !hasAll(is[name], value) {
				return false
			}
		}
		return true
	case []any:
		is, ok := is.([]any)
		if !ok || len(is) != len(was) {
			return false
		}
		for i := range was {
			if !hasAll(is[i], was[i]) {
				return false
			}
		}
		return true
	default:
		return reflect.DeepEqual(is, was)
	}
}
