package test

import (
	"math/rand/v2"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// onPatroni starts PostgreSQL under Patroni. Nodes reach it by way of haproxy, or
// look for the primary among all hosts of their DSN.
func onPatroni(t *testing.T, mode dbtest.Mode, several bool) *servers {
	t.Helper()
	p := dbtest.StartPatroni(t, mode)
	s := &servers{dsns: []string{p.DSN(t), p.DSN(t)}, faults: patroniFaults(p), healthy: p.WaitHealthy}
	if several {
		for i, dsn := range s.dsns {
			s.dsns[i] = p.MultiHost(dsn)
		}
	}
	return s
}

// onGalera starts MariaDB under Galera. Nodes reach it by way of haproxy, or have
// all hosts in their DSN.
func onGalera(t *testing.T, several bool) *servers {
	t.Helper()
	g := dbtest.StartGalera(t)
	s := &servers{dsns: []string{g.DSN(t), g.DSN(t)}, faults: galeraFaults(g), healthy: g.WaitHealthy}
	if several {
		for i, dsn := range s.dsns {
			s.dsns[i] = g.MultiHost(dsn)
		}
	}
	return s
}

// patroniFaults are what goes wrong with a Patroni. All is started again when they
// return, and need not be healthy yet.
func patroniFaults(p *dbtest.Patroni) []fault {
	does := func(do func(*rand.Rand)) func(*trouble, *rand.Rand) {
		return func(_ *trouble, r *rand.Rand) { do(r) }
	}
	return []fault{
		{"postmaster killed", does(func(*rand.Rand) { p.KillPostmaster() })},
		// The server keeps running, and nobody tells it that another one has taken over.
		{"Patroni of the primary killed", does(func(r *rand.Rand) {
			n := p.KillPatroni()
			p.WaitOtherLeader(n)
			wait(between(r, 0, 20000))
			p.StartAgain(n)
		})},
		{"primary killed, back at once", does(func(r *rand.Rand) {
			n := p.KillBoth()
			wait(between(r, 0, 2000))
			p.StartAgain(n)
		})},
		{"primary killed, back after the failover", does(func(*rand.Rand) {
			n := p.KillBoth()
			p.WaitOtherLeader(n)
			p.StartAgain(n)
		})},
		{"primary paused for 3 to 10 s", does(func(r *rand.Rand) {
			p.PausePrimary()
			wait(between(r, 3000, 10000))
			p.Resume()
		})},
		{"primary paused beyond the TTL", does(func(r *rand.Rand) {
			n := p.PausePrimary()
			p.WaitOtherLeader(n)
			wait(between(r, 0, 5000))
			p.Resume()
		})},
		{"standbys paused for 3 to 10 s", does(func(r *rand.Rand) {
			p.PauseStandbys()
			wait(between(r, 3000, 10000))
			p.Resume()
		})},
		{"switchover", does(func(*rand.Rand) { p.Switchover() })},
		{"etcd killed for 1 to 15 s", does(func(r *rand.Rand) {
			p.KillEtcd()
			wait(between(r, 1000, 15000))
			p.StartEtcd()
		})},
		{"all killed", does(func(r *rand.Rand) {
			p.KillAll()
			wait(between(r, 0, 2000))
			p.StartAll()
		})},
	}
}

// galeraFaults are what goes wrong with a Galera. The first node is the one that is
// written to.
func galeraFaults(g *dbtest.Galera) []fault {
	harm := func(do func(*rand.Rand, int)) (first, other func(*trouble, *rand.Rand)) {
		return func(_ *trouble, r *rand.Rand) { do(r, 1) },
			func(_ *trouble, r *rand.Rand) { do(r, 2+r.IntN(g.Nodes()-1)) }
	}
	killFirst, killOther := harm(func(r *rand.Rand, n int) {
		g.Kill(n)
		wait(between(r, 0, 10000))
		g.StartAgain(n)
	})
	pauseFirst, pauseOther := harm(func(r *rand.Rand, n int) {
		g.Pause(n)
		wait(between(r, 3000, 12000))
		g.Resume(n)
	})
	isolateFirst, isolateOther := harm(func(r *rand.Rand, n int) {
		g.Isolate(n)
		wait(between(r, 3000, 12000))
		g.Heal(n)
	})
	return []fault{
		{"first node killed", killFirst},
		{"other node killed", killOther},
		{"first node paused for 3 to 12 s", pauseFirst},
		{"other node paused for 3 to 12 s", pauseOther},
		{"first node isolated for 3 to 12 s", isolateFirst},
		{"other node isolated for 3 to 12 s", isolateOther},
		{"all killed", func(_ *trouble, r *rand.Rand) {
			g.KillAll()
			wait(between(r, 0, 2000))
			g.StartAll()
		}},
	}
}
