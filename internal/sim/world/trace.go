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
	// closed is set when what follows no longer counts.
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

// tailLength is how many lines of its trace a run shows at most. tailAfter is how many decisions it
// shows after the one at which something was wrong.
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
		out = append(out, m.String())
	}
	return out
}

func (m moment) String() string {
	return fmt.Sprintf("%6d %9.3fs %-10s %-14s %s", m.step, m.at.Seconds(), m.what, m.who, m.how)
}

// partLines is how many lines two runs have in common that Parts shows.
const partLines = 25

// Parts returns the last part that the traces of two runs have in common, and how each
// continues; nothing when they are the same.
func (r *Result) Parts(o *Result) (common, one, other []string) {
	n := 0
	for n < len(r.moments) && n < len(o.moments) && r.moments[n] == o.moments[n] {
		n++
	}
	words := func(of []moment) (all []string) {
		for _, m := range of {
			all = append(all, m.String())
		}
		return all
	}
	next := func(of []moment) []string { return words(of[n:min(len(of), n+partLines)]) }
	if n == len(r.moments) && n == len(o.moments) {
		return nil, nil, nil
	}
	return words(r.moments[max(0, n-partLines):n]), next(r.moments), next(o.moments)
}
