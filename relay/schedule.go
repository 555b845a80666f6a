package relay

import (
	"cmp"
	"slices"
	"time"

	"holdfast.dev/holdfast/client"
)

// schedule has the entries that wait for delivery, by key. Entries of a key are taken
// in order. No more of them are taken until the earlier ones were delivered or put
// back.
type schedule struct {
	keys  map[string]*keyQueue
	ready []*keyQueue // queues with entries to take, the longest waiting first
	later []*keyQueue // queues with a time of the next attempt
	count int         // entries in the ready queues
}

// keyQueue has the entries of one key.
type keyQueue struct {
	key     string
	entries []*entry
	taken   int // of the entries, from the front: they are being delivered
	listed  bool
	until   time.Time // when the first entry is tried again; zero: at once
	parking *parking  // nil: no event of the key is parked
	// held are entries that were read while an earlier event of the key is being read
	// again.
	held []*entry
}

// parking is a parked event whose key waits.
type parking struct {
	client.ParkedKey          // without ID until the books have named it
	event            *entry   // nil: it was parked by another relay
	last             string   // the id of the last event that was skipped or parked here; empty: unknown
	waiting          int64    // skipped and not stored yet
	catchup          *catchup // reads the events of the key again; nil: none does
	settled          bool     // a decision was carried out or has failed
}

func newSchedule() *schedule { return &schedule{keys: map[string]*keyQueue{}} }

// queue returns the queue of the key, a new one if there is none.
func (s *schedule) queue(key string) *keyQueue {
	q := s.keys[key]
	if q == nil {
		q = &keyQueue{key: key}
		s.keys[key] = q
	}
	return q
}

// blocked counts the keys of which events wait for a parked one that nobody has decided about.
func (s *schedule) blocked() (n int) {
	for _, q := range s.keys {
		if p := q.parking; p != nil && p.State == StateParked && p.Waiting > 0 {
			n++
		}
	}
	return n
}

// add appends an entry to those of its key.
func (s *schedule) add(q *keyQueue, e *entry) {
	q.entries = append(q.entries, e)
	if q.listed {
		s.count++
		return
	}
	s.list(q)
}

// list makes the queue ready when it has entries to take, and drops it when it is
// empty.
func (s *schedule) list(q *keyQueue) {
	switch {
	case q.listed || q.taken > 0 || !q.until.IsZero():
	case len(q.entries) > 0:
		q.listed = true
		s.ready = append(s.ready, q)
		s.count += len(q.entries)
	case q.parking == nil && len(q.held) == 0:
		delete(s.keys, q.key)
	}
}

// take returns at most n entries to deliver together, in the order of the log. It takes
// one entry of each key before it takes a second of any, because a broker gets those of a
// key one after the other. An entry marked alone is returned alone.
func (s *schedule) take(n int) []*entry {
	if len(s.ready) > 0 && s.ready[0].entries[0].alone {
		q := s.pop()
		q.taken = 1
		return q.entries[:1:1]
	}
	var from []*keyQueue
	for len(s.ready) > 0 && len(from) < n && !s.ready[0].entries[0].alone {
		from = append(from, s.pop())
	}
	var batch []*entry
	for len(from) > 0 && len(batch) < n {
		more := from[:0]
		for _, q := range from {
			if len(batch) == n {
				break
			}
			batch = append(batch, q.entries[q.taken])
			if q.taken++; q.taken < len(q.entries) && !q.entries[q.taken].alone {
				more = append(more, q)
			}
		}
		from = more
	}
	slices.SortFunc(batch, func(a, b *entry) int { return cmp.Compare(a.seq, b.seq) })
	return batch
}

// pop takes the ready key that has waited longest.
func (s *schedule) pop() *keyQueue {
	q := s.ready[0]
	s.ready[0] = nil
	s.ready = s.ready[1:]
	s.count -= len(q.entries)
	q.listed = false
	return q
}

// giveBack removes the first n of the taken entries, which are done, and leaves the
// others to be taken again.
func (s *schedule) giveBack(q *keyQueue, n int) {
	clear(q.entries[:n])
	q.entries = q.entries[n:]
	q.taken = 0
	if q.until.IsZero() {
		s.list(q)
		return
	}
	if !slices.Contains(s.later, q) {
		s.later = append(s.later, q)
	}
}

// wake makes the queues ready whose time has come.
func (s *schedule) wake(now time.Time) {
	s.later = slices.DeleteFunc(s.later, func(q *keyQueue) bool {
		if q.until.After(now) {
			return false
		}
		q.until = time.Time{}
		s.list(q)
		return true
	})
}

// next is the earliest time of a next attempt, zero: none waits.
func (s *schedule) next() time.Time {
	var at time.Time
	for _, q := range s.later {
		if at.IsZero() || q.until.Before(at) {
			at = q.until
		}
	}
	return at
}

// empty takes all entries from a queue that is not being delivered.
func (s *schedule) empty(q *keyQueue) []*entry {
	if q.listed {
		q.listed = false
		s.count -= len(q.entries)
		s.ready = slices.DeleteFunc(s.ready, func(other *keyQueue) bool { return other == q })
	}
	s.later = slices.DeleteFunc(s.later, func(other *keyQueue) bool { return other == q })
	q.until = time.Time{}
	all := q.entries
	q.entries, q.taken = nil, 0
	return all
}
