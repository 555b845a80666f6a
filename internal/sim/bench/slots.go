package bench

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/view"
)

// Slots is Holdfast over any number of slots: each item is in one of them.
type Slots struct {
	Each []*Slot
	w    *load.Workload
	ids  *load.Counter
}

// OpenSlots starts the given number of slots.
func OpenSlots(ctx context.Context, slots int, slot func(ctx context.Context, n int) (engine.Engine, error), w *load.Workload, v Variant) (*Slots, error) {
	s := &Slots{w: w, ids: &load.Counter{}}
	for n := range slots {
		store, err := slot(ctx, n)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		a, err := OpenSlot(ctx, store, w, v, ItemShare{nth: n, of: slots}, false)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.Each = append(s.Each, a)
	}
	return s, nil
}

// Reserve is one operation.
func (s *Slots) Reserve(ctx context.Context, _ int) error {
	n := s.ids.Next()
	a := s.Each[int(s.w.Pick(n))%len(s.Each)]
	return a.Ledger.Submit(ctx, a.Place(n))[0].Err
}

// Check says whether units held, holds and acknowledged calls agree.
func (s *Slots) Check(ctx context.Context, want int) error {
	held, holds := 0, 0
	for _, a := range s.Each {
		units, rows, err := a.count(ctx)
		if err != nil {
			return err
		}
		held, holds = held+units, holds+rows
	}
	if held != want || holds != want {
		return fmt.Errorf("holdfast: %d units held, %d holds, %d acknowledged", held, holds, want)
	}
	return nil
}

// Verify reads the logs and all that follows from them.
func (s *Slots) Verify(ctx context.Context) error {
	for _, a := range s.Each {
		report, err := audit.CheckSlot(ctx, a.Store, audit.Options{JournalKeys: view.Keys})
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if !report.OK() {
			return fmt.Errorf("holdfast: the books are wrong: %v", report.Violations[0])
		}
	}
	return nil
}

// Close stops everything.
func (s *Slots) Close() error {
	var errs []error
	for _, a := range s.Each {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}
