package catalog

import (
	"context"
	"fmt"
)

// Sinks keeps sinks, and what is delivered to them.
type Sinks struct {
	documents[Sink]
	parked documents[ParkedEvent]
}

// Set stores what change makes of a sink, which is nil where there is none, and returns
// it as it is stored. A new one begins at the position. Setting the same again changes
// nothing; every other shuts out the relay that delivers the sink until it has claimed
// it anew. change may be called more than once.
func (d Sinks) Set(ctx context.Context, tenant, name, position string, change func(is *Sink) (Sink, error)) (Sink, error) {
	var kept Sink
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sinkKind.get(&w.read, tenant, name)
		if err != nil {
			return err
		}
		is := was
		if gone {
			is = nil
		}
		next, err := d.changed(is, change)
		if err != nil {
			return err
		}
		next.Tenant, next.Name = tenant, name
		if err := next.check(); err != nil {
			return err
		}
		if is != nil && next.sameAs(is) {
			kept = *is
			return nil
		}
		if is == nil {
			if err := next.begin(w, was, position); err != nil {
				return err
			}
		} else {
			next.SinkProgress = is.SinkProgress
		}
		kept = next
		return kept.enter(w, was)
	})
	return result(kept, err, "set sink %q", name)
}

// changed asks change, which may keep the sink that it is given.
func (d Sinks) changed(is *Sink, change func(*Sink) (Sink, error)) (Sink, error) {
	if is == nil {
		return change(nil)
	}
	own := *is
	return change(&own)
}

// begin says where a new sink begins. One of its name may have been there.
func (s *Sink) begin(w *write, was *Sink, position string) error {
	if err := w.findTenant(s.Tenant); err != nil {
		return err
	}
	all, err := sinkKind.list(&w.read, s.Tenant)
	if err != nil {
		return err
	}
	if len(all) >= MaxSinks {
		return &InvalidError{Field: "name", Reason: fmt.Sprintf("would be one sink more than the %d that a tenant may have", MaxSinks)}
	}
	s.SinkProgress = SinkProgress{Position: position}
	if was != nil {
		s.Epoch = was.Epoch
	}
	return nil
}

// enter stores what people have changed of a sink.
func (s *Sink) enter(w *write, was *Sink) error {
	s.fence(w.time())
	s.Changed = Moment{w.time()}
	return sinkKind.put(w, s, was)
}

// change stores what f does to a sink. f reports whether anything has changed.
func (d Sinks) change(ctx context.Context, what, tenant, name string, f func(w *write, s *Sink) (bool, error)) (Sink, error) {
	var kept Sink
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := sinkKind.must(&w.read, tenant, name)
		if err != nil {
			return err
		}
		kept = *was
		changed, err := f(w, &kept)
		if err != nil || !changed {
			return err
		}
		return kept.enter(w, was)
	})
	return result(kept, err, "%s sink %q", what, name)
}

// Pause stops deliveries to a sink. To do so twice is no change.
func (d Sinks) Pause(ctx context.Context, tenant, name string) (Sink, error) {
	return d.change(ctx, "pause", tenant, name, func(_ *write, s *Sink) (bool, error) {
		was := s.Paused
		s.Paused = true
		return !was, nil
	})
}

// Resume has a sink delivered that was paused or disabled. Every other stays as it is.
func (d Sinks) Resume(ctx context.Context, tenant, name string) (Sink, error) {
	return d.change(ctx, "resume", tenant, name, func(_ *write, s *Sink) (bool, error) {
		if s.active() {
			return false, nil
		}
		s.Paused, s.Disabled, s.FailingSince = false, "", Moment{}
		return true, nil
	})
}

// Rewind moves a sink to a position. Parked events that will be delivered again
// (again reports that) are no longer parked.
func (d Sinks) Rewind(ctx context.Context, tenant, name, position string, again func(eventID string) bool) (Sink, error) {
	return d.change(ctx, "rewind", tenant, name, func(w *write, s *Sink) (bool, error) {
		parked, err := findParked(&w.read, tenant, name, 0, MaxParked)
		if err != nil {
			return false, err
		}
		for i := range parked {
			if again(parked[i].EventID) {
				if err := parked[i].end(w); err != nil {
					return false, err
				}
			}
		}
		s.Position, s.OldestUnsent, s.Redeliver = position, Moment{}, nil
		return true, nil
	})
}

// Drop removes a sink and everything that is stored with it, including its secrets.
// A sink that was removed already is no change; one that never existed is
// ErrUnknown.
func (d Sinks) Drop(ctx context.Context, tenant, name string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sinkKind.get(&w.read, tenant, name)
		switch {
		case err != nil || gone:
			return err
		case was == nil:
			return sinkKind.unknown(name)
		}
		if err := endAll(w, tenant, name); err != nil {
			return err
		}
		if err := forgetDeliveries(w, tenant, name); err != nil {
			return err
		}
		last := *was
		last.Secrets, last.SinkProgress = nil, SinkProgress{Tenure: Tenure{Epoch: was.Epoch}}
		return sinkKind.drop(w, &last, was)
	})
	return during(err, "drop sink %q", name)
}

// AskTest asks for the delivery of a test event. ErrStale: nobody delivers the sink now.
func (d Sinks) AskTest(ctx context.Context, tenant, name, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		s, err := sinkKind.must(&w.read, tenant, name)
		switch {
		case err != nil:
			return err
		case !s.active():
			return ErrStale
		}
		s.Test = SinkTest{ID: id, Asked: Moment{w.time()}}
		return sinkKind.keep(w, s)
	})
	return during(err, "test sink %q", name)
}
