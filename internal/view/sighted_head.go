package view

import (
	"context"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// origin is a slot itself: replicas are measured against it.
type origin struct {
	engine engine.Engine
	copies []*replica

	mu    sync.Mutex
	marks []sightedHead // oldest first
}

// sightedHead says that the head of a slot was at seq at a time: a copy with that record has
// everything that was acknowledged before. A bucket that has moved since was in another
// slot then, so a mark counts under its own map only.
type sightedHead struct {
	at      time.Time
	head    engine.Seq
	version int64
}

// maxMarks is how many are kept: a replica that is behind more of them is behind the bound
// many times over.
const maxMarks = 16 * looks

// look sets a mark. Its time is the moment before the head was asked for.
func (o *origin) look(ctx context.Context, r *Replicas) {
	ctx, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	version, _ := r.layout()
	at := time.Now()
	head, err := o.engine.Head(ctx)
	if err != nil {
		return // the books report what is wrong with it
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.marks); n > 0 && o.marks[n-1].head == head && o.marks[n-1].version == version {
		o.marks[n-1].at = at
		return
	}
	if len(o.marks) == maxMarks {
		o.marks = append(o.marks[:0], o.marks[1:]...)
	}
	o.marks = append(o.marks, sightedHead{at, head, version})
}

// shownUntil is the time up to which a copy whose head is at seq shows everything, and whether
// that is recent enough. While the slot itself is silent, a copy that lacks no known record
// may be older.
func (o *origin) shownUntil(seq engine.Seq, version int64, now time.Time, bound time.Duration) (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.marks) - 1; i >= 0; i-- {
		m := o.marks[i]
		if m.version != version {
			break
		}
		if m.head > seq {
			continue
		}
		age := age(m.at, now)
		last := i == len(o.marks)-1
		return m.at, age <= bound || last && age <= max(bound, MaxBound)
	}
	return time.Time{}, false
}

// age is how long ago at was, by the clock that shows the longer time: the monotonic
// clock stands still while the machine sleeps.
func age(at, now time.Time) time.Duration {
	return max(now.Sub(at), now.Round(0).Sub(at.Round(0)))
}
