package test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// trouble injects faults into a cluster's processes and its network, and counts them.
type trouble struct {
	*cluster
	mu     sync.Mutex
	counts map[string]int
	// wrong are nodes that ended by themselves, or did not start again.
	wrong []string
	// patience is how long a node may take to start while databases come and go.
	patience time.Duration
}

func newTrouble(c *cluster) *trouble {
	return &trouble{cluster: c, counts: map[string]int{}, patience: max(hang, time.Duration(rounds(60))*time.Second)}
}

// fault is one fault, which is over when do returns.
type fault struct {
	name string
	do   func(*trouble, *rand.Rand)
}

// nodeFaults and storeFaults run at the same time.
var (
	nodeFaults = []fault{
		{"node killed", func(x *trouble, r *rand.Rand) { x.restart(x.node(r), r) }},
		{"node stopped (SIGSTOP)", func(x *trouble, r *rand.Rand) { x.node(r).pause(between(r, 300, 2500)) }},
	}
	storeFaults = []fault{
		{"database killed", (*trouble).killStore},
		{"database stopped (SIGSTOP)", func(x *trouble, r *rand.Rand) {
			s := x.store(r)
			s.Pause()
			wait(between(r, 200, 1500))
			s.Resume()
		}},
		{"line cut", func(x *trouble, r *rand.Rand) {
			x.onLines(r, (*line).cut, (*line).mend, between(r, 100, 1000))
		}},
		{"line silent", func(x *trouble, r *rand.Rand) {
			hole := func(l *line) {
				l.toxic("timeout", []string{"upstream", "downstream"}[r.IntN(2)], object{"timeout": 0})
			}
			x.onLines(r, hole, (*line).cure, between(r, 200, 2000))
		}},
		// The node's request arrives and is carried out; the answer is lost.
		{"answers lost", func(x *trouble, r *rand.Rand) {
			lost := func(l *line) { l.toxic("timeout", "downstream", object{"timeout": 0}) }
			broken := func(l *line) {
				l.cut()
				l.cure()
				l.mend()
			}
			x.onLines(r, lost, broken, between(r, 20, 200))
		}},
		{"line slow", func(x *trouble, r *rand.Rand) {
			slow := func(l *line) { l.toxic("latency", "upstream", object{"latency": 20 + r.IntN(80), "jitter": 20}) }
			x.onLines(r, slow, (*line).cure, between(r, 500, 1500))
		}},
	}
)

func between(r *rand.Rand, least, most int) time.Duration {
	return time.Duration(least+r.IntN(most-least)) * time.Millisecond
}

// wait lets real time pass: the duration of a fault is part of the test.
func wait(d time.Duration) { <-time.After(d) }

// makeOf continues until ctx ends and each fault was made: one of each kind, in an order that
// changes, with a moment of peace between.
func (x *trouble) makeOf(ctx context.Context, faults []fault, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 4))
	for round := 0; ; round++ {
		for _, i := range r.Perm(len(faults)) {
			wait(between(r, 200, 700))
			if round > 0 && ctx.Err() != nil {
				return
			}
			faults[i].do(x, r)
			x.count(faults[i].name)
		}
	}
}

// run makes trouble for that long.
func (x *trouble) run(d time.Duration, seed uint64) {
	ctx, cancel := context.WithTimeout(x.t.Context(), d)
	defer cancel()
	var other sync.WaitGroup
	other.Go(func() { x.makeOf(ctx, nodeFaults, seed) })
	// A database server that does not start ends the test, from here.
	x.makeOf(ctx, storeFaults, seed+1)
	other.Wait()
	for _, n := range x.nodes {
		x.alive(n)
	}
}

func (x *trouble) node(r *rand.Rand) *node   { return x.nodes[r.IntN(len(x.nodes))] }
func (x *trouble) store(r *rand.Rand) *store { return x.stores[r.IntN(len(x.stores))] }

func (x *trouble) killStore(r *rand.Rand) {
	s := x.store(r)
	s.Kill()
	wait(between(r, 0, 500))
	s.Start()
}

// onLines injects a fault into a line, into all lines of a node or of a database, or into those
// between the nodes.
func (x *trouble) onLines(r *rand.Rand, harm, undo func(*line), lasting time.Duration) {
	var lines []*line
	n, s := r.IntN(len(x.nodes)), r.IntN(len(x.stores))
	switch kind := r.IntN(4); {
	case kind == 0:
		lines = append(lines, x.nodes[n].lines[s])
	case kind == 1:
		lines = x.nodes[n].lines
	case kind == 2 || x.nodes[0].peers == nil:
		for _, n := range x.nodes {
			lines = append(lines, n.lines[s])
		}
	default:
		for _, n := range x.nodes {
			lines = append(lines, n.peers)
		}
	}
	for _, l := range lines {
		harm(l)
	}
	wait(lasting)
	for _, l := range lines {
		undo(l)
	}
}

// restart kills a node and starts it again.
func (x *trouble) restart(n *node, r *rand.Rand) {
	x.alive(n)
	n.kill()
	wait(between(r, 0, 300))
	x.relaunch(n)
}

// relaunch starts a node again and again until it is up: without its databases it need not come up.
func (x *trouble) relaunch(n *node) {
	begun := time.Now()
	for {
		err := n.launch()
		if err == nil {
			return
		}
		n.kill()
		if time.Since(begun) > x.patience {
			x.note("node %d does not start within %v: %v", n.number, x.patience, err)
			return
		}
		wait(50 * time.Millisecond)
	}
}

// alive notes a node that has ended by itself, and starts it again.
func (x *trouble) alive(n *node) {
	n.mu.Lock()
	ended := n.cmd == nil || len(n.end) > 0
	n.mu.Unlock()
	if !ended {
		return
	}
	n.kill()
	b := n.log.Bytes()
	x.note("node %d ended by itself: %s", n.number, b[max(0, len(b)-800):])
	x.relaunch(n)
}

func (x *trouble) note(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong = append(x.wrong, fmt.Sprintf(format, args...))
}

func (x *trouble) count(fault string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.counts[fault]++
}

// made is what was done, in words.
func (x *trouble) made() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(x.counts)) {
		all = append(all, fmt.Sprintf("%s %d×", name, x.counts[name]))
	}
	return strings.Join(all, ", ")
}
