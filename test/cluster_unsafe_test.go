package test

import (
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// Databases that report "stored" too early (synchronous_commit=off) lose acknowledged commands when
// they are killed. The load, the books and the audit of TestNothingIsLostOrDoneTwiceUnderFaults
// find that. With databases that keep their promise the same kill loses nothing.
func TestDatabasesThatForgetAreFoundOut(t *testing.T) {
	t.Parallel()
	// The end of the log is only in the server's memory until its writer wakes up.
	forgetful := onPostgres("synchronous_commit=off", "wal_writer_delay=10s")
	t.Run("that forget", func(t *testing.T) {
		t.Parallel()
		k := newKiller(t, plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{forgetful, forgetful}, query: "?unsafe=1"})
		k.forget = true
		const kills = 5
		for n := 1; k.lost == 0; n++ {
			if n > kills {
				t.Fatalf("%d kills of databases that forget were not noticed", kills)
			}
			k.killAll()
		}
		t.Logf("of %d acknowledged writes %d orders are not in the books any more", k.acked(), k.lost)
	})
	t.Run("that do not", func(t *testing.T) {
		t.Parallel()
		k := newKiller(t, plan{nodes: 3, stores: []func(testing.TB) *dbtest.Server{onPostgres(), onPostgres()}})
		k.killAll()
		for _, wrong := range append(k.wrong, k.trouble.wrong...) {
			t.Error(wrong)
		}
		t.Logf("all of %d acknowledged writes are in the books", k.acked())
	})
}

// killer is a market on a cluster of which everything is killed at once.
type killer struct {
	*market
	trouble *trouble
	forget  bool // what was stored
}

func newKiller(t *testing.T, p plan) *killer {
	t.Helper()
	c := newCluster(t, p)
	return &killer{market: newMarket(t, c, 16), trouble: newTrouble(c)}
}

// killAll kills all databases and all nodes under load, starts them again, and
// looks for every order.
func (k *killer) killAll() {
	halt, done := make(chan struct{}), make(chan struct{})
	go func() {
		k.run(64, halt)
		close(done)
	}()
	wait(time.Second)
	for _, s := range k.stores {
		s.Kill()
	}
	// A node that remembers more than the databases would continue from there and break the chain
	// of records. The test would find that first.
	for _, n := range k.nodes {
		n.kill()
	}
	close(halt)
	var starting sync.WaitGroup
	for _, s := range k.stores {
		s.Start()
	}
	if k.forget {
		// Servers would refuse a database that has lost records which they had seen.
		k.trouble.must(": epoch ", "restored")
	}
	for _, n := range k.nodes {
		starting.Go(func() { k.trouble.relaunch(n) })
	}
	starting.Wait()
	<-done
	k.auditOrders()
}
