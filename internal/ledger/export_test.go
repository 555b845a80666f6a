package ledger

import (
	"context"
	"errors"
)

// WithClocks is WithClock with a clock for each slot, as stores on several
// machines have.
func WithClocks(clocks func(slot uint16) Clock) Option {
	return func(o *options) { o.Clocks = clocks }
}

// ReadClocks does at once what Run does now and then: it asks the stores for
// the time.
func (l *Ledger) ReadClocks(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.ReadClock(ctx); err != nil {
			return err
		}
	}
	return nil
}

// CarryNow does at once what Run does now and then: it carries decisions to
// the legs and asks the homes of legs that are past their deadline.
func (l *Ledger) CarryNow(ctx context.Context) error {
	var errs []error
	for _, s := range l.slots {
		s.Undelivered(0) // they count as seen from now on
		errs = append(errs, l.carrySlot(ctx, s, 0))
	}
	return errors.Join(errs...)
}
