package ledger

import (
	"context"

	"holdfast.dev/holdfast/internal/stock"
)

// bug is a mistake made on purpose, to prove that the simulation finds it
// (planted_on.go). A binary has them only when it is built with the tag
// "planted"; in any other, plant is empty and all of it compiles to nothing.
type bug uint8

const (
	_                  bug = iota
	plantEarlyAnswer       // callers are answered before their group is stored
	plantNoKeys            // idempotency keys are not looked at
	plantDoubleRelease     // a release is not remembered
	plantStaleCache        // records of others are not applied to the memory
	plantWrongClock        // slot time is the wall clock
	plantLateConfirm       // a deadline does not end a confirm's right
	plantLostRefund        // a partial release gives nothing back
	plantStaleRefusal      // refusals are given without a look at the head
	plantKeptLegs          // the legs of a refused call are not given back
	plantUncarried         // what a home decided is told by who asked or never
	plantUnclosed          // a leg is given back without closing its call
	plantLegClock          // a leg expires by its own clock
	plantJoinedLines       // the key of a whole order is not looked for in all its slots
	plantUnsealed          // what has left is decided on
	plantLeftShown         // what has left is shown
	plantNoCatchUp         // what changed last before the seal is not brought
	plantNoKeysBrought     // keys stay behind
	plantOldMover          // who was overtaken goes on bringing
	plantUnparted          // what is held together with other buckets is not split
	plantMoveClock         // the new slot's time may be behind the old one's
	plantNoDeadlines       // nobody looks at the deadlines of what has come
	plantPoolRefund        // what comes back of a quota goes to the pool
	plantCommitLapses      // a commit leaves the deadline as it is
	plantExpiredLot        // lots are drawn after they have expired
	plantHastyUndo         // legs are given back though their home may have decided before it left
)

// now is slot time.
func (s *slot) now() stock.Time {
	if s.o.plant.is(plantWrongClock) {
		return s.o.clock.Wall()
	}
	return s.clock.Now()
}

// early answers before it stores, and does not ask what became of that.
func (s *slot) early(ctx context.Context, st store, g *group, calls []*call) []*call {
	eg, err := s.pack(g)
	if err != nil {
		return s.fail(ctx, calls, err)
	}
	rest := s.answer(g, calls)
	s.at(ctx, PointPacked)
	if st.Append(ctx, s.m.seq, eg) == nil {
		s.join(g, eg)
	}
	return rest
}
