package dbtest

import (
	"testing"
	"time"
)

func TestGaleraGoesOnAndHeals(t *testing.T) {
	if !soak() {
		return
	}
	g := StartGalera(t)
	r := newRows(t, g.DSN(t))
	step := func(name string, harm, heal func()) {
		begun := time.Now()
		harm()
		g.must(untilWithin(healthyWithin, "accept writes", func() (bool, error) { return run(r.dsn, "DO 1") == nil && g.stored(r) == nil, nil }))
		t.Logf("%s: a commit after %v", name, time.Since(begun).Round(100*time.Millisecond))
		heal()
		g.WaitHealthy()
		for n := range g.nodes {
			r.want(g.DSNOf(r.dsn, n+1))
		}
		t.Logf("%s: healthy after %v", name, time.Since(begun).Round(100*time.Millisecond))
	}
	step("killed", func() { g.Kill(1) }, func() { g.StartAgain(1) })
	step("another killed", func() { g.Kill(2) }, func() { g.StartAgain(2) })
	step("paused", func() { g.Pause(1) }, func() { g.Resume(1) })
	step("isolated", func() { g.Isolate(1) }, func() { g.Heal(1) })
	step("all killed", func() { g.KillAll(); g.StartAll() }, func() {})
}

// stored adds a row if that is possible now.
func (g *Galera) stored(r *rows) error {
	err := run(r.dsn, "REPLACE INTO t VALUES (999)")
	if err == nil {
		err = run(r.dsn, "DELETE FROM t WHERE n = 999")
	}
	if err == nil {
		r.add()
	}
	return err
}
