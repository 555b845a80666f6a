package ledger

import "sync/atomic"

// stats are what a slot counts of itself.
type stats struct {
	groups  atomic.Uint64
	entries atomic.Uint64
	moved   atomic.Uint64
	repeats atomic.Uint64
	frozen  atomic.Uint64
	expired atomic.Uint64

	forwarded, accepted, unanswered atomic.Uint64
}

// Stats is what a ledger has counted since it was opened.
type Stats struct {
	// Groups and Entries are records stored and the commands in them.
	Groups, Entries uint64
	// Moved counts heads lost to another writer; Repeats groups that met keys
	// or orders they had not known to exist.
	Moved, Repeats uint64
	// Expired counts lines the sweep gave back, Frozen items taken out of writing.
	Expired, Frozen uint64
	// Forwarded counts commands that the home of their slot answered, Accepted
	// those that came from other nodes, Unanswered groups that the home did
	// not answer in time.
	Forwarded, Accepted, Unanswered uint64
	// Waiting is how many commands wait now; OpenLines how many order lines
	// with a deadline are open.
	Waiting, OpenLines int
	// Untold is how many orders have decisions that the other slots of their
	// lines may not have been told.
	Untold int
	// Seq is the newest record known.
	Seq uint64
}

// Stats returns the figures of all slots together.
func (l *Ledger) Stats() Stats {
	var t Stats
	for _, s := range l.slots {
		t.Groups += s.stats.groups.Load()
		t.Entries += s.stats.entries.Load()
		t.Moved += s.stats.moved.Load()
		t.Repeats += s.stats.repeats.Load()
		t.Expired += s.stats.expired.Load()
		t.Frozen += s.stats.frozen.Load()
		t.Forwarded += s.stats.forwarded.Load()
		t.Accepted += s.stats.accepted.Load()
		t.Unanswered += s.stats.unanswered.Load()
		t.Waiting += s.waiting()
		s.m.mu.Lock()
		t.OpenLines += s.m.dues().live
		t.Untold += len(s.m.copies.orders)
		t.Seq = max(t.Seq, uint64(s.m.seq))
		s.m.mu.Unlock()
	}
	return t
}
