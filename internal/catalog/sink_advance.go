package catalog

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
)

// SinkAdvance is what a relay says about a sink that it delivers. Numbers are those
// since the call before.
type SinkAdvance struct {
	Tenant, Sink, Relay string
	// Epoch is the one of the claim, and Turn counts its calls from 1.
	Epoch, Turn int64
	// Position is how far it is, "": as far as before.
	Position           string
	Delivered, Retries int64
	LastError          string // "": none was
	Failing            bool
	OldestUnsent       time.Time // zero: all is delivered
	// Disabled is why the sink is no longer delivered.
	Disabled string
	// Parked are new: what is not kept is their keys, events, positions, tries, causes.
	Parked     []ParkedEvent
	News       []ParkedNews
	Ended      []string
	Deliveries []SinkDelivery
	Test       *SinkTest
	// Rebuilt says that what is behind the sink was filled anew, as was asked for.
	Rebuilt bool
}

// Advance notes how far a relay is with a sink, and renews its lease. ErrFenced: the sink
// is another relay's, or was changed, or the lease was over, or the turn is before the last
// one: nothing is stored, and the relay claims anew. The last turn is not noted again.
// It returns for how long the sink is the relay's and the ids of what was parked.
func (d Sinks) Advance(ctx context.Context, a SinkAdvance) (lease time.Duration, parked []string, err error) {
	for i := range a.Parked {
		e := &a.Parked[i]
		e.ID = parkedID(a.Sink, e.EventID)
		parked = append(parked, e.ID)
	}
	err = d.store.write(ctx, d.now, func(w *write) error {
		was, gone, err := sinkKind.get(&w.read, a.Tenant, a.Sink)
		switch {
		case err != nil:
			return err
		case was == nil || gone || !was.active():
			return ErrFenced
		}
		if again, err := was.checkTurn(a.Relay, a.Epoch, a.Turn, w.time()); again || err != nil {
			return err
		}
		s := *was
		return s.advance(w, &a, was)
	})
	if err != nil {
		return 0, nil, during(err, "advance sink %q", a.Sink)
	}
	return SinkLease, parked, nil
}

func (s *Sink) advance(w *write, a *SinkAdvance, was *Sink) error {
	s.Turn, s.Told, s.Lease = a.Turn, Moment{w.time()}, Moment{w.time().Add(SinkLease)}
	s.Delivered, s.Retries = s.Delivered+a.Delivered, s.Retries+a.Retries
	s.OldestUnsent = Moment{fromMillis(millis(a.OldestUnsent))}
	if a.Position != "" && !s.Rebuild {
		s.Position = a.Position
	}
	if a.LastError != "" {
		s.LastError = cut(a.LastError, maxSinkError)
	}
	switch {
	case !a.Failing:
		s.FailingSince = Moment{}
	case s.FailingSince.IsZero():
		s.FailingSince = Moment{w.time()}
	}
	s.Test.answer(a.Test)
	if err := noteParked(w, s.Tenant, s.Name, a.News, a.Ended); err != nil {
		return err
	}
	if err := park(w, s.Tenant, s.Name, a.Parked); err != nil {
		return err
	}
	if err := s.noteDeliveries(w, a.Deliveries); err != nil {
		return err
	}
	if a.Rebuilt && s.Rebuild {
		return s.rebuilt(w, was)
	}
	if a.Disabled != "" {
		s.Disabled = cut(a.Disabled, maxSinkError)
		return s.enter(w, was)
	}
	return sinkKind.keep(w, s)
}

// cut is text without what cannot be shown, and no longer than most bytes.
func cut(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// SinkRedelivery is a delivery that somebody wants once more.
type SinkRedelivery struct {
	ID       string `json:"id"`
	EventID  string `json:"event_id"`
	Position string `json:"position"`
}

// maxRedeliver is how many deliveries may wait to be repeated.
const maxRedeliver = 100

// Redeliver asks for the event of a delivery once more. To do so twice is no change.
func (d Sinks) Redeliver(ctx context.Context, tenant, sink, id string) (SinkDelivery, error) {
	var found SinkDelivery
	err := d.store.write(ctx, d.now, func(w *write) error {
		s, err := sinkKind.must(&w.read, tenant, sink)
		if err != nil {
			return err
		}
		one, err := s.delivery(&w.read, id)
		switch {
		case err != nil:
			return err
		case !s.active():
			return ErrStale
		case slices.ContainsFunc(s.Redeliver, func(r SinkRedelivery) bool { return r.ID == id }):
			found = one
			return nil
		case len(s.Redeliver) >= maxRedeliver:
			return &InvalidError{Field: "id", Reason: "would be one of more than 100 deliveries that wait to be repeated"}
		}
		found = one
		s.Redeliver = append(s.Redeliver, SinkRedelivery{ID: id, EventID: one.EventID, Position: one.Position})
		return sinkKind.keep(w, s)
	})
	return result(found, err, "redeliver %q of sink %q", id, sink)
}
