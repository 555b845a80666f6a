package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/ledger/slot"
)

// Stats returns the figures of all slots together.
func (l *Ledger) Stats() slot.Stats {
	var t slot.Stats
	for _, s := range l.slots {
		t.Add(s.Stats())
	}
	for _, d := range l.legs.deliveries {
		t.Untold += d.waiting()
	}
	return t
}

// Behind reports whether a decision, which may have been answered, has not reached
// all slots: then lists differ from the answers.
func (l *Ledger) Behind() bool {
	return slices.ContainsFunc(l.legs.deliveries, (*Delivery).isBehind)
}

// Overdue is how long the oldest overdue hold has been past its deadline without
// being given back; 0 when there is none.
func (l *routes) Overdue() (longest time.Duration) {
	for _, s := range l.slots {
		longest = max(longest, s.Overdue())
	}
	return longest
}

// ClockApart is how far the clock is ahead of slot time (negative: behind), in the
// slot with the largest difference.
func (l *routes) ClockApart() (most time.Duration) {
	for _, s := range l.slots {
		if apart := s.ClockApart(); apart.Abs() > most.Abs() {
			most = apart
		}
	}
	return most
}

// Trail returns the newest records of a slot that this node has seen, newest
// first. All of them were durable when they were seen.
func (l *routes) Trail(slot uint16) []slot.Sighting { return l.slots[slot].Trail() }

// Prune drops the keys and ended holds whose retention time is over. Run does so by
// itself at intervals.
func (l *routes) Prune(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.Prune(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Sweep expires the tenant's holds that are due now, for some seconds per slot at
// most, and returns how many order lines ended by it.
func (l *routes) Sweep(ctx context.Context, tenant string) (total int, err error) {
	for _, s := range l.slots {
		ended, err := s.Sweep(ctx, tenant)
		total += ended
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// After waits until its slot shows the position; ErrBehind when the books have
// not reached it.
func (l *routes) After(ctx context.Context, p slot.Position) error {
	if int(p.Slot) >= len(l.slots) {
		return fmt.Errorf("slot %d: %w", p.Slot, slot.ErrPosition)
	}
	s := l.slots[p.Slot]
	if s.Seen() >= p.Seq {
		return nil
	}
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	if head < p.Seq {
		return slot.ErrBehind
	}
	return nil
}

// Places are how far this node has seen the log of each slot, by number.
func (l *routes) Places() []slot.Position {
	places := make([]slot.Position, len(l.slots))
	for i, s := range l.slots {
		places[i] = slot.Position{Slot: s.Number(), Seq: s.Seen()}
	}
	return places
}

// Ready reports what of the books cannot be read or has no room, nil when all slots can be used.
func (l *routes) Ready(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Serves reports why nothing of the books can be used; nil as soon as one slot
// is ready. The slots in an unreachable database are unreachable for all nodes,
// and a node that receives no calls serves nothing of the other slots either.
func (l *routes) Serves(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan error, len(l.slots))
	for _, s := range l.slots {
		go func() { answers <- s.Ready(ctx) }()
	}
	var none error
	for range l.slots {
		err := <-answers
		if err == nil {
			return nil
		}
		none = err
	}
	return none
}

// Forget drops what is remembered and can be loaded again: the next commands
// meet a cold memory.
func (l *routes) Forget() {
	for _, s := range l.slots {
		s.Forget()
	}
}
