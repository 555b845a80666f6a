package dbtest

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// soak reports whether this is the long form, `make soak`, which has the packages
// that clusters need. `make test` does without them: the tests of clusters return
// at once.
func soak() bool { return os.Getenv("SOAK") != "" }

// rows makes a table and adds rows to it, one after the other.
type rows struct {
	t   *testing.T
	dsn string
	n   int
}

func newRows(t *testing.T, dsn string) *rows {
	do(t, dsn, "CREATE TABLE t (n int PRIMARY KEY)")
	return &rows{t: t, dsn: dsn}
}

// add adds a row that must be stored.
func (r *rows) add() {
	r.t.Helper()
	r.n++
	do(r.t, r.dsn, "INSERT INTO t VALUES ("+strconv.Itoa(r.n)+")")
}

// want wants all rows to be there by way of the DSN.
func (r *rows) want(dsn string) {
	r.t.Helper()
	if n := one(r.t, dsn, "SELECT count(*) FROM t"); n != strconv.Itoa(r.n) {
		r.t.Errorf("%s rows are left of %d", n, r.n)
	}
}

func TestPatroniFailsOverAndHeals(t *testing.T) {
	if !soak() {
		return
	}
	p := StartPatroni(t, Strict)
	r := newRows(t, p.DSN(t))
	several := p.MultiHost(r.dsn)
	step := func(name string, harm func(before int), moves bool) {
		begun, before := time.Now(), p.Leader()
		harm(before)
		r.add()
		t.Logf("%s: a commit after %v", name, time.Since(begun).Round(100*time.Millisecond))
		if now := p.Leader(); moves && now == before {
			t.Errorf("%s: n%d is still the primary", name, before)
		}
		p.StartAll()
		p.WaitHealthy()
		r.want(r.dsn)
		r.want(several)
		t.Logf("%s: healthy after %v", name, time.Since(begun).Round(100*time.Millisecond))
	}
	// left waits until haproxy leads to another primary.
	left := func(before int) {
		t.Helper()
		p.must(untilWithin(healthyWithin, "fail over", func() (bool, error) {
			now := p.Leader()
			return now != 0 && now != before && p.accepts(), nil
		}))
	}
	up := func(int) {
		p.must(untilWithin(healthyWithin, "accept writes", func() (bool, error) { return p.accepts(), nil }))
	}
	step("switchover", func(before int) { p.Switchover(); left(before) }, true)
	step("postmaster killed", func(before int) { p.KillPostmaster(); up(before) }, false)
	step("Patroni killed", func(before int) { p.KillPatroni(); left(before) }, true)
	step("both killed", func(before int) { p.KillBoth(); left(before) }, true)
	step("primary paused", func(before int) { p.PausePrimary(); left(before); p.Resume() }, true)
	step("standbys paused", func(before int) { p.PauseStandbys(); p.Resume(); up(before) }, false)
	step("etcd killed", func(before int) { p.KillEtcd(); p.StartEtcd(); up(before) }, false)
	step("all killed", func(before int) { p.KillAll(); p.StartAll(); up(before) }, false)
	p.SetMode(Async)
	step("a row lost", func(before int) {
		p.FailOverWithout(func() { do(t, r.dsn, "INSERT INTO t VALUES (1000)") })
		left(before)
	}, true)
	p.SetMode(Sync)
	r.add()
	r.want(several)
}
