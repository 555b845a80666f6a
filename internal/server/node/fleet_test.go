package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// table is a Registry in memory.
type table struct {
	mu    sync.Mutex
	rows  map[string]catalog.Node
	fails error
	// patient says that a node is alive until it leaves, however late its sign of life
	// is on a busy machine.
	patient bool
}

func (t *table) Beat(_ context.Context, n catalog.Node) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows = map[string]catalog.Node{}
	}
	n.Seen = time.Now()
	if t.fails == nil {
		t.rows[n.ID] = n
	}
	return t.fails
}

func (t *table) Nodes(_ context.Context, within time.Duration) ([]catalog.Node, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []catalog.Node
	for _, n := range t.rows {
		if t.patient || time.Since(n.Seen) <= within {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b catalog.Node) int { return strings.Compare(a.ID, b.ID) })
	return all, t.fails
}

func (t *table) Leave(_ context.Context, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fails == nil {
		delete(t.rows, id)
	}
	return t.fails
}

func (t *table) bePatient() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.patient = true
}

func (t *table) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fails = err
}

func named(ids ...string) []catalog.Node {
	nodes := make([]catalog.Node, len(ids))
	for i, id := range ids {
		nodes[i] = catalog.Node{ID: id, Address: id + ":1"}
	}
	return nodes
}

func fleetOf(self string, ids ...string) *Fleet {
	f := NewFleet(&table{}, catalog.Node{ID: self}, nil, slog.New(slog.DiscardHandler))
	f.take(named(ids...))
	return f
}

func TestAllNodesAgreeOnTheHomeOfASlot(t *testing.T) {
	t.Parallel()
	for slot := range uint16(64) {
		homes := map[string]bool{}
		owners := 0
		for _, self := range []string{"a", "b", "c"} {
			home, own := fleetOf(self, "a", "b", "c").Home(slot)
			homes[home] = true
			if own != (home == self) {
				t.Errorf("slot %d: home %s, own %v on %s", slot, home, own, self)
			}
			if own {
				owners++
			}
		}
		if len(homes) != 1 || owners != 1 {
			t.Errorf("slot %d has the homes %v", slot, homes)
		}
	}
}

func TestSlotsAreSpreadAndOnlyThoseOfALostNodeMove(t *testing.T) {
	t.Parallel()
	whole, less := fleetOf("a", "a", "b", "c", "d"), fleetOf("a", "a", "b", "d")
	counts := map[string]int{}
	for slot := range uint16(1024) {
		before, _ := whole.Home(slot)
		after, _ := less.Home(slot)
		counts[before]++
		if before != "c" && before != after {
			t.Errorf("slot %d moves from %s to %s though c was lost", slot, before, after)
		}
	}
	for id, n := range counts {
		if n < 200 || n > 312 {
			t.Errorf("%s is home of %d of 1024 slots", id, n)
		}
	}
}

func TestANodeThatKnowsNobodyIsHome(t *testing.T) {
	t.Parallel()
	if home, own := fleetOf("a").Home(3); home != "a" || !own {
		t.Errorf("home %s, own %v", home, own)
	}
	// Others do not see a node that is not in the table, so it is home of nothing.
	if home, own := fleetOf("a", "b").Home(3); home != "b" || own {
		t.Errorf("home %s, own %v", home, own)
	}
}

func TestNodesFindEachOtherAndNoticeWhoIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tab table
		type running struct {
			fleet *Fleet
			stop  context.CancelFunc
			done  chan error
			lists int
		}
		start := func(id string) *running {
			r := &running{fleet: NewFleet(&tab, catalog.Node{ID: id, Address: id}, func() catalog.NodeFacts { return catalog.NodeFacts{Host: "of " + id} }, slog.New(slog.DiscardHandler)), done: make(chan error, 1)}
			var ctx context.Context
			ctx, r.stop = context.WithCancel(t.Context())
			go func() { r.done <- r.fleet.Run(ctx, func([]catalog.Node) { r.lists++ }) }()
			return r
		}
		alive := func(r *running) string {
			var ids []string
			for _, n := range r.fleet.Nodes() {
				ids = append(ids, n.ID)
			}
			return strings.Join(ids, " ")
		}
		wait := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		a, b, c := start("a"), start("b"), start("c")
		wait(time.Second)
		if alive(a) != "a b c" || alive(b) != "a b c" || alive(c) != "a b c" {
			t.Fatalf("a knows %q, b %q, c %q", alive(a), alive(b), alive(c))
		}
		if host := a.fleet.Nodes()[1].Facts.Host; host != "of b" {
			t.Errorf("a knows of b that it is on %q", host)
		}
		// A clean stop is known after the next look.
		b.stop()
		if err := <-b.done; err != nil {
			t.Error(err)
		}
		if _, own := b.fleet.Home(1); !own {
			t.Error("a node that has left passes commands on")
		}
		wait(501 * time.Millisecond)
		if alive(a) != "a c" {
			t.Errorf("after a clean stop a knows %q", alive(a))
		}
		// A table that cannot be reached changes nothing, not even for long.
		tab.fail(errors.New("gone"))
		wait(time.Minute)
		if alive(a) != "a c" {
			t.Errorf("without the table a knows %q", alive(a))
		}
		tab.fail(nil)
		wait(time.Second)
		if alive(a) != "a c" || alive(c) != "a c" {
			t.Errorf("afterwards a knows %q, c %q", alive(a), alive(c))
		}
		// A node that dies without a word is missed after 2 s.
		tab.fail(errors.New("gone"))
		c.stop()
		<-c.done
		tab.fail(nil)
		wait(2600 * time.Millisecond)
		if alive(a) != "a" {
			t.Errorf("after a death a knows %q", alive(a))
		}
		before := a.lists
		wait(time.Minute)
		if a.lists != before {
			t.Errorf("told of %d new lists while nothing changed", a.lists-before)
		}
		a.stop()
		<-a.done
	})
}

func TestARestartedNodeIsAnother(t *testing.T) {
	t.Parallel()
	f := fleetOf("a", "a", "b")
	if f.take(named("a", "b")) {
		t.Error("the same list counts as another")
	}
	again := named("a", "b")
	again[1].Started = time.UnixMilli(5)
	if !f.take(again) {
		t.Error("a node that was started anew was not noticed")
	}
	if fmt.Sprint(f.find("b").Started.UnixMilli()) != "5" || f.find("c") != nil {
		t.Error("what is known of nodes is old")
	}
}
