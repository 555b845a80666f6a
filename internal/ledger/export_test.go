package ledger

import (
	"context"
	"errors"

	gocmp "github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/stock"
)

// ErrApart is that of a reserve call that has to be split.
var ErrApart = errApart

// ErrKeyAway is that of a request whose outcome may be stored elsewhere.
var ErrKeyAway = errKeyAway

// WholeRequest compares all of a request.
var WholeRequest = gocmp.AllowUnexported(Request{}, rowKey{})

// About is the request about an order that was seen in the buckets.
func About(r Request, buckets ...stock.Bucket) Request {
	r.about = buckets
	return r
}

// Looked is the request when it was looked for its outcome elsewhere.
func Looked(r Request) Request {
	r.looked = true
	return r
}

// Closing is the request that closes a reserve call.
func Closing(r Request, key, fingerprint [16]byte, b stock.Bucket) Request {
	r.under = &rowKey{key, fingerprint, b}
	return r
}

// WithClocks is WithClock with a clock for each slot, as stores on several
// machines have.
func WithClocks(clocks func(slot uint16) Clock) Option {
	return func(o *options) { o.clocks = clocks }
}

// ReadClocks does at once what Run does now and then: it asks the stores for
// the time.
func (l *Ledger) ReadClocks(ctx context.Context) error {
	for _, s := range l.slots {
		if _, err := s.o.clock.(*storeClock).ask(ctx, s.eng); err != nil {
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

// Sketched is how many of the commands that wait in the first slot were taken to
// be decided while a group is being stored, Foreseen how many of these were.
func (l *Ledger) Sketched() int { return int(l.slots[0].sketch.commands.Load()) }

// Foreseen: see Sketched. It waits for those who are at it.
func (l *Ledger) Foreseen() int {
	d := &l.slots[0].sketch
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.g == nil {
		return 0
	}
	return len(d.g.ops)
}

// Behind is how many groups the sketch keeps in memory beside its own.
func (l *Ledger) Behind() (n int) {
	d := &l.slots[0].sketch
	d.mu.Lock()
	defer d.mu.Unlock()
	l.slots[0].m.mu.Lock()
	defer l.slots[0].m.mu.Unlock()
	for g := d.g; g != nil && g.after != nil; g = g.after {
		n++
	}
	return n
}
