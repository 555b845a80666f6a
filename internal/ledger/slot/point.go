package slot

import (
	"context"
	"runtime/pprof"
	"strconv"
)

// Point names a place on the way of a command, or of the work beside it, where
// a process may die, hang or be overtaken.
type Point string

// The points of the committer, in the order in which a command meets them.
const (
	PointQueued    Point = "queued"    // a call stands in the queue
	PointWoken     Point = "woken"     // the committer was told that calls wait
	PointWork      Point = "work"      // the committer has its turn
	PointTaken     Point = "taken"     // calls were taken from the queue
	PointLocked    Point = "locked"    // the head is held still
	PointDecided   Point = "decided"   // the group is decided
	PointPacked    Point = "packed"    // the group is about to be stored
	PointUnknown   Point = "unknown"   // nobody knows whether it was stored
	PointStored    Point = "stored"    // it is durable, the memory does not show it
	PointJoined    Point = "joined"    // the memory shows it, nobody has an answer
	PointLost      Point = "lost"      // another writer got ahead
	PointExists    Point = "exists"    // keys or orders of the group exist
	PointForwarded Point = "forwarded" // the home of the slot has answered, or not
	PointAnswered  Point = "answered"  // a caller has an answer or no time left
	PointReplay    Point = "replay"    // the outcome of a key is about to be read
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

// The points of what several slots do together.
const (
	PointApart  Point = "apart"  // one of several slots begins its part
	PointLegs   Point = "legs"   // the legs of a call have been asked, its home has not
	PointHome   Point = "home"   // the home has decided, its legs do not know
	PointWaited Point = "waited" // a call that is in the way was given time
	PointClosed Point = "closed" // a call was closed at its home, its legs hold on
	PointMoving Point = "moving" // a request waits for a bucket that is on its way
	PointMoved  Point = "moved"  // it was looked up where buckets live
)

// The points of a bucket's move to another slot.
const (
	PointLeaving  Point = "leaving"  // the old slot knows, nothing was split
	PointParted   Point = "parted"   // what it was held together with is split
	PointComing   Point = "coming"   // the new slot knows, nothing was brought
	PointArrived  Point = "arrived"  // some rows were brought
	PointCopied   Point = "copied"   // all rows were brought once
	PointFollowed Point = "followed" // some of what changed meanwhile was brought
	PointSealed   Point = "sealed"   // it has left the old slot, the new one does not have it
	PointOpened   Point = "opened"   // it lives in the new slot, the map does not say so
	PointPlaced   Point = "placed"   // the map says so, the move does not
	PointDropped  Point = "dropped"  // some stale rows were dropped
)

// The points of a location's change between being spread and not.
const (
	PointSpread   Point = "spread"   // a slot says how far the change is
	PointRehoused Point = "rehoused" // some items or lines have changed buckets in a slot
)

// Apart is the context of one of several goroutines that do parts of one work
// beside each other: points tell them apart by its label "branch". The names of
// those that share a context differ.
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
