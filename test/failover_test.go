package test

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// Three nodes on a cluster of database servers that replicate synchronously. The servers die, hang,
// change places and are cut off, one fault after the other, and nodes die too. 64 callers repeat
// every call without an answer. They lose nothing that was acknowledged and see nothing done twice
// and nothing sold twice. One order of events explains every answer they had. A table shows for how
// many seconds nothing was written.
//
// Only the long form has the packages for it: SOAK=1 makes each fault once, SOAK=20
// makes at least 60 faults among 100,000 commands.
func TestNothingIsLostWhenTheDatabaseFailsOver(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		return
	}
	all := newStalls()
	faults, commands := 0, 0
	for _, c := range []struct {
		name  string
		start func(*testing.T) *servers
	}{
		{"Patroni, synchronous, behind haproxy", func(t *testing.T) *servers { return onPatroni(t, dbtest.Strict, false) }},
		{"Patroni, synchronous, multi-host DSN", func(t *testing.T) *servers { return onPatroni(t, dbtest.Sync, true) }},
		{"Galera, behind haproxy", func(t *testing.T) *servers { return onGalera(t, false) }},
		{"Galera, several hosts in the DSN", func(t *testing.T) *servers { return onGalera(t, true) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFailovers(t, c.start(t))
			halt, done := make(chan struct{}), make(chan struct{})
			go func() {
				f.market.run(64, halt)
				close(done)
			}()
			f.run(max(len(f.servers.faults), rounds(1)), 1)
			// A quarter of what the whole test is to reach.
			f.await("commands", func() bool { return f.outcomes() >= rounds(1250) })
			close(halt)
			<-done
			f.audit(hang)
			f.stop()
			operations := f.linearizable(hang)
			if found := f.verify(); found != "" {
				t.Errorf("verify: %s", found)
			}
			f.report(f.trouble, operations, f.servers.faults)
			t.Logf("seconds without a write:\n%v", f.stalls)
			all.add(c.name+": ", f.stalls)
			faults += f.made
			commands += f.outcomes()
		})
	}
	t.Logf("%d database faults among %d commands; seconds without a write:\n%v", faults, commands, all)
	if rounds(1) >= 20 && (faults < 60 || commands < 100_000) {
		t.Errorf("%d faults among %d commands are too few to mean anything", faults, commands)
	}
}

// servers is a cluster of database servers, and what can go wrong with it.
type servers struct {
	// dsns are of the main database and of one with books.
	dsns    []string
	faults  []fault
	healthy func() // returns when all is as it was before a fault
}

// failovers is a market whose database servers fail.
type failovers struct {
	*market
	trouble *trouble
	servers *servers
	stalls  *stalls
	made    int // faults of database servers
}

func newFailovers(t *testing.T, s *servers) *failovers {
	t.Helper()
	c := newCluster(t, plan{nodes: 3, direct: s.dsns})
	return &failovers{market: newMarket(t, c, 16), trouble: newTrouble(c), servers: s, stalls: newStalls()}
}

// run makes that many faults: one of each kind, in an order that changes. It ends early when the
// nodes no longer work.
func (f *failovers) run(n int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	for f.made < n {
		for _, i := range r.Perm(len(f.servers.faults)) {
			if f.made == n {
				break
			}
			if !f.work(r) || !f.suffer(f.servers.faults[i], r) {
				return
			}
		}
	}
	f.work(r)
}

// work waits until some writes were acknowledged, one time in three after the death
// of a node.
func (f *failovers) work(r *rand.Rand) bool {
	if r.IntN(3) == 0 {
		f.trouble.restart(f.trouble.node(r), r)
		f.trouble.count("node killed")
	}
	const some = 300
	before := f.acked()
	return f.await("writes without a fault", func() bool { return f.acked() >= before+some })
}

// suffer makes one fault, one time in four together with the death of a node, and
// returns when the servers have healed and a write was acknowledged.
func (f *failovers) suffer(x fault, r *rand.Rand) bool {
	f.t.Helper()
	name := x.name
	other := rand.New(rand.NewPCG(r.Uint64(), 8))
	var beside sync.WaitGroup
	from := time.Since(f.begun)
	if r.IntN(4) == 0 {
		name += ", and a node killed"
		beside.Go(func() { f.trouble.restart(f.trouble.node(other), other) })
	}
	x.do(f.trouble, r)
	f.servers.healthy()
	beside.Wait()
	f.made++
	f.trouble.count(x.name)
	healed := time.Since(f.begun)
	ok := f.await("a write after: "+name, func() bool { return f.lastAck() > healed })
	if !ok {
		healed = time.Since(f.begun) // to show for how long nothing has come
	}
	stall := f.longestStall(from, healed)
	f.stalls.note(name, stall)
	f.t.Logf("%v %s: %.1f s without a write, healthy after %.1f s", from.Round(time.Second), name, stall.Seconds(), (healed - from).Seconds())
	return ok
}

// await waits until done is true, which healthy servers make possible. It starts nodes that have
// ended by themselves, and notes them.
func (f *failovers) await(what string, done func() bool) bool {
	const patience = 5 * time.Minute
	for begun := time.Now(); !done(); wait(20 * time.Millisecond) {
		for _, n := range f.nodes {
			f.trouble.alive(n)
		}
		if time.Since(begun) > patience {
			f.violation("%s: not within %v after the servers had healed", what, patience)
			return false
		}
	}
	return true
}
