package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// shardBooks is books over files, two at first.
type shardBooks struct {
	t   *testing.T
	dir string
}

func newShardBooks(t *testing.T) *shardBooks {
	t.Helper()
	s := &shardBooks{t, t.TempDir()}
	s.must("a,b", "", "migrate")
	return s
}

// flags name the files that are called so.
func (s *shardBooks) flags(names string) []string {
	var pairs []string
	for name := range strings.SplitSeq(names, ",") {
		pairs = append(pairs, fmt.Sprintf("%s=sqlite:%s", name, filepath.Join(s.dir, name+".db")))
	}
	return []string{"--db", "sqlite:" + filepath.Join(s.dir, "main.db"), "--databases", strings.Join(pairs, ",")}
}

// must runs a command that is to end with 0 and print that.
func (s *shardBooks) must(names, printed string, args ...string) string {
	s.t.Helper()
	code, out := runs(s.t, append(args, s.flags(names)...)...)
	if code != 0 || !strings.Contains(out, printed) {
		s.t.Fatalf("%v: exit code %d, want 0 and %q; printed:\n%s", args, code, printed, out)
	}
	return out
}

// refused runs a command that is to end with that code.
func (s *shardBooks) refused(names string, code int, printed string, args ...string) {
	s.t.Helper()
	got, out := runs(s.t, append(args, s.flags(names)...)...)
	if got != code || !strings.Contains(out, printed) {
		s.t.Errorf("%v: exit code %d, want %d and %q; printed:\n%s", args, got, code, printed, out)
	}
}

// open opens the books in a and b until the test ends, or end is called.
func (s *shardBooks) open() (b *laidOut, l *ledger.Ledger, end func()) {
	s.t.Helper()
	c := booksConfig{db: "sqlite:" + filepath.Join(s.dir, "main.db"), sets: 1, databases: map[string]string{}}
	for _, name := range []string{"a", "b"} {
		c.databases[name] = "sqlite:" + filepath.Join(s.dir, name+".db")
	}
	b, err := openLaidOut(s.t.Context(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	l, err = ledger.OpenSlots(s.t.Context(), b.slotSet.engines, ledger.WithAtlas(atlas{b.directory}))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = l.Run(ctx) })
	end = sync.OnceFunc(func() {
		stop()
		running.Wait()
		b.Close()
	})
	s.t.Cleanup(end)
	return b, l, end
}

// submit carries out the commands one after another.
func (s *shardBooks) submit(l *ledger.Ledger, commands ...stock.Command) {
	s.t.Helper()
	for _, c := range commands {
		if r := l.Submit(s.t.Context(), ledger.Request{Command: c})[0]; r.Err != nil {
			s.t.Fatalf("%T: %v", c, r.Err)
		}
	}
}

// fill opens an item in each of that many locations and holds some of it.
func (s *shardBooks) fill(locations int) {
	s.t.Helper()
	_, l, end := s.open()
	defer end()
	for i := range locations {
		k := stock.ItemKey{Tenant: "default", Location: fmt.Sprint("store-", i), Product: "mug"}
		at := stock.BucketOf(k.Tenant, k.Location)
		for _, r := range l.Submit(s.t.Context(),
			ledger.Request{Command: stock.OpenItem{Item: k, Bucket: at, Qty: 5, Tracked: true}, Key: "open " + k.Location},
			ledger.Request{Command: stock.Place{
				Order: stock.OrderKey{Tenant: "default", Order: fmt.Sprint("o-", i)}, TTL: 3_600_000,
				Lines: []stock.Demand{{Item: k, Bucket: at, Qty: 2}},
			}}) {
			if r.Err != nil {
				s.t.Fatal(r.Err)
			}
		}
	}
}

