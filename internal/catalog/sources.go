package catalog

import (
	"context"
	"fmt"
	"time"
)

// Sources keeps sources, and messages of them that are no commands.
type Sources struct {
	documents[Source]
	parked documents[ParkedEvent]
}

// Set stores what change makes of a source, which is nil where there is none, and returns
// it as it is stored. Setting the same again changes nothing; every other shuts out the
// relay that consumes the source until it has claimed it anew. change may be called more
// than once.
func (d Sources) Set(ctx context.Context, tenant, name string, change func(is *Source) (Source, error)) (Source, error) {
	var kept Source
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sourceKind.get(&w.read, tenant, name)
		if err != nil {
			return err
		}
		var is *Source
		if was != nil && !gone {
			own := *was
			is = &own
		}
		next, err := change(is)
		if err != nil {
			return err
		}
		next.Tenant, next.Name = tenant, name
		if is != nil {
			next.Paused, next.SourceProgress = is.Paused, is.SourceProgress
		}
		if err := next.check(); err != nil {
			return err
		}
		if is != nil && next.sameAs(is) {
			kept = *is
			return nil
		}
		if is == nil {
			if err := next.begin(w, was); err != nil {
				return err
			}
		}
		kept = next
		return kept.enter(w, was)
	})
	return result(kept, err, "set source %q", name)
}

// begin notes where a new source begins. One of its name may have been there.
func (s *Source) begin(w *write, was *Source) error {
	if err := w.findTenant(s.Tenant); err != nil {
		return err
	}
	all, err := sourceKind.list(&w.read, s.Tenant)
	if err != nil {
		return err
	}
	if len(all) >= MaxMessageSources {
		return &InvalidError{Field: "name", Reason: fmt.Sprintf("would be one source more than the %d that a tenant may have", MaxMessageSources)}
	}
	s.SourceProgress = SourceProgress{Lag: -1}
	if was != nil {
		s.Epoch = was.Epoch
	}
	return nil
}

// SetPaused stops a source, or has it consumed again. To do so twice is no change.
func (d Sources) SetPaused(ctx context.Context, tenant, name string, paused bool) (Source, error) {
	var kept Source
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := sourceKind.must(&w.read, tenant, name)
		if err != nil {
			return err
		}
		if kept = *was; kept.Paused == paused {
			return nil
		}
		kept.Paused, kept.FailingSince = paused, Moment{}
		return kept.enter(w, was)
	})
	return result(kept, err, "pause or resume source %q", name)
}

// Drop takes a source away with its secret and what is parked. One that was taken away
// already is no change; one that never was is ErrUnknown; one with cases that nobody has
// decided is an UndecidedError.
func (d Sources) Drop(ctx context.Context, tenant, name string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sourceKind.get(&w.read, tenant, name)
		switch {
		case err != nil || gone:
			return err
		case was == nil:
			return sourceKind.unknown(name)
		}
		if err := was.refuseUndecided(w); err != nil {
			return err
		}
		if err := endAll(w, tenant, was.owner()); err != nil {
			return err
		}
		last := *was
		last.Secret, last.SourceProgress = nil, SourceProgress{Tenure: Tenure{Epoch: was.Epoch}}
		return sourceKind.drop(w, &last, was)
	})
	return during(err, "drop source %q", name)
}

// SourceAdvance is what a relay says about a source that it consumes. Numbers are those
// since the call before.
type SourceAdvance struct {
	Tenant, Source, Relay string
	// Epoch is the one of the claim, and Turn counts its calls from 1.
	Epoch, Turn int64

	Accepted, Refused, Retries int64
	LastError                  string // "": none was
	Failing                    bool
	Lag                        int64 // -1: not known
	// Parked are new: what is not kept is their ids, bodies, sizes, tries, causes.
	Parked []ParkedEvent
	News   []ParkedNews
	Ended  []string
	Test   *SinkTest // nil: none was answered
}

