package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// SinkService keeps the sinks: where committed changes are delivered.
type SinkService struct {
	c    *caller
	stub holdfastv1.SinkServiceClient
}

// Sink is a target to which committed changes are delivered, and its progress.
type Sink struct {
	Name   string
	Kind   string // file, http, kafka, nats, rabbitmq, redis, rocketmq, search or webhook
	Target string // of file the name of a file, of the others a URL
	Topic  string
	Filter SinkFilter
	Format string // cloudevents, cloudevents-binary or plain
	Batch  SinkBatch
	State  string // running, paused, failing, blocked or disabled
	// Position is after all events that were delivered, were parked or wait for a parked event.
	Position string
	// LagEvents is how many events come after it; above 1,000 it is an estimate. Lag is how
	// long ago the oldest of them was booked.
	LagEvents          int64
	Lag                time.Duration
	Delivered, Retries int64
	Parked             int64
	LastError          string
	UpdatedAt          time.Time
	FailingSince       time.Time // also since when it is blocked; zero: it is neither
	Relay              string    // that delivers to it; empty: none does
	HasSecret          bool
	OldSecretUntil     time.Time // zero: there is no old one
	// Rebuilding reports that its index is being refilled; Position waits until that is done.
	Rebuilding bool
	// Secret is the new secret. Only the answer to the call that made it has it.
	Secret string
	// PublicKey verifies the signatures of a webhook whose secret is whsk_: whpk_ and Base64.
	PublicKey string
}

// SinkFilter selects the events that a sink gets: those that every list names. An empty list
// names all.
type SinkFilter struct{ Types, ProductIDs, LocationIDs, ChannelIDs []string }

// SinkBatch bounds how many events are delivered together: at most Max, 100 when 0. It also
// bounds how long an event may wait for others, in whole milliseconds, at most one second.
type SinkBatch struct {
	Max    int
	Linger time.Duration
}

// SetSink is the wanted state of a sink.
type SetSink struct {
	Name, Kind, Target, Topic string
	Filter                    SinkFilter
	Format                    string // cloudevents when empty
	Batch                     SinkBatch
	// Secret is the bearer token of http or the key of a webhook; nil: the sink keeps its
	// secret, and a webhook without one gets one.
	Secret *string
	// From is where a new sink begins: now when empty, start, or a position.
	From string
}

// Set stores a sink, or changes it. If it made the secret of a webhook, the answer has that
// secret, unless the call had to be repeated: call Rotate then.
func (s *SinkService) Set(ctx context.Context, r SetSink) (*Sink, error) {
	q := &holdfastv1.SetSinkRequest{
		Name: r.Name, Kind: r.Kind, Target: r.Target, Topic: r.Topic, Format: r.Format, Secret: r.Secret, From: r.From,
		Batch: &holdfastv1.SinkBatch{LingerMs: new(int32(r.Batch.Linger / time.Millisecond))},
	}
	if r.Batch.Max != 0 {
		q.Batch.Max = new(int32(r.Batch.Max))
	}
	if f := r.Filter; len(f.Types)+len(f.ProductIDs)+len(f.LocationIDs)+len(f.ChannelIDs) > 0 {
		q.Filter = &holdfastv1.SinkFilter{Types: f.Types, ProductIds: f.ProductIDs, LocationIds: f.LocationIDs, ChannelIds: f.ChannelIDs}
	}
	return askOne(ctx, s.c, "set_sink", s.stub.SetSink, q, sinkOf)
}

// Get shows a sink.
func (s *SinkService) Get(ctx context.Context, name string) (*Sink, error) {
	return askOne(ctx, s.c, "sink", s.stub.GetSink, &holdfastv1.GetSinkRequest{Name: name}, sinkOf)
}

// List reads a page of the sinks, by name. It uses only the page fields of List.
func (s *SinkService) List(ctx context.Context, r List) (*Page[Sink], error) {
	return askPage(ctx, s.c, "sinks", s.stub.ListSinks, &holdfastv1.ListSinksRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, sinkOf)
}

// Delete deletes a sink. To delete it again changes nothing.
func (s *SinkService) Delete(ctx context.Context, name string) error {
	_, _, err := ask(ctx, s.c, "delete_sink", s.stub.DeleteSink, &holdfastv1.DeleteSinkRequest{Name: name})
	return err
}

