package ledger

import (
	"context"
	"errors"
)

// CarryNow does at once what Run does now and then: it carries decisions to
// the legs and asks the homes of legs that are past their deadline.
func (l *Ledger) CarryNow(ctx context.Context) error {
	var errs []error
	for _, s := range l.slots {
		s.m.mu.Lock()
		for k, d := range s.m.copies.orders {
			d.since = 1
			s.m.copies.orders[k] = d
		}
		s.m.mu.Unlock()
		errs = append(errs, l.carrySlot(ctx, s))
	}
	return errors.Join(errs...)
}
