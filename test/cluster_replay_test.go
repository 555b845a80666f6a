package test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The history of a real web shop leaves the same stock on every engine, to the last unit of each
// product. Here it is the beginning of the history. In a soak it is the whole, with 3,488 products,
// and the figures of the data set.
func TestReplaysEndAlikeOnEveryEngine(t *testing.T) {
	t.Parallel()
	path, flags := orders, []string{"--opening", "scarce", "--mode", "order", "--transport", "batch", "--state", "none"}
	if rounds(1) > 1 {
		flags = append(flags, "--expect", expected)
	} else {
		path = firstLines(t, 20_000)
	}
	file := newServer(t)
	want := replayFile(t, path, file, flags...).wait()
	file.stop()
	file.verify()
	for _, e := range []struct {
		name  string
		empty func(testing.TB) string
	}{
		{"PostgreSQL", dbtest.Postgres},
		{"MariaDB", dbtest.MySQL},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := serverAt(t, e.empty(t))
			got := replayFile(t, path, s, flags...).wait()
			if got.Hash != want.Hash || got.OnHandTotal != want.OnHandTotal || got.Oversold != 0 {
				t.Errorf("it ends with %+v, SQLite with %+v", got, want)
			}
			s.stop()
			s.verify()
		})
	}
}

// Three nodes replay the orders over two databases of four sets. The location is spread over all of
// them, so nearly every order is in several slots. The stock at the end equals that of one SQLite
// file.
func TestReplaysEndAlikeOverManySlots(t *testing.T) {
	t.Parallel()
	c := newCluster(t, plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onPostgres()}})
	newCaller(adminKey).must(t, "POST", c.nodes[0].url("/inventory"), "opening", object{"product_id": "p", "location_id": "everywhere", "spread": true}, nil)
	file := newServer(t)
	door := &server{http: newDoor(t, c.nodes)}
	for _, run := range []struct {
		name  string
		lines int
		flags []string
		many  []string // of the run through the cluster
	}{
		{"whole orders, one after the other", 500, []string{"--opening", "scarce", "--mode", "order"}, nil},
		{"everything granted, 16 workers", 1000, []string{"--opening", "gross", "--mode", "line"}, []string{"--workers", "16", "--batch", "50"}},
	} {
		lines := run.lines
		if rounds(1) > 1 {
			lines = 1e9 // all there are
		}
		path := firstLines(t, lines)
		common := append([]string{"--transport", "batch", "--retry", "10m", "--state", "none", "--prefix", run.flags[1] + "-"}, run.flags...)
		want := replayFile(t, path, file, common...).wait()
		got := replayFile(t, path, door, append(append(common, "--location", "everywhere"), run.many...)...).wait()
		if got.Hash != want.Hash || got.OnHandTotal != want.OnHandTotal || got.Oversold != 0 {
			t.Errorf("%s: the cluster ends with %+v, one file with %+v", run.name, got, want)
		}
		t.Logf("%s: %d units on hand, hash %.12s", run.name, got.OnHandTotal, got.Hash)
	}
	c.stop()
	if found := c.verify(); found != "" {
		t.Errorf("verify: %s", found)
	}
}

// firstLines is a file with that many lines of the history.
func firstLines(t *testing.T, n int) string {
	t.Helper()
	whole, err := os.Open(orders)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	unpacked, err := gzip.NewReader(whole)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unpacked)
	var b strings.Builder
	for i := 0; i <= n && lines.Scan(); i++ {
		b.WriteString(lines.Text() + "\n")
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newDoor is a load balancer: an address whose connections go to one node
// after the other.
func newDoor(t *testing.T, nodes []*node) string {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	var next atomic.Int64
	go func() {
		for {
			in, err := door.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			out, err := net.Dial("tcp", nodes[int(next.Add(1))%len(nodes)].http)
			if err != nil {
				in.Close()
				continue
			}
			go pass(in, out)
			go pass(out, in)
		}
	}()
	return door.Addr().String()
}

// pass copies the data of from until one of the two hangs up.
func pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	_, _ = io.Copy(to, from) // a load balancer does not care how it ended
}
