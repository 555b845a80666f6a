package world

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// longestWait is longer than any deadline that is to pass within a run, even at the slowest pace of
// slot time.
const longestWait = 14 * time.Second

// longestDuty is the longest time until a step of a transfer that was cut off is completed: the
// pause after a failed duty, and some looks.
const longestDuty = 30 * time.Second

// longestLeg is the longest extra time until a leg without a home is given back: a minute and some
// seconds after the deadline.
const longestLeg = 72 * time.Second

// decide lets one thing happen. It reports false when nothing was possible except to let time pass.
func (w *world) decide() bool {
	w.mu.Lock()
	w.step++
	w.mu.Unlock()
	if w.bowed() {
		return true
	}
	if !w.calm && w.harm() {
		return true
	}
	free := w.free()
	if len(free) == 0 {
		w.mend(true)
		if w.hasty {
			w.pass(time.Second)
		} else {
			w.pass(w.pause())
		}
		return false
	}
	if !w.calm {
		w.mend(false)
	}
	if !w.hasty && w.chance(w.weather.pass) {
		w.pass(w.pause())
		return true
	}
	s := free[w.rnd.IntN(len(free))]
	w.note("go", s.who, s.at)
	w.release(func(o *seat) bool { return o == s })
	return true
}

// settle takes in the goroutines that have arrived since the last decision, in an order that does
// not depend on which was first.
func (w *world) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gather()
	slices.SortFunc(w.fresh, func(a, b *seat) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.at, b.at)) })
	for i, s := range w.fresh {
		if i > 0 && w.fresh[i-1].who == s.who {
			w.violate("the simulation cannot tell two goroutines apart: %s at %s and %s", s.who, w.fresh[i-1].at, s.at)
		}
		w.trace.note("  ", s.who, s.at)
		w.hang(s)
		w.cross(s)
	}
	w.seats = append(w.seats, w.fresh...)
	w.fresh = w.fresh[:0]
}

// gather takes in the records that became durable since the last decision. When stores
// of several slots release callers at one time, it does not matter which was first. The
// caller holds mu.
func (w *world) gather() {
	slices.SortStableFunc(w.landed, func(a, b stored) int { return cmp.Or(cmp.Compare(a.at, b.at), a.slot-b.slot) })
	for i := range w.landed {
		s := &w.landed[i]
		where := ""
		if w.isSeveral() {
			where = "slot " + strconv.Itoa(s.slot)
		}
		w.trace.note("record", where, fmt.Sprintf("%d of %x, %x", s.rec.Seq, s.rec.Writer[:2], s.rec.Hash[:4]))
		w.crossed(s)
	}
	w.records = append(w.records, w.landed...)
	w.landed = nil
}

// chance is true in n of 10,000 cases.
func (w *world) chance(n int) bool { return n > 0 && w.rnd.IntN(10_000) < n }

// pause is how long nothing happens: mostly a moment, sometimes long enough
// for deadlines to pass.
func (w *world) pause() time.Duration {
	var ms int
	switch k := w.rnd.IntN(20); {
	case k < 12:
		ms = 1 + w.rnd.IntN(20)
	case k < 18:
		ms = 20 + w.rnd.IntN(300)
	default:
		ms = 300 + w.rnd.IntN(2500)
	}
	return time.Duration(ms) * time.Millisecond
}

// pass lets time pass. All waits are for whole milliseconds, and the bubble decides freely which of
// several waits that end at one moment is first. So no two decisions are taken at the same
// nanosecond of a millisecond. Waits that began at different decisions then never end at the same
// moment.
func (w *world) pass(d time.Duration) {
	w.note("time", "", d.String())
	time.Sleep(d + time.Nanosecond) //nolint:forbidigo // the clock of the bubble: nobody sleeps
}

