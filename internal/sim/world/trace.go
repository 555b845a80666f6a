package world

import (
	"fmt"
	"slices"
	"time"
)

// trace is what happened, as a hash and in words.
type trace struct {
	hash  uint64
	lines []moment
	now   func() time.Duration
	step  *int
	// closed is set when what follows does not count any more.
	closed bool
}

type moment struct {
	step           int
	at             time.Duration
	what, who, how string
}

// FNV-1a.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func (t *trace) mix(s string) {
	h := t.hash
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	t.hash = (h ^ 0xff) * fnvPrime
}

// note adds a line. The caller holds the world's mu.
func (t *trace) note(what, who, how string) {
	if t.closed {
		return
	}
	at := t.now()
	t.hash = (t.hash ^ uint64(at)) * fnvPrime
	t.mix(what)
	t.mix(who)
	t.mix(how)
	t.lines = append(t.lines, moment{*t.step, at, what, who, how})
}

// tailLength is how many lines of its trace a run shows at most, and tailAfter
// how many decisions after the one at which something was wrong.
const (
	tailLength = 400
	tailAfter  = 12
)

// tail returns the lines up to soon after a step in words; 0 is the end.
func (t *trace) tail(step int) []string {
	end := len(t.lines)
	if step > 0 {
		if i := slices.IndexFunc(t.lines, func(m moment) bool { return m.step > step+tailAfter }); i >= 0 {
			end = i
		}
	}
	var out []string
	for _, m := range t.lines[max(0, end-tailLength):end] {
		out = append(out, fmt.Sprintf("%6d %9.3fs %-10s %-14s %s", m.step, m.at.Seconds(), m.what, m.who, m.how))
	}
	return out
}