// Pause stops deliveries to a sink.
func (s *SinkService) Pause(ctx context.Context, name string) (*Sink, error) {
	return askOne(ctx, s.c, "pause_sink", s.stub.PauseSink, &holdfastv1.PauseSinkRequest{Name: name}, sinkOf)
}

// Resume restarts a sink that is paused or disabled.
func (s *SinkService) Resume(ctx context.Context, name string) (*Sink, error) {
	return askOne(ctx, s.c, "resume_sink", s.stub.ResumeSink, &holdfastv1.ResumeSinkRequest{Name: name}, sinkOf)
}

// Rewind moves a sink to now, start or a position.
func (s *SinkService) Rewind(ctx context.Context, name, to string) (*Sink, error) {
	return askOne(ctx, s.c, "rewind_sink", s.stub.RewindSink, &holdfastv1.RewindSinkRequest{Name: name, To: to}, sinkOf)
}

// Rebuild refills the index behind a sink of kind search. Rebuilding of the sink says when
// that is done.
func (s *SinkService) Rebuild(ctx context.Context, name string) (*Sink, error) {
	return askOne(ctx, s.c, "rebuild_sink", s.stub.RebuildSink, &holdfastv1.RebuildSinkRequest{Name: name}, sinkOf)
}

// Rotate gives a webhook a second secret and returns it. If secret is empty, the server makes
// one. The old secret stays valid for 24 hours.
func (s *SinkService) Rotate(ctx context.Context, name, secret string) (*Sink, error) {
	r := &holdfastv1.RotateSinkSecretRequest{Name: name}
	if secret != "" {
		r.Secret = &secret
	}
	return askOne(ctx, s.c, "rotate_sink", s.stub.RotateSinkSecret, r, sinkOf)
}

// SinkTest is the result of delivering a test event.
type SinkTest struct {
	EventID   string
	Delivered bool
	Error     string
	Took      time.Duration
}

// testLimit is how long an attempt at a test may take. The server answers within 8 s.
const testLimit = 9 * time.Second

// Test delivers a test event, and waits up to 8 s for the result.
func (s *SinkService) Test(ctx context.Context, name string) (*SinkTest, error) {
	m, _, err := askFor(ctx, s.c, testLimit, "test_sink", s.stub.TestSink, &holdfastv1.TestSinkRequest{Name: name})
	if err != nil {
		return nil, err
	}
	return &SinkTest{EventID: m.GetEventId(), Delivered: m.GetDelivered(), Error: m.GetError(), Took: time.Duration(m.GetTookMs()) * time.Millisecond}, nil
}

func sinkOf(m *holdfastv1.Sink) Sink {
	return Sink{
		Name: m.GetName(), Kind: m.GetKind(), Target: m.GetTarget(), Topic: m.GetTopic(), Filter: sinkFilterOf(m.GetFilter()), Format: m.GetFormat(),
		Batch: sinkBatchOf(m.GetBatch()), State: m.GetState(), Position: m.GetPosition(),
		LagEvents: m.GetLagEvents(), Lag: time.Duration(m.GetLagSeconds() * float64(time.Second)),
		Delivered: m.GetDelivered(), Retries: m.GetRetries(), Parked: m.GetParked(), LastError: m.GetLastError(),
		UpdatedAt: timeOf(m.GetUpdatedAt()), FailingSince: timeOf(m.GetFailingSince()), Relay: m.GetRelay(),
		HasSecret: m.GetHasSecret(), OldSecretUntil: timeOf(m.GetOldSecretUntil()), Secret: m.GetSecret(), Rebuilding: m.GetRebuilding(), PublicKey: m.GetPublicKey(),
	}
}

func sinkFilterOf(m *holdfastv1.SinkFilter) SinkFilter {
	return SinkFilter{Types: m.GetTypes(), ProductIDs: m.GetProductIds(), LocationIDs: m.GetLocationIds(), ChannelIDs: m.GetChannelIds()}
}

func sinkBatchOf(m *holdfastv1.SinkBatch) SinkBatch {
	return SinkBatch{Max: int(m.GetMax()), Linger: time.Duration(m.GetLingerMs()) * time.Millisecond}
}