// harm lets a node die, hang or mistake the time. It reports whether it did.
func (w *world) harm() bool {
	switch {
	case w.spares():
		return false
	case w.chance(w.weather.crash):
		return w.crash()
	case w.chance(w.weather.freeze):
		n := w.nodes[w.rnd.IntN(len(w.nodes))]
		if n.life == nil || n.life.dead || n.life.frozen {
			return false
		}
		n.life.frozen = true
		if w.moving() && w.rnd.IntN(3) == 0 {
			// Long enough for another node to take over the work of this one.
			n.life.asleep = w.elapsed() + 5*time.Second + time.Duration(w.rnd.IntN(4000))*time.Millisecond
		}
		w.stats.Freezes++
		w.harms = append(w.harms, w.step)
		w.note("freeze", n.life.name, "")
		return true
	case w.chance(w.weather.stop):
		return w.bow()
	case w.chance(w.weather.forget):
		n := w.nodes[w.rnd.IntN(len(w.nodes))]
		if n.life == nil || n.life.dead || n.life.books == nil {
			return false
		}
		w.note("forget", n.life.name, "")
		n.life.books.Forget()
		return true
	case w.chance(w.weather.jump):
		n := w.nodes[w.rnd.IntN(len(w.nodes))]
		var by time.Duration
		switch w.rnd.IntN(4) {
		case 0:
			by = -time.Duration(w.rnd.IntN(10_000)) * time.Millisecond
		case 1:
			by = time.Hour
		default:
			by = time.Duration(w.rnd.IntN(20_000)) * time.Millisecond
		}
		n.clock.jump(by)
		w.stats.Jumps++
		w.note("jump", n.name, by.String())
		w.boundSlotTime()
		return true
	}
	return false
}

// crash lets a node die where one of its goroutines stands.
func (w *world) crash() bool {
	n := w.nodes[w.rnd.IntN(len(w.nodes))]
	l := n.life
	if l == nil || l.dead {
		return false
	}
	at := "idle"
	var own []*seat
	for _, s := range w.seats {
		if s.life == l {
			own = append(own, s)
		}
	}
	if len(own) > 0 {
		at = own[w.rnd.IntN(len(own))].at
	}
	w.harms = append(w.harms, w.step)
	w.died[at]++
	w.stats.Crashes++
	w.note("crash", l.name, at)
	w.kill(l)
	return true
}

// kill cuts a node off: its goroutines continue and have no effect.
func (w *world) kill(l *life) {
	w.mu.Lock()
	l.dead, l.frozen, l.up = true, false, false
	w.mu.Unlock()
	l.cancel()
	w.release(func(s *seat) bool { return s.life == l })
}

// mend wakes hanging nodes and starts dead ones, now and then. It always does so when nothing else
// can happen.
func (w *world) mend(must bool) {
	for _, n := range w.nodes {
		l := n.life
		switch {
		case l.frozen && w.elapsed() < l.asleep:
		case l.frozen && (must && w.rnd.IntN(2) == 0 || w.rnd.IntN(150) == 0):
			l.frozen = false
			w.harms = append(w.harms, w.step)
			w.note("thaw", l.name, "")
		case l.broken && !l.dead && (must || w.rnd.IntN(100) == 0):
			w.note("give up", l.name, "")
			w.kill(l)
		case l.dead && (must || w.rnd.IntN(100) == 0):
			if w.rnd.IntN(3) > 0 {
				n.clock.set(0) // somebody has set the clock right
			}
			w.reopen()
			w.start(n)
		}
	}
}

// settleDown ends all faults and brings everything back.
func (w *world) settleDown() {
	w.mu.Lock()
	w.calm, w.settled = true, true
	w.mu.Unlock()
	w.note("calm", "", "")
	for _, n := range w.nodes {
		n.life.frozen = false
	}
	for _, s := range w.seats {
		s.hangs, s.asleep = false, 0
	}
}

// reopen closes and opens the store when no node uses it, as when the machine
// was switched off.
func (w *world) reopen() {
	for _, n := range w.nodes {
		if !n.life.dead {
			return
		}
	}
	if w.rnd.IntN(2) == 0 {
		return
	}
	w.note("reopen", "store", "")
	for _, d := range w.disks {
		if err := d.reopen(); err != nil {
			w.violate("open the store again: %v", err)
		}
	}
}

// bound is the latest correct slot time. Slot time starts at the clock of a node that starts. Then
// it is at most a twentieth faster than true time, whatever the clocks say.
type bound struct {
	at  time.Duration
	was stock.Time
}

func (w *world) latest() stock.Time {
	gone := w.elapsed() - w.slot.at
	return w.slot.was + stock.Time((gone+gone/20)/time.Millisecond) + 2
}

// boundSlotTime takes in the clocks of nodes that are about to use them.
func (w *world) boundSlotTime() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.latest()
	for _, n := range w.nodes {
		if n.life != nil && !n.life.dead && !n.life.up {
			now = max(now, n.clock.Wall())
		}
	}
	w.slot = bound{w.elapsed(), now}
}
