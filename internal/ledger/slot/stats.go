package slot

import "sync/atomic"

// stats are the counters of a slot.
type stats struct {
	groups  atomic.Uint64
	entries atomic.Uint64
	moved   atomic.Uint64
	repeats atomic.Uint64
	foresaw atomic.Uint64
	frozen  atomic.Uint64
	expired atomic.Uint64

	forwarded, accepted, unanswered atomic.Uint64
}

// Stats is what a ledger has counted since it was opened.
type Stats struct {
	// Groups and Entries are records stored and the commands in them.
	Groups, Entries uint64
	// Moved counts heads lost to another writer. Repeats counts groups that met
	// keys or orders which the memory did not have.
	Moved, Repeats uint64
	// Foreseen counts commands that were decided while the group before theirs was
	// being stored.
	Foreseen uint64
	// Expired counts lines the sweep gave back, Frozen items that no longer take
	// writes.
	Expired, Frozen uint64
	// Forwarded counts commands that the home of their slot answered, Accepted
	// those that came from other nodes, Unanswered groups that the home did
	// not answer in time.
	Forwarded, Accepted, Unanswered uint64
	// Waiting is how many commands wait now, Taken how many of them the next group
	// has; OpenLines how many order lines with a deadline are open.
	Waiting, Taken, OpenLines int
	// Untold is how many orders have decisions that the other slots of their lines
	// may not have received.
	Untold int
	// Seq is the newest record known.
	Seq uint64
}

// Add adds the figures of another slot.
func (t *Stats) Add(o Stats) {
	t.Groups += o.Groups
	t.Entries += o.Entries
	t.Moved += o.Moved
	t.Repeats += o.Repeats
	t.Foreseen += o.Foreseen
	t.Expired += o.Expired
	t.Frozen += o.Frozen
	t.Forwarded += o.Forwarded
	t.Accepted += o.Accepted
	t.Unanswered += o.Unanswered
	t.Waiting += o.Waiting
	t.Taken += o.Taken
	t.OpenLines += o.OpenLines
	t.Untold += o.Untold
	t.Seq = max(t.Seq, o.Seq)
}
