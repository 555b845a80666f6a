package catalog

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func mustBeat(t *testing.T, c *Catalog, n Node) {
	t.Helper()
	if err := c.Nodes.Beat(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

func mustNodes(t *testing.T, c *Catalog, within time.Duration) (ids []string) {
	t.Helper()
	nodes, err := c.Nodes.Nodes(t.Context(), within)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		ids = append(ids, n.ID)
	}
	return ids
}

func TestNodesAreSeenByTheDatabasesClock(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		// Their own clocks are a year apart.
		at := newClock()
		a, b := open(t, dsn, WithClock(at.Now)), open(t, dsn)
		started := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
		mustBeat(t, a, Node{ID: "a", Address: "10.0.0.1:8082", Slots: 8, Started: started})
		at.advance(-365 * 24 * time.Hour)
		mustBeat(t, a, Node{ID: "c", Address: "[::1]:8082", Started: started})
		mustBeat(t, b, Node{ID: "b", Address: "10.0.0.2:8082", Started: started})
		mustBeat(t, b, Node{ID: "a", Address: "10.0.0.9:8082", Slots: 12, Started: started})
		nodes, err := b.Nodes.Nodes(t.Context(), time.Minute)
		if err != nil || len(nodes) != 3 {
			t.Fatalf("nodes: %+v, %v", nodes, err)
		}
		if n := nodes[0]; n.ID != "a" || n.Address != "10.0.0.9:8082" || n.Slots != 12 || !n.Started.Equal(started) {
			t.Errorf("the newest beat counts: %+v", n)
		}
		for _, n := range nodes {
			// One machine: the clocks of the database and of the test are
			// close.
			if d := time.Since(n.Seen); d < -time.Minute || d > time.Minute {
				t.Errorf("node %s was seen %v ago", n.ID, d)
			}
		}
		do(t, b, `UPDATE {node} SET seen = seen - 10000 WHERE id = ?`, "b")
		do(t, b, `UPDATE {node} SET seen = seen + 100000 WHERE id = ?`, "c")
		if got := mustNodes(t, b, 9*time.Second); !slices.Equal(got, []string{"a"}) {
			t.Errorf("within 9 s: %q", got)
		}
		if got := mustNodes(t, b, time.Hour); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("within an hour: %q", got)
		}
		for range 2 {
			if err := a.Nodes.Leave(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		}
		if got := mustNodes(t, b, time.Hour); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("after one left: %q", got)
		}
		if head := mustHead(t, b); head != 0 {
			t.Errorf("nodes are in the log: %d entries", head)
		}
	})
}

func TestNodesTellFactsOfThemselves(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		facts := NodeFacts{
			Host: "höst", Version: "v1.2.3", DiskFree: 5 << 30, DiskAll: 100 << 30, CertificateEnds: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
			Replicas: []ReplicaFacts{{Name: "main", Records: 3, Behind: Period(1500 * time.Millisecond)}, {Name: "main#2", Reason: "no answer", Records: -1, Behind: -1e6}},
		}
		mustBeat(t, c, Node{ID: "a", Facts: facts})
		mustBeat(t, c, Node{ID: "b"})
		nodes, err := c.Nodes.Serving(t.Context(), time.Minute)
		if err != nil || len(nodes) != 2 || !reflect.DeepEqual(nodes[0].Facts, facts) || !reflect.DeepEqual(nodes[1].Facts, NodeFacts{}) {
			t.Fatalf("nodes: %+v, %v", nodes, err)
		}
		// Far too many replicas do not keep a node from saying that it is there.
		facts.Replicas = make([]ReplicaFacts, 1000)
		mustBeat(t, c, Node{ID: "a", Facts: facts})
		if nodes, err = c.Nodes.Serving(t.Context(), time.Minute); err != nil || nodes[0].Facts.Host != "höst" || nodes[0].Facts.Replicas != nil {
			t.Errorf("nodes: %+v, %v", nodes, err)
		}
	})
}

func TestNodesThatAreLongGoneAreDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		rows := func() (ids []string) {
			t.Helper()
			err := c.store.look(t.Context(), func(r *read) (err error) {
				ids, err = list(r, func(scan func(...any) error, id *string) error { return scan(id) }, `SELECT id FROM {node} ORDER BY id`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		for _, id := range []string{"a", "b", "c", "d"} {
			mustBeat(t, c, Node{ID: id, Address: "x"})
		}
		do(t, c, `UPDATE {node} SET seen = seen - ? WHERE id = ?`, 2*nodeKept.Milliseconds(), "a")
		do(t, c, `UPDATE {node} SET seen = seen - ? WHERE id = ?`, nodeKept.Milliseconds()/2, "b")
		do(t, c, `UPDATE {node} SET seen = seen + ? WHERE id = ?`, 2*nodeKept.Milliseconds(), "c")
		mustBeat(t, c, Node{ID: "d", Address: "x"})
		if got := fmt.Sprint(rows()); got != "[a b c d]" {
			t.Errorf("right after a sweep: %s", got)
		}
		at.advance(sweepEvery)
		mustBeat(t, c, Node{ID: "d", Address: "x"})
		if got := fmt.Sprint(rows()); got != "[b d]" {
			t.Errorf("after the next: %s", got)
		}
	})
}

func TestNodesThatCannotBe(t *testing.T) {
	t.Parallel()
	c := open(t, fileWithCatalog(t))
	for name, n := range map[string]Node{
		"no id":                   {Address: "x"},
		"an id with a line end":   {ID: "a\n", Address: "x"},
		"slots below none":        {ID: "a", Slots: -1},
		"more slots than buckets": {ID: "a", Slots: 1025},
		"an address without end":  {ID: "a", Address: strings.Repeat("x", 256)},
		"an address with a NUL":   {ID: "a", Address: "x\x00"},
	} {
		if err := c.Nodes.Beat(t.Context(), n); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that no other reaches is listed for callers that ask which slots are
// known.
func TestAServerThatNobodyReachesIsNobodysPeer(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		mustBeat(t, c, Node{ID: "alone", Slots: 8})
		mustBeat(t, c, Node{ID: "peer", Address: "x", Slots: 8})
		if got := mustNodes(t, c, time.Minute); !slices.Equal(got, []string{"peer"}) {
			t.Errorf("peers: %q", got)
		}
		all, err := c.Nodes.Serving(t.Context(), time.Minute)
		if err != nil || len(all) != 2 || all[0].ID != "alone" || all[0].Slots != 8 || all[0].Address != "" {
			t.Errorf("serving: %+v, %v", all, err)
		}
	})
}

// A write that waits for the head of the log does not make a node look dead.
func TestABeatDoesNotWaitForAWrite(t *testing.T) {
	onServers(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		c, other := open(t, dsn), open(t, dsn)
		err := other.store.write(t.Context(), time.Now, func(*write) error {
			mustBeat(t, c, Node{ID: "a", Address: "x"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := mustNodes(t, c, time.Minute); len(got) != 1 {
			t.Errorf("nodes: %q", got)
		}
	})
}

// Nodes that come up together do not get into each other's way.
func TestManyNodesBeatAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		var work sync.WaitGroup
		for n := range 4 {
			c := open(t, dsn)
			work.Go(func() {
				for range 10 {
					c.Nodes.swept.Store(-int64(sweepEvery)) // each beat drops old nodes
					if err := c.Nodes.Beat(t.Context(), Node{ID: fmt.Sprint("n", n), Address: "x"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		if got := mustNodes(t, open(t, dsn), time.Minute); len(got) != 4 {
			t.Errorf("nodes: %q", got)
		}
	})
}
