package world

import (
	"strings"
	"time"
)

// A node is stopped as SIGTERM stops it: it accepts no more calls. Calls under way get
// their answers, or are cut off when that takes too long. The books finish what they
// have accepted. So each call is answered, and what was acknowledged is there. When a
// call was turned away with the words that nothing has happened, nothing has.

const (
	// stopWait is how long a node that is stopped waits for calls under way.
	stopWait = 8 * time.Second
	// longestStop is longer than any call that was under way then can take, unless the node hangs.
	longestStop = 2 * time.Minute
)

// bow lets a node begin to stop. It reports whether one did.
func (w *world) bow() bool {
	l := w.nodes[w.rnd.IntN(len(w.nodes))].life
	w.mu.Lock()
	defer w.mu.Unlock()
	if l == nil || !l.up || l.dead || l.broken || w.curt() && l.inside == 0 {
		return false
	}
	l.up, l.stopping = false, w.elapsed()
	if w.curt() || w.rnd.IntN(3) == 0 {
		l.stopping -= stopWait // those under way are cut off at once
	}
	w.stats.Stops++
	w.harms = append(w.harms, w.step)
	w.trace.note("stop", l.name, "")
	return true
}

// curt reports whether nodes that are stopped in this run cut off calls that have just arrived. In
// other runs that is rare.
func (w *world) curt() bool { return w.cfg.Seed%16 == 3 }

// bowed takes the next step with the nodes that stop. It reports whether there was one:
// everything must come to rest before anything else happens.
func (w *world) bowed() (done bool) {
	for _, n := range w.nodes {
		l := n.life
		w.mu.Lock()
		begun, inside, dead := l.stopping, l.inside, l.dead
		ends := !dead && begun != 0 && !l.ending && !l.frozen && (inside == 0 || w.elapsed() >= begun+stopWait)
		over := !dead && l.ended && inside == 0
		late := !dead && begun != 0 && !l.frozen && !l.broken && w.elapsed() > begun+longestStop
		l.ending = l.ending || ends
		if late {
			w.violate("%s was told to stop and does not: %d calls are inside, its books have ended: %t", l.name, inside, l.ended)
		}
		w.mu.Unlock()
		switch {
		case ends:
			w.note("ends", l.name, "")
			l.endBooks()
			done = true
		case over:
			w.note("stopped", l.name, "")
			w.kill(l)
			done = true
		}
	}
	return done
}

// enters counts a call inside the node; leaves is to be called when it is answered.
func (l *life) enters() (leaves func()) {
	l.inside++
	return func() {
		l.w.mu.Lock()
		defer l.w.mu.Unlock()
		l.inside--
	}
}

// declined notes of a question that the only request of it was turned away with the
// words that nothing has happened. The caller holds mu.
func (q *question) declined(a *answer) {
	q.nothing = q.parcel.sent == 1 && strings.Contains(a.detail, "nothing has happened")
}

// declined complains about commands that took effect although they were turned away.
func (v *verdict) declined() {
	for _, q := range v.w.questions {
		if !q.nothing || q.parcel.sent != 1 {
			continue
		}
		v.w.stats.Declined++
		came := v.changed[q.id] > 0
		for _, f := range v.sundries.effects[q.id] {
			came = came || f.does && !f.holds
		}
		if came {
			v.w.looking = q.ended
			v.w.violate("%s (%s) was turned away as if nothing had happened, and has come about", q.id, &q.command)
		}
	}
}