func (s *shardBooks) catalog() *catalog.Catalog {
	s.t.Helper()
	c, err := catalog.Open(s.t.Context(), "sqlite:"+filepath.Join(s.dir, "main.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return c
}

func TestADatabaseIsAddedFilledAndDrained(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	s.fill(12)
	s.must("a,b", "nothing to move", "shards", "plan")
	s.refused("a,b", 2, "say where it is with --databases c=DSN", "shards", "add", "--database", "c")
	s.must("a,b,c", "slot 2 (c, set 0): added", "shards", "add", "--database", "c")
	s.must("a,b,c", "nothing to add", "shards", "add", "--database", "c")
	s.refused("a,b", 1, `a database called "c"`, "shards", "list")

	var planned []catalog.Transfer
	if err := json.Unmarshal([]byte(s.must("a,b,c", "", "shards", "plan", "--json")), &planned); err != nil || len(planned) != 341 {
		t.Errorf("%d buckets are to move, %v", len(planned), err)
	}
	s.must("a,b,c", "an even share is 8", "shards", "plan", "--by", "rows")
	s.must("a,b,c", "nothing to move", "shards", "rebalance", "--drain", "c")

	// A server that does not know the third slot.
	directory := s.catalog()
	if err := directory.Nodes.Beat(t.Context(), catalog.Node{ID: "old", Address: "10.0.0.7:8082", Slots: 2}); err != nil {
		t.Fatal(err)
	}
	s.refused("a,b,c", 1, "the server 10.0.0.7:8082, started", "shards", "move", "517", "--to", "2", "--keep", "5s")
	if err := directory.Nodes.Leave(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	out := s.must("a,b,c", "buckets moved", "shards", "rebalance", "--by", "rows", "--keep", "5s")
	if strings.Contains(out, " 0 rows") {
		t.Errorf("nothing was brought:\n%s", out)
	}
	s.must("a,b,c", "every row lies where its bucket lives", "shards", "verify")
	s.must("a,b,c", "nothing to move", "shards", "rebalance", "--by", "rows")

	s.must("a,b,c", "slot 0 is to be empty", "shards", "plan", "--drain", "a")
	s.must("a,b,c", "512", "shards", "plan", "--drain", "a/0", "--by", "buckets")
	if layout, err := directory.Slots.FreshLayout(t.Context()); err != nil || layout.Slots[2].Since == 0 {
		t.Errorf("a copy need not have come anywhere: %+v, %v", layout.Slots, err)
	}
	s.must("a,b,c", "all      12     60       24    12      12    0", "shards", "verify")
	s.must("a,b,c", "1 of 1 buckets moved", "shards", "move", "517", "--to", "0", "--keep", "5s")
	s.must("a,b,c", "bucket 517 lives in slot 0 (a/0) already", "shards", "move", "517", "--to", "0")
}

func TestWhatCannotBeMoved(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	for _, tc := range []struct {
		name    string
		code    int
		printed string
		args    []string
	}{
		{"a bucket that is none", 2, "is no bucket", []string{"move", "1024", "--to", "1"}},
		{"a word", 2, "is no bucket", []string{"move", "mug", "--to", "1"}},
		{"a slot that is nowhere", 1, "there is no slot 2", []string{"move", "5", "--to", "2"}},
		{"a slot below none", 1, "there is no slot -1", []string{"move", "5", "--to", "-1"}},
		{"a rate below none", 2, "--rate -1", []string{"move", "5", "--to", "1", "--rate", "-1"}},
		{"none at a time", 2, "--parallel 0", []string{"rebalance", "--parallel", "0"}},
		{"rows that stay for ever", 2, "--keep 2h0m0s", []string{"rebalance", "--keep", "2h"}},
		{"rows that go at once", 2, "--keep 4s: it must be 5s to 1 h: a server", []string{"move", "5", "--to", "1", "--keep", "4s"}},
		{"by another measure", 2, "--by litres", []string{"plan", "--by", "litres"}},
		{"a database that is nowhere", 1, "it has a, b", []string{"plan", "--drain", "c"}},
		{"all databases", 1, "no slot that the buckets could go to", []string{"plan", "--drain", "a,b"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.refused("a,b", tc.code, tc.printed, append([]string{"shards"}, tc.args...)...)
		})
	}
}

func TestBooksInOneSlotAreSpread(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "main.db")
	dsn := books(t, path)
	run := func(code int, printed string, args ...string) {
		t.Helper()
		got, out := runs(t, append(args, "--db", dsn, "--databases", "c=sqlite:"+filepath.Join(dir, "c.db"))...)
		if got != code || !strings.Contains(out, printed) {
			t.Fatalf("%v: exit code %d, want %d and %q; printed:\n%s", args, got, code, printed, out)
		}
	}
	run(1, "spread them with holdfast shards add", "migrate")
	if code, out := runs(t, "shards", "plan", "--db", dsn); code != 1 || !strings.Contains(out, "the books are in one slot") {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
	run(0, "slot 1 (c, set 0): added", "shards", "add", "--database", "c")
	run(0, "1024", "shards", "plan", "--drain", "main")
	run(0, "1 of 1 buckets moved", "shards", "move", fmt.Sprint(stock.BucketOf("default", "default")), "--to", "1", "--keep", "5s")
	run(0, "every row lies where its bucket lives", "shards", "verify")
	moreBooks(t, filepath.Join(dir, "d.db"), "tea")
	if code, out := runs(t, "shards", "add", "--db", dsn, "--databases", "d=sqlite:"+filepath.Join(dir, "d.db"), "--database", "d"); code != 1 || !strings.Contains(out, "there are books in it already") {
		t.Errorf("exit code %d, printed:\n%s", code, out)
	}
}

// After an interruption in the middle of a command, the same command can
// continue.
func TestARebalanceThatWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	s.fill(36)
	s.must("a,b,c", "added", "shards", "add", "--database", "c")
	directory := s.catalog()
	ctx, cut := context.WithCancel(t.Context())
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		for ctx.Err() == nil {
			if layout, err := directory.Slots.FreshLayout(ctx); err == nil && layout.Version > 4 {
				cut()
			}
		}
	}()
	var out bytes.Buffer
	err := execute(ctx, append([]string{"shards", "rebalance", "--by", "rows", "--keep", "10m"}, s.flags("a,b,c")...), nil, &out, &out)
	if code := report(&out, err); code != 1 || !strings.Contains(out.String(), "the same command goes on") {
		t.Errorf("exit code %d, printed:\n%s", code, &out)
	}
	cut()
	<-watching
	moves, err := directory.Moves.Moves(t.Context())
	if err != nil || len(moves) == 0 {
		t.Fatalf("%d moves are under way, %v", len(moves), err)
	}
	s.must("a,b,c", "on their way", "shards", "list")
	s.must("a,b,c", "on their way", "shards", "verify")
	s.must("a,b,c", "buckets moved", "shards", "rebalance", "--by", "rows", "--keep", "5s", "--parallel", "8")
	s.must("a,b,c", "nothing to move", "shards", "plan", "--by", "rows")
	s.must("a,b,c", "every row lies where its bucket lives", "shards", "verify")
}

func TestMovesAreKeptInTheCatalog(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	directory := s.catalog()
	one, other := newMoves(directory), newMoves(directory)
	begin := ledger.Relocation{Bucket: 5, From: 1, To: 0, Step: "begun", Detail: "one"}
	at, err := one.Start(t.Context(), begin)
	if err != nil || at.Detail != "one" || at.At.IsZero() {
		t.Fatalf("started: %+v, %v", at, err)
	}
	if err := other.End(t.Context(), 5); !errors.Is(err, ledger.ErrOvertaken) {
		t.Errorf("an end by who did not begin: %v", err)
	}
	if err := directory.Nodes.Beat(t.Context(), catalog.Node{ID: "old", Slots: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Start(t.Context(), ledger.Relocation{Bucket: 4, From: 0, To: 1, Step: "begun"}); err == nil || !strings.Contains(err.Error(), "knows no slot 1") {
		t.Errorf("a slot that a server does not know: %v", err)
	}
	// A move under way continues, whichever process is there.
	begin.Detail, begin.To = "other", 1
	seen, err := other.Start(t.Context(), begin)
	if err != nil || seen.Detail != "one" || seen.To != 0 {
		t.Fatalf("the move under way: %+v, %v", seen, err)
	}
	taken := seen
	taken.Detail = "other"
	if taken, err = other.Step(t.Context(), seen, taken); err != nil {
		t.Fatal(err)
	}
	next := at
	next.Step = "copying"
	if _, err := one.Step(t.Context(), at, next); !errors.Is(err, ledger.ErrOvertaken) {
		t.Errorf("a step by who was overtaken: %v", err)
	}
	if err := one.End(t.Context(), 5); !errors.Is(err, ledger.ErrOvertaken) {
		t.Errorf("an end by who was overtaken: %v", err)
	}
	if all, err := one.List(t.Context()); err != nil || len(all) != 1 || all[0] != taken {
		t.Errorf("listed %+v, %v; want %+v", all, err, taken)
	}
	var all sync.WaitGroup
	for b := range stock.Bucket(8) {
		all.Go(func() {
			if err := newMoves(directory).Place(t.Context(), 2*b+1, 0, 7); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if layout, err := directory.Slots.FreshLayout(t.Context()); err != nil || layout.Buckets[15] != 0 || layout.Version != 9 || layout.Slots[0].Since != 7 {
		t.Errorf("version %d, %+v, %v", layout.Version, layout.Slots, err)
	}
	if err := other.End(t.Context(), 5); err != nil {
		t.Error(err)
	}
}

func TestAServerSaysOnceThatItLacksSlots(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	directory := s.catalog()
	var logged bytes.Buffer
	w := &slotWatch{
		directory: directory, says: true, self: catalog.Node{ID: "me", Slots: 2}, facts: func() catalog.NodeFacts { return catalog.NodeFacts{Host: "here"} },
		log: slog.New(slog.NewTextHandler(&logged, nil)),
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.run(ctx) }()
	s.must("a,b,c", "added", "shards", "add", "--database", "c")
	if _, err := directory.Slots.FreshLayout(t.Context()); err != nil {
		t.Fatal(err)
	}
	looks := time.NewTicker(2*watchEvery + watchEvery/2)
	defer looks.Stop()
	<-looks.C // the first looks at least twice more
	nodes, err := directory.Nodes.Serving(t.Context(), time.Minute)
	if err != nil || len(nodes) != 1 || nodes[0].ID != "me" || nodes[0].Slots != 2 || nodes[0].Facts.Host != "here" {
		t.Errorf("serving: %+v, %v", nodes, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := strings.Count(logged.String(), "restart it with all of --databases"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &logged)
	}
	if nodes, err := directory.Nodes.Serving(t.Context(), time.Minute); err != nil || len(nodes) != 0 {
		t.Errorf("after it left: %+v, %v", nodes, err)
	}
}
