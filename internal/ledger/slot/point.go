package slot

import (
	"context"
	"runtime/pprof"
	"strconv"
	"time"
)

// Point names a moment at which a simulation may stop a goroutine, and which it
// cannot see from outside: there is no call of the store, of the main database, of
// another node or of a clock.
type Point string

// Points without which goroutines would run at the same time in an order that the
// simulation does not choose.
const (
	PointQueued   Point = "queued"   // a call is in the queue, so that others can join its group
	PointWork     Point = "work"     // the committer has its turn: a caller waited for it too
	PointAnswered Point = "answered" // a caller has an answer, as all of its group have, or no time left
	PointShared   Point = "shared"   // a look at the head or the map is over, for all who wait for it
	PointApart    Point = "apart"    // one of several goroutines begins its part of one work
)

// Points at which the work of several slots meets: a decision of one slot applies
// in the others only when they receive it. Between two calls of stores a process
// would seldom die, or be overtaken, at exactly these moments.
const (
	PointLegs Point = "legs" // the legs of a call have been asked, its home has not
	PointHome Point = "home" // the home has decided, its legs do not know
)

// pause is the default of Options.Sleep.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Apart is the context of one of several goroutines that do parts of one work at
// the same time: points tell them apart by its label "branch". The names of those
// that share a context differ.
func (o *Options) Apart(ctx context.Context, kind string, n int) context.Context {
	if o.Points == nil {
		return ctx
	}
	branch, _ := pprof.Label(ctx, "branch")
	ctx = pprof.WithLabels(ctx, pprof.Labels("branch", branch+"."+kind+strconv.Itoa(n)))
	o.Points(ctx, PointApart)
	return ctx
}

// Apart is that of the part of this slot.
func (s *replica) Apart(ctx context.Context) context.Context {
	return s.o.Apart(ctx, "", int(s.number))
}

// At says that work of the slot is at the point.
func (s *replica) At(ctx context.Context, p Point) {
	if s.o.Points != nil {
		s.o.Points(ctx, p)
	}
}
