package client

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// RelayService lets relays claim sinks and sources and report their progress. Other programs
// do not need it. The key needs the scope relay, and for sources the scope internal as well.
type RelayService struct {
	c    *caller
	stub holdfastv1.RelayServiceClient
}

// StateFenced is the State of the error of an Advance whose sink another relay has taken over
// meanwhile, or whose sink was changed.
const StateFenced = "fenced"

// ClaimSinks is the request of a relay for sinks and sources.
type ClaimSinks struct {
	RelayID string
	// Held are the epochs of the sinks that it delivers to now, by name.
	Held map[string]int64
	// Leaving reports that the relay stops: what it holds is free at once.
	Leaving bool
	// Consumes reports that the relay consumes sources. HeldSources are the epochs of those
	// that it consumes now, by name.
	Consumes    bool
	HeldSources map[string]int64
}

// Claim is what a relay delivers and consumes from now on.
type Claim struct {
	Tenant  string
	Lease   time.Duration // counted from when the request was sent
	Sinks   []ClaimedSink
	Sources []ClaimedSource
	// NoSources is why the relay gets no sources although there are some; empty: it gets them.
	NoSources string
}

// ClaimedSink is a sink as a relay needs it.
type ClaimedSink struct {
	Name                string
	Epoch               int64
	Kind, Target, Topic string
	Filter              SinkFilter
	Format              string
	Batch               SinkBatch
	Secrets             []string // in clear, the newest first
	Position            string
	// Parked are all parked events of a sink that is new to the relay, otherwise those that
	// are requeued or discarded.
	Parked    []ParkedKey
	TestID    string // of a test event to deliver; empty: none
	Redeliver []Redelivery
	// FailingSince is since when the target has accepted nothing, also from the relays that had
	// the sink before; zero: it accepts events.
	FailingSince time.Time
	// Rebuild asks the relay to refill the index behind the sink, in addition to the events.
	Rebuild bool
	// Turn is the last turn of the epoch that is stored. The next report is the one after it.
	Turn int64
}

// ParkedKey is a key whose events wait for a parked one. Position is just before that event.
// Waiting is how many later events of the key were skipped.
type ParkedKey struct {
	ID, Key, EventID, Position, State string
	Waiting                           int64
}

// Redelivery is an event to deliver once more. Position is just before it.
type Redelivery struct{ ID, EventID, Position string }

// Claim renews what a relay holds, and gives it sinks and sources that no relay holds.
func (s *RelayService) Claim(ctx context.Context, r ClaimSinks) (*Claim, error) {
	q := &holdfastv1.ClaimSinksRequest{RelayId: r.RelayID, Leaving: r.Leaving, Consumes: r.Consumes, Held: heldOf(r.Held), HeldSources: heldOf(r.HeldSources)}
	return askOne(ctx, s.c, "claim_sinks", s.stub.ClaimSinks, q, func(m *holdfastv1.ClaimSinksResponse) Claim {
		return Claim{
			Tenant: m.GetTenant(), Lease: time.Duration(m.GetLeaseMs()) * time.Millisecond, Sinks: each(m.GetSinks(), claimedOf),
			Sources: each(m.GetSources(), claimedSourceOf), NoSources: m.GetNoSources(),
		}
	})
}

func heldOf(epochs map[string]int64) (held []*holdfastv1.HeldSink) {
	for name, epoch := range epochs {
		held = append(held, &holdfastv1.HeldSink{Name: name, Epoch: epoch})
	}
	return held
}

// AdvanceSink reports the progress of a relay. Numbers and lists count since the previous call.
type AdvanceSink struct {
	RelayID, Name string
	// Epoch is the epoch of the claim. Turn counts its calls from 1; a repeated call is
	// recorded once.
	Epoch, Turn        int64
	Position           string // empty: it has not moved
	Delivered, Retries int64
	LastError          string // empty: none was
	Failing            bool
	OldestUnsent       time.Time // zero: all is delivered
	DisabledReason     string    // why the relay stops delivering to the sink; empty: it does not
	Parked             []NewParked
	Ended              []string // parked events whose requeue or discard is done
	Progress           []ParkedProgress
	Deliveries         []NewDelivery
	Test               *SinkTest
	// Rebuilt reports that the index behind the sink was refilled. The sink has another epoch
	// afterwards.
	Rebuilt bool
}

