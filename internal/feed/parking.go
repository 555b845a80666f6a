package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ParkError says that an event cannot be taken in for a reason of its own, which waiting
// does not change. The later events of the same key are set aside with it; the reader
// continues with all others.
type ParkError struct{ Cause error }

// Error is the cause.
func (e *ParkError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *ParkError) Unwrap() error { return e.Cause }

// Parked is a dead letter: the events of a key from one on, and why.
type Parked struct {
	Key   string
	First Cursor
	Cause string
}

// Parking keeps what projections have parked, by name, slot and key.
type Parking interface {
	// Park stores p, in place of what was parked of the key.
	Park(ctx context.Context, name string, p Parked) error
	// Parked returns what is parked of a slot.
	Parked(ctx context.Context, name string, slot uint16) ([]Parked, error)
	// Drop forgets the key.
	Drop(ctx context.Context, name string, slot uint16, key string) error
}

// PerKey makes a projection of one slot of something that takes in events one by one: those
// of a key in their order and at least once. A projection that has no keys, such as a table
// of everything, cannot park: it is tried again until it succeeds.
type PerKey struct {
	Name    string
	Key     func(*Event) string
	Apply   func(context.Context, *Event) error
	Parking Parking

	mu     sync.Mutex
	parked map[string]Parked // nil before it was read
	last   Cursor            // up to which events were taken in or parked
}

// Projection returns what a Runner runs.
func (p *PerKey) Projection() Projection { return Projection{Name: p.Name, Apply: p.record} }

// record takes in the events of the next record.
func (p *PerKey) record(ctx context.Context, r *Record) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(ctx, r.Slot); err != nil {
		return err
	}
	events, err := r.readEvents()
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := p.event(ctx, e); err != nil {
			return err
		}
	}
	p.last = Behind(r.Slot, r.Seq)
	return nil
}

// load reads what is parked, once. The caller has the lock.
func (p *PerKey) load(ctx context.Context, slot uint16) error {
	if p.parked != nil {
		return nil
	}
	all, err := p.Parking.Parked(ctx, p.Name, slot)
	if err != nil {
		return fmt.Errorf("read what is parked: %w", err)
	}
	p.parked = map[string]Parked{}
	for _, k := range all {
		p.parked[k.Key] = k
	}
	return nil
}

// event takes in an event, or parks its key. The caller has the lock.
func (p *PerKey) event(ctx context.Context, e *Event) error {
	key := p.Key(e)
	if _, parked := p.parked[key]; parked {
		return nil
	}
	err := p.Apply(ctx, e)
	var park *ParkError
	if !errors.As(err, &park) {
		return err
	}
	k := Parked{key, e.ID, park.Error()}
	if err := p.Parking.Park(ctx, p.Name, k); err != nil {
		return fmt.Errorf("park %s: %w", key, err)
	}
	p.parked[key] = k
	return nil
}

// Retry takes in what was parked of the key, in the order of the log; the rest waits. An
// event that fails again is parked again, from there on.
func (p *PerKey) Retry(ctx context.Context, l *Log, key string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.load(ctx, l.Slot); err != nil {
		return err
	}
	k, ok := p.parked[key]
	if !ok {
		return nil
	}
	if p.last.Seq == 0 { // not running yet
		at, err := l.Engine.Cursor(ctx, p.Name)
		if err != nil {
			return fmt.Errorf("read the cursor of %s: %w", p.Name, err)
		}
		p.last = Behind(l.Slot, at)
	}
	delete(p.parked, key)
	err := p.replayParked(ctx, l, k)
	if _, parked := p.parked[key]; err == nil && !parked {
		err = p.Parking.Drop(ctx, p.Name, l.Slot, key)
	}
	if err != nil {
		p.parked[key] = k
	}
	return err
}

// replayParked takes in the events of the key from the first that was parked up to
// where the projection is. The caller has the lock.
func (p *PerKey) replayParked(ctx context.Context, l *Log, k Parked) error {
	for at := k.First.Seq - 1; at < p.last.Seq; {
		records, err := l.readAfter(ctx, at)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			events, err := r.readEvents()
			if err != nil {
				return err
			}
			for _, e := range events {
				if p.Key(e) != k.Key || e.ID.Before(k.First) || p.last.Before(e.ID) {
					continue
				}
				if err := p.event(ctx, e); err != nil {
					return err
				}
			}
			at = r.Seq
		}
	}
	return nil
}
