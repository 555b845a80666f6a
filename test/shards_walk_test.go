package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The walk-through of docs/operations/shards.md: a third database is added to two with four sets
// each, while two nodes behind a balancer serve callers who reserve, deduct, release, restock and
// look, at one location and over several. The nodes are restarted one by one, and a rebalance is
// killed in the middle and then continued. No call fails, none is repeated, and the books are
// exact.
func TestAThirdDatabaseIsAddedToALoadedCluster(t *testing.T) {
	t.Parallel()
	long := rounds(1) > 1
	c := newCluster(t, plan{nodes: 2, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onPostgres()}})
	lb, front := newBalancer(t, c.nodes)
	w := newMarket(t, &cluster{t: t, stores: c.stores, nodes: []*node{front}, config: c.config}, 16)
	// When its mover is killed, a bucket waits until another mover continues.
	w.caller.http.Timeout = 30 * time.Second
	opened := w.commands
	halt, done := make(chan struct{}), make(chan struct{})
	go func() {
		w.run(12, halt)
		close(done)
	}()

	c.third(onMariaDB)
	c.must("slot 11 (c, set 3): added", "shards", "add", "--database", "c")
	if out, code := c.command("shards", "move", "5", "--to", "8"); code != 1 || !strings.Contains(out, "knows no slot 8") {
		t.Errorf("a move to a slot that the servers do not know: exit code %d, printed:\n%s", code, out)
	}
	for _, n := range c.nodes {
		lb.drop(n)
		n.stop()
		n.start()
		lb.take(n)
	}

	by := "rows"
	if long {
		by = "buckets"
	}
	c.must("buckets to move", "shards", "plan", "--by", by)
	spread := []string{"shards", "rebalance", "--by", by, "--keep", "5s", "--rate", "2000"}
	c.killed(append(spread, "--parallel", "1"), 2)
	said := c.must("buckets moved", append(spread, "--parallel", "4")...)
	t.Log(strings.TrimSpace(said))
	for _, s := range c.shards() {
		if s.Buckets == 0 {
			t.Errorf("after the rebalance: %+v", s)
		}
		for _, on := range s.Arriving { // a move that a server continues keeps stale rows for longer
			if on.Step != "moved" && on.Step != "dropping" {
				t.Errorf("after the rebalance: %+v", s)
			}
		}
	}
	if long {
		c.must("nothing to move", "shards", "plan")
	}
	c.must("every row lies where its bucket lives", "shards", "verify")
	wait(500 * time.Millisecond) // some load where everything lives now
	close(halt)
	<-done

	calls, sent := w.commands-opened, w.sent
	t.Logf("%d calls, sent %d times; the longest took %v (%s)", calls, sent, w.longest.Round(time.Millisecond), w.slowest)
	if calls == 0 || sent != calls {
		t.Errorf("%d of %d calls failed at first", sent-calls, calls)
	}
	w.audit(hang)
	operations := w.linearizable(hang)
	c.stop()
	if found := c.verify(); found != "" {
		t.Errorf("verify: %s", found)
	}
	t.Logf("%d operations in histories, %d writes acknowledged, %d refused for want of units", operations, w.acked(), w.refused)
	for _, wrong := range w.wrong {
		t.Error(wrong)
	}
	if more := w.violations - len(w.wrong); more > 0 {
		t.Errorf("and %d more", more)
	}
}

// third starts a database server more and names it to all that is started from
// now on.
func (c *cluster) third(start func(testing.TB) *dbtest.Server) {
	c.t.Helper()
	s := start(c.t)
	more := &store{Server: s, name: string(rune('a' + len(c.stores))), dsn: s.DSN(c.t)}
	c.stores = append(c.stores, more)
	for _, n := range c.nodes {
		n.lines = append(n.lines, newLine(c.t, s.Addr()))
		config := c.configure(fmt.Sprintf("node-%d.yaml", n.number), n.db, func(s *store) string {
			for i := range c.stores {
				if c.stores[i] == s {
					return through(c.t, n.lines[i], s.dsn)
				}
			}
			return ""
		})
		for i, variable := range n.under {
			if strings.HasPrefix(variable, "HOLDFAST_CONFIG=") {
				n.under[i] = "HOLDFAST_CONFIG=" + config
			}
		}
		c.config = config
	}
}

// command runs the program with the cluster's settings, to its end.
func (c *cluster) command(args ...string) (printed string, code int) {
	c.t.Helper()
	const patience = 10 * time.Minute
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, append(args, "--config", c.config)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); cmd.ProcessState == nil || ctx.Err() != nil {
		c.t.Fatalf("holdfast %v: %v\n%s", args, err, &out)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// must runs a command that is to succeed and to print that.
func (c *cluster) must(wanted string, args ...string) string {
	c.t.Helper()
	out, code := c.command(args...)
	if code != 0 || !strings.Contains(out, wanted) {
		c.t.Fatalf("holdfast %v: exit code %d, want 0 and %q; printed:\n%s", args, code, wanted, out)
	}
	return out
}

// killed starts a command and kills it when that many buckets live in new slots.
func (c *cluster) killed(args []string, buckets int) {
	c.t.Helper()
	before := map[int]int{}
	for _, s := range c.shards() {
		before[s.Slot] = s.Buckets
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(c.t.Context(), binary, append(args, "--config", c.config)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it was killed
	}()
	for {
		moved := 0
		for _, s := range c.shards() {
			moved += max(0, s.Buckets-before[s.Slot])
		}
		if moved >= buckets {
			break
		}
		select {
		case <-ended:
			c.t.Fatalf("holdfast %v ended before it was killed:\n%s", args, &out)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	<-ended
}

// shardSeen is a slot as `holdfast shards list` has it.
type shardSeen struct {
	Slot     int
	Database string
	Buckets  int
	Arriving []struct{ Step string }
}

func (c *cluster) shards() (all []shardSeen) {
	c.t.Helper()
	out := c.must("[", "shards", "list", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return all
}
