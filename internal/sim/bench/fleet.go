package bench

import (
	"context"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/view"
)

// fleet is Holdfast over any number of slots: each item lies in one of them.
type fleet struct {
	w     *workload
	ids   *counter
	slots []*ours
}

// openFleet starts as many slots as it is told to.
func openFleet(ctx context.Context, slots int, slot func(ctx context.Context, n int) (engine.Engine, error), w *workload, v variant) (*fleet, error) {
	f := &fleet{w: w, ids: &counter{}}
	for n := range slots {
		store, err := slot(ctx, n)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		a, err := openOn(ctx, store, w, v, part{nth: n, of: slots}, false)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		f.slots = append(f.slots, a)
	}
	return f, nil
}

// settle waits until the views have seen the opening of the items, which is
// not what is measured.
func (f *fleet) settle(ctx context.Context) error {
	for _, a := range f.slots {
		for stale := a.view != nil; stale; {
			page, err := a.view.Entries(ctx, view.EntryQuery{Tenant: tenant, Product: product(0), PageSize: 1})
			if err != nil {
				return fmt.Errorf("wait for the views: %w", err)
			}
			stale = page.Stale
		}
	}
	return nil
}

// reserve is one operation.
func (f *fleet) reserve(ctx context.Context, _ int) error {
	n := f.ids.next()
	a := f.slots[int(f.w.pick(n))%len(f.slots)]
	return a.ledger.Submit(ctx, a.place(n))[0].Err
}

// check says whether units held, holds and acknowledged calls agree.
func (f *fleet) check(ctx context.Context, want int) error {
	held, holds := 0, 0
	for _, a := range f.slots {
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

// retries counts groups that were decided again: another writer's head, or
// keys and orders that were there already.
func (f *fleet) retries() uint64 {
	var n uint64
	for _, a := range f.slots {
		s := a.ledger.Stats()
		n += s.Moved + s.Repeats
	}
	return n
}

// verify reads the logs and all that follows from them.
func (f *fleet) verify(ctx context.Context) error {
	for _, a := range f.slots {
		report, err := audit.CheckSlot(ctx, a.store, audit.Options{JournalKeys: view.Keys})
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if !report.OK() {
			return fmt.Errorf("holdfast: the books are wrong: %v", report.Violations[0])
		}
	}
	return nil
}

// close stops everything.
func (f *fleet) close() error {
	var errs []error
	for _, a := range f.slots {
		errs = append(errs, a.close())
	}
	return errors.Join(errs...)
}
