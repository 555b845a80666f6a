package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// What follows shares that have changed places keeps buckets from leaving its
// slot. When whoever lets it follow has died, any node does: it knows so by the
// slot's log, in which nothing follows any more. Two who do it at once are waste
// and no harm. The rest of the change is for who wanted it: it keeps nobody.

// unfollowed is what this node has seen of slots in which something is to follow.
type unfollowed struct {
	mu   sync.Mutex
	last map[*slot]followWord
}

// followWord is how much had followed when that was first seen to be all, and
// whether this node lets it go on.
type followWord struct {
	met   int
	since time.Duration // Clock.Elapsed
	here  bool
}

// take reports whether nothing has followed in the slot for that long, and nobody
// here is at it. Then the caller is, until he says that it is left.
func (u *unfollowed) take(s *slot, met int, now, silence time.Duration) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	w, known := u.last[s]
	if !known || w.met != met && !w.here {
		if u.last == nil {
			u.last = map[*slot]followWord{}
		}
		w = followWord{met: met, since: now}
	}
	taken := !w.here && now-w.since >= silence
	w.here = w.here || taken
	u.last[s] = w
	return taken
}

// leave forgets what was seen of the slot.
func (u *unfollowed) leave(s *slot) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.last, s)
}

// takeOverSpreads lets follow, in each slot, what nobody does.
func (l *Ledger) takeOverSpreads(ctx context.Context, moves Moves, opts []MoveOption) error {
	errs := make([]error, len(l.slots))
	var all sync.WaitGroup
	for i, s := range l.slots {
		s.m.mu.Lock()
		s.m.dues()
		pending, met := s.m.pending, s.m.rehoused
		s.m.mu.Unlock()
		v := l.mover(moves, opts)
		if !pending || !l.cut.take(s, met, v.elapsed(), v.silence) {
			continue
		}
		all.Go(func() {
			defer l.cut.leave(s)
			errs[i] = l.followOn(s.apart(ctx), s, moves, opts)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// followOn lets follow what is to in the slot, of whichever locations.
func (l *Ledger) followOn(ctx context.Context, s *slot, moves Moves, opts []MoveOption) error {
	steps, err := s.readSteps(ctx)
	if err != nil {
		return err
	}
	for b, row := range steps {
		if row.Stage != stock.Here {
			continue
		}
		for _, e := range row.Spreads.Changing() {
			s.o.log.Info("going on with what follows a location", "slot", s.number, "bucket", b, "turn", e.Turn)
			v := &spreader{
				l: l, moves: moves, mover: l.mover(moves, opts), opts: opts, tell: func(SpreadProgress) {}, own: b,
				to: SpreadProgress{Tenant: e.Tenant, Location: e.Location, On: e.On, Slot: s.number},
			}
			if err := v.follow(ctx, s, row, &e); err != nil && !errors.Is(err, errStage) { // that is: somebody else was faster
				return fmt.Errorf("let follow what changed places at location %q: %w", e.Location, err)
			}
		}
	}
	return nil
}
