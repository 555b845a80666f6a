package ledger

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// WithClocks is WithClock with a clock for each slot, as stores on several
// machines have.
func WithClocks(clocks func(slot uint16) Clock) Option {
	return func(o *options) { o.Clocks = clocks }
}

// ReadClocks does at once what Run does at intervals: it asks the stores for the
// time.
func (l *Ledger) ReadClocks(ctx context.Context) error {
	for _, s := range l.slots {
		if err := s.ReadClock(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Engines are those of the slots.
func (l *Ledger) Engines() (all []engine.Engine) {
	for _, s := range l.slots {
		all = append(all, s.Engine())
	}
	return all
}

// CarryNow does at once what Run and the projections of the deliveries do at
// intervals: it carries decisions to the legs and asks the homes of legs that are
// past their deadline.
func (l *Ledger) CarryNow(ctx context.Context) error {
	var errs []error
	for _, s := range l.slots {
		err := engine.ErrMoved
		for errors.Is(err, engine.ErrMoved) { // another node has carried some of them
			err = newDelivery(l.legs, s).carryAll(ctx)
		}
		errs = append(errs, err, l.legs.askHomesOf(ctx, s))
	}
	return errors.Join(errs...)
}

// carryAll takes in the log from the cursor on and carries every decision itself.
func (d *Delivery) carryAll(ctx context.Context) error {
	from, at, err := d.TakeIn(ctx)
	if err != nil || at == from {
		return err
	}
	for _, t := range d.told {
		t.failed = true
	}
	_, err = d.Save(ctx, from, at)
	return err
}

// TakeIn takes in the log from the cursor on, as a projection does at its start.
func (d *Delivery) TakeIn(ctx context.Context) (from, at engine.Seq, err error) {
	d.Reset()
	from, err = d.Cursor(ctx)
	at = from
	for err == nil {
		var records []engine.Record
		records, err = d.s.Engine().Read(ctx, at, slot.ReadLimit)
		if len(records) == 0 {
			break
		}
		for i := range records {
			v, err := stock.ParseRecord(records[i].Body)
			if err == nil {
				err = v.Events(func(_ int, ev *stock.Event) error {
					d.Apply(records[i].Seq, []*stock.Event{ev})
					return nil
				})
			}
			if err != nil {
				return from, at, err
			}
			at = records[i].Seq
		}
	}
	return from, at, err
}

// OneDecides reports whether one slot decides for all that the change is about.
func (l *Ledger) OneDecides(ctx context.Context, c *stock.Change) (bool, error) {
	o, err := l.seeker.seeOrder(ctx, c.Order)
	if err != nil || len(o.deciders) == 0 {
		return true, err
	}
	x := &changing{Change: *c, l: l, r: &slot.Request{}, seen: o}
	lines := o.lines()
	x.choose(x.find(lines), lines)
	return x.refuseSplitLines(lines) == nil, nil
}
