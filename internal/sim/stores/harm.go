package stores

import (
	"context"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/outpost"
)

// nemesis is the part of the run that injects faults.
type nemesis struct{ *run }

// injectFault injects one fault.
func (r nemesis) injectFault() {
	m := pick(r.run, r.machines)
	switch n := r.rnd.IntN(100); {
	case n < 18:
		r.note("%s: the line is cut: %t", m.name, !m.cut)
		r.stats.Cuts++
		r.cutLine(m, !m.cut)
	case n < 36:
		r.killSome(m.name, m.life)
	case n < 44:
		r.killSome("centre", r.centre.life)
	case n < 66:
		r.startDead()
	case n < 71:
		r.note("the policy of %s changes", m.till)
		if r.centre.alive() {
			r.check(r.centre.setTill(m.till))
		}
	case n < 75 && r.weather.jumps:
		off := time.Duration(r.rnd.IntN(1200)-600) * time.Second
		r.note("%s: the clock jumps by %s", m.name, off)
		m.clock.off.Store(int64(off))
	case n < 84 && r.weather.copies:
		r.copies(m)
	case n < 92 && r.weather.restores:
		r.restores()
	case n < 98 && r.weather.lost:
		r.loses(m.till)
	}
}

// check notes an error that nothing explains.
func (r *run) check(err error) {
	if err != nil {
		r.violate("%v", err)
	}
}

// killSome kills now, or at the next write.
func (r nemesis) killSome(name string, l *life) {
	if l == nil || l.isDead() {
		return
	}
	r.stats.Deaths++
	switch r.rnd.IntN(3) {
	case 0:
		r.note("%s dies", name)
		l.kill()
	case 1:
		l.dieAt(before)
	default:
		l.dieAt(after)
	}
}

// startDead starts what is dead.
func (r *run) startDead() {
	if !r.centre.alive() {
		r.note("the centre starts")
		r.check(r.centre.start())
	}
	for _, m := range r.machines {
		if !m.alive() {
			r.note("%s starts", m.name)
			r.check(m.start())
		}
	}
}

// copies copies the files of a machine, puts them back, or starts another machine with them.
func (r nemesis) copies(m *machine) {
	switch n := r.rnd.IntN(4); {
	case n < 2 || m.copy == nil:
		r.note("%s: its files are copied", m.name)
		m.copyFiles()
		return
	case n == 2:
		whole := r.rnd.IntN(2) == 0
		r.note("%s: its files are put back, all of them: %t", m.name, whole)
		r.check(m.putBack(whole))
		r.check(m.start())
	default:
		r.note("%s: another machine has its files", m.name)
		_, err := m.double()
		r.check(err)
	}
	r.stats.Copies++
	for _, o := range r.machines {
		if o.epoch == m.epoch {
			o.doubtful = "its files were copied"
		}
	}
}

// restores backs the centre up, or puts it back.
func (r nemesis) restores() {
	if r.backup == nil || r.rnd.IntN(4) == 0 {
		r.note("the centre is backed up")
		r.backup = r.centre.backUp()
		return
	}
	r.note("the centre is put back to record %d", r.backup.groups)
	r.stats.Restores++
	for _, m := range r.machines {
		if !r.backup.epochs[m.epoch] {
			m.doubtful = "the centre was put back to before its pairing"
		}
	}
	r.check(r.centre.restore(r.backup))
	r.loseHellos()
	for _, till := range r.tills { // whose pairing the restored centre may not know
		if m := r.newest(till); !r.backup.epochs[m.epoch] && r.rnd.IntN(2) == 0 {
			r.pair(till)
		}
	}
}

// loseHellos loses every hello on its way to a centre that was put back. Nobody could distinguish
// it from the till's next hello, and the till would then be taken for a copy. A line lives no
// longer than the process that it leads to.
func (r nemesis) loseHellos() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.late = slices.DeleteFunc(r.run.late, func(msg *message) bool { return msg.what == "hello" })
}

// newest is the machine that was paired last with the till.
func (r nemesis) newest(till string) (newest *machine) {
	for _, m := range r.machines {
		if m.till == till {
			newest = m
		}
	}
	return newest
}

// loses writes a till off, or pairs another machine with it.
func (r nemesis) loses(till string) {
	if !r.centre.alive() {
		return
	}
	if r.rnd.IntN(2) == 0 {
		r.pair(till)
		return
	}
	r.note("%s is written off", till)
	r.stats.WriteOffs++
	r.end(till, "it was written off")
	withhold := r.rnd.IntN(4) == 0
	c, l := r.centre, r.centre.life
	l.all.Go(func() {
		_, err := serve(l.ctx, c, func(ctx context.Context, d *outpost.Desk) (bool, error) {
			return true, d.WriteOff(ctx, tenant, till, "ann", "it burned", withhold)
		})
		r.note("%s was written off: %s", till, code(err))
	})
}

// end marks the machines of a till: the centre may refuse them.
func (r *run) end(till, why string) {
	for _, m := range r.machines {
		if m.till == till {
			m.doubtful = why
		}
	}
}

// pair pairs a new machine with a till.
func (r *run) pair(till string) {
	r.note("%s is paired", till)
	r.stats.Pairings++
	r.end(till, "another machine was paired")
	c, l := r.centre, r.centre.life
	code, ok := c.codes[till]
	if !ok {
		var err error
		if code, _, err = c.catalog.Tills.MakeCode(l.ctx, tenant, till); err != nil {
			r.check(err)
			return
		}
		c.codes[till] = code
	}
	p, err := serve(l.ctx, c, func(ctx context.Context, d *outpost.Desk) (outpost.Paired, error) {
		return d.Pair(ctx, code, "the machine of "+till)
	})
	if err != nil {
		r.note("%s could not be paired", till)
		return
	}
	delete(c.codes, till)
	m, err := r.paired(p)
	if err == nil {
		err = m.start()
	}
	r.check(err)
}