// Advance notes how a source fares, and renews its lease. ErrFenced: as of Sinks.Advance.
// It returns for how long the source is the relay's.
func (d Sources) Advance(ctx context.Context, a SourceAdvance) (time.Duration, error) {
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sourceKind.get(&w.read, a.Tenant, a.Source)
		switch {
		case err != nil:
			return err
		case was == nil || gone || was.Paused:
			return ErrFenced
		}
		if again, err := was.checkTurn(a.Relay, a.Epoch, a.Turn, w.time()); again || err != nil {
			return err
		}
		s := *was
		s.Turn, s.Told, s.Lease = a.Turn, Moment{w.time()}, Moment{w.time().Add(SinkLease)}
		s.Accepted, s.Refused, s.Retries, s.Lag = s.Accepted+a.Accepted, s.Refused+a.Refused, s.Retries+a.Retries, a.Lag
		if a.LastError != "" {
			s.LastError = cut(a.LastError, maxSinkError)
		}
		s.failing(a.Failing, w.time())
		s.Test.answer(a.Test)
		if err := noteParked(w, s.Tenant, s.owner(), a.News, a.Ended); err != nil {
			return err
		}
		fresh, err := s.openCases(w, a.Parked)
		if err != nil {
			return err
		}
		if err := park(w, s.Tenant, s.owner(), fresh); err != nil {
			return err
		}
		return sourceKind.keep(w, &s)
	})
	return result(SinkLease, err, "advance source %q", a.Source)
}

// AskTest has the relay that consumes a source ask the broker. ErrStale: nobody does, it is
// paused.
func (d Sources) AskTest(ctx context.Context, tenant, name, id string) error {
	err := d.store.write(ctx, d.now, func(w *write) error {
		s, err := sourceKind.must(&w.read, tenant, name)
		switch {
		case err != nil:
			return err
		case s.Paused:
			return ErrStale
		}
		s.Test = SinkTest{ID: id, Asked: Moment{w.time()}}
		return sourceKind.keep(w, s)
	})
	return during(err, "test source %q", name)
}

// Parked lists parked messages of a source with numbers above after, the oldest first.
func (d Sources) Parked(ctx context.Context, tenant, source string, after int64, limit int) ([]ParkedEvent, error) {
	return d.parked.list(ctx, func(r *read) ([]ParkedEvent, error) {
		return findParked(r, tenant, sourceOwner(source), after, limit)
	})
}

// CountParked returns how many parked messages each of the sources has that has some.
func (d Sources) CountParked(ctx context.Context, tenant string) (func(source string) int64, error) {
	of, err := countParked(ctx, d.core, tenant)
	return func(source string) int64 { return of[sourceOwner(source)] }, err
}

// Requeue has a parked message carried out once more. ErrStale: its body is not kept
// whole. To do so twice is no change.
func (d Sources) Requeue(ctx context.Context, tenant, source, id, by string) (ParkedEvent, error) {
	return d.requeue(ctx, tenant, source, id, by, false)
}

func (d Sources) requeue(ctx context.Context, tenant, source, id, by string, owe bool) (ParkedEvent, error) {
	return decide(ctx, d.parked, tenant, sourceOwner(source), id, func(e *ParkedEvent) error {
		if e.Size > int64(len(e.Event)) {
			return ErrStale
		}
		e.State, e.By, e.Owe = EventRequeued, by, e.Owe || owe
		return nil
	})
}

// Discard gives a parked message up, and ends its case. One that is gone is ErrUnknown.
func (d Sources) Discard(ctx context.Context, tenant, source, id, by string) (ParkedEvent, error) {
	return d.discard(ctx, tenant, source, id, caseDismissed, by)
}

// caseDismissed is the decision about the case of a message that was discarded.
const caseDismissed = "dismiss"

func (d Sources) discard(ctx context.Context, tenant, source, id, decision, by string) (ParkedEvent, error) {
	var kept ParkedEvent
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := parkedKind.must(&w.read, tenant, id)
		switch {
		case err != nil:
			return err
		case was.Owner != sourceOwner(source):
			return parkedKind.unknown(id)
		}
		kept = *was
		kept.State = EventDiscarded
		if err := was.settleCase(w, decision, by); err != nil {
			return err
		}
		return was.end(w)
	})
	return result(kept, err, "discard parked message %q", id)
}
