package ledger

import "context"

// Point names a place on the way of a command, or of the work beside it, where
// a process may die, hang or be overtaken.
type Point string

// The points of the committer, in the order in which a command meets them.
const (
	PointQueued   Point = "queued"   // a call stands in the queue
	PointWoken    Point = "woken"    // the committer was told that calls wait
	PointWork     Point = "work"     // the committer has its turn
	PointTaken    Point = "taken"    // calls were taken from the queue
	PointLocked   Point = "locked"   // the head is held still
	PointDecided  Point = "decided"  // the group is decided
	PointPacked   Point = "packed"   // the group is about to be stored
	PointUnknown  Point = "unknown"  // nobody knows whether it was stored
	PointStored   Point = "stored"   // it is durable, the memory does not show it
	PointJoined   Point = "joined"   // the memory shows it, nobody has an answer
	PointLost     Point = "lost"     // another writer got ahead
	PointExists   Point = "exists"   // keys or orders of the group exist
	PointAnswered Point = "answered" // a caller has an answer or no time left
	PointReplay   Point = "replay"   // the outcome of a key is about to be read
)

// The points of what goes on beside.
const (
	PointLook    Point = "look"    // a reader knows the head
	PointScanned Point = "scanned" // open holds were read, the log was not checked
	PointSweep   Point = "sweep"   // the sweep looks for due lines
	PointOverdue Point = "overdue" // due lines were found
	PointSwept   Point = "swept"   // they were expired, or could not be
	PointPrune   Point = "prune"   // what has outlived its keeping is looked for
)

// WithPoints calls fn at every Point, for simulation: a goroutine that fn does
// not let go on stays where it is. No lock is held meanwhile but the
// committer's turn. The default is none.
func WithPoints(fn func(context.Context, Point)) Option { return func(o *options) { o.points = fn } }

func (s *slot) at(ctx context.Context, p Point) {
	if s.o.points != nil {
		s.o.points(ctx, p)
	}
}