// NewParked is an event to park. Position is just before it.
type NewParked struct {
	Key      string
	Event    Event
	Change   *CatalogChange // in place of the event
	Position string
	Tries    int
	Cause    string
	Waiting  int64 // later events of the key that were skipped before
}

// ParkedProgress is the progress of a parked event. Waiting and Tries are added to the stored
// values. A Cause says that it is parked as before.
type ParkedProgress struct {
	ID      string
	Waiting int64
	Cause   string
	Tries   int
}

// NewDelivery is an attempt to deliver an event. Position is just before it, at most 256
// bytes; a position of one slot is enough.
type NewDelivery struct {
	EventID, Position string
	At                time.Time
	Status            int
	Error             string
	Took              time.Duration
	Try               int
	RedeliveryOf      string
}

// Advanced is the answer of Advance.
type Advanced struct {
	Lease     time.Duration // counted from when the request was sent
	ParkedIDs []string      // of Parked, in its order
}

// Advance reports the progress of a relay with a sink, and renews its lease.
func (s *RelayService) Advance(ctx context.Context, r AdvanceSink) (*Advanced, error) {
	q := &holdfastv1.AdvanceSinkRequest{
		RelayId: r.RelayID, Name: r.Name, Epoch: r.Epoch, Turn: r.Turn, Position: r.Position, Delivered: r.Delivered, Retries: r.Retries,
		LastError: r.LastError, Failing: r.Failing, DisabledReason: r.DisabledReason, Ended: r.Ended, Rebuilt: r.Rebuilt,
		Parked: each(r.Parked, func(p NewParked) *holdfastv1.NewParked {
			m := &holdfastv1.NewParked{Key: p.Key, Position: p.Position, Tries: int32(p.Tries), Cause: p.Cause, Waiting: p.Waiting}
			if p.Change != nil {
				m.Change = catalogChangeMessage(p.Change)
			} else {
				m.Event = eventMessage(&p.Event)
			}
			return m
		}),
		Progress: each(r.Progress, func(p ParkedProgress) *holdfastv1.ParkedProgress {
			return &holdfastv1.ParkedProgress{Id: p.ID, Waiting: p.Waiting, Cause: p.Cause, Tries: int32(p.Tries)}
		}),
		Deliveries: each(r.Deliveries, func(d NewDelivery) *holdfastv1.NewDelivery {
			return &holdfastv1.NewDelivery{
				EventId: d.EventID, Position: d.Position, At: timestamppb.New(d.At), Status: int32(d.Status), Error: d.Error,
				TookMs: d.Took.Milliseconds(), Try: int32(d.Try), RedeliveryOf: d.RedeliveryOf,
			}
		}),
	}
	if !r.OldestUnsent.IsZero() {
		q.OldestUnsent = timestamppb.New(r.OldestUnsent)
	}
	if t := r.Test; t != nil {
		q.Test = &holdfastv1.SinkTest{EventId: t.EventID, Delivered: t.Delivered, Error: t.Error, TookMs: t.Took.Milliseconds()}
	}
	return askOne(ctx, s.c, "advance_sink", s.stub.AdvanceSink, q, func(m *holdfastv1.AdvanceSinkResponse) Advanced {
		return Advanced{Lease: time.Duration(m.GetLeaseMs()) * time.Millisecond, ParkedIDs: m.GetParkedIds()}
	})
}

func claimedOf(m *holdfastv1.ClaimedSink) ClaimedSink {
	return ClaimedSink{
		Name: m.GetName(), Epoch: m.GetEpoch(), Kind: m.GetKind(), Target: m.GetTarget(), Topic: m.GetTopic(), Filter: sinkFilterOf(m.GetFilter()),
		Format: m.GetFormat(), Batch: sinkBatchOf(m.GetBatch()), Secrets: m.GetSecrets(), Position: m.GetPosition(), TestID: m.GetTestId(),
		FailingSince: timeOf(m.GetFailingSince()), Rebuild: m.GetRebuild(), Turn: m.GetTurn(),
		Parked: each(m.GetParked(), func(p *holdfastv1.ParkedKey) ParkedKey {
			return ParkedKey{ID: p.GetId(), Key: p.GetKey(), EventID: p.GetEventId(), Position: p.GetPosition(), State: p.GetState(), Waiting: p.GetWaiting()}
		}),
		Redeliver: each(m.GetRedeliver(), func(d *holdfastv1.Redelivery) Redelivery {
			return Redelivery{ID: d.GetId(), EventID: d.GetEventId(), Position: d.GetPosition()}
		}),
	}
}
