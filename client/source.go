package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// SourceService keeps the sources: topics of brokers whose messages are commands.
type SourceService struct {
	c    *caller
	stub holdfastv1.SourceServiceClient
}

// Source is a topic whose messages are commands, and its state.
type Source struct {
	Name, Kind, Target, Topic, Group string
	ReplyTopic                       string // empty: no outcomes are sent
	Format                           string // commands or restaurant
	State                            string // running, paused or failing
	// Accepted counts messages that were carried out, Refused those that were answered with
	// a refusal, Retries those that had to be tried again.
	Accepted, Refused, Retries int64
	Parked                     int64
	// Lag is how many messages the broker had left; nil: it does not report that.
	Lag          *int64
	LastError    string
	UpdatedAt    time.Time
	FailingSince time.Time // zero: it is not
	Relay        string    // that consumes it; empty: none does
	HasSecret    bool
	Shortage     string // refuse, oversell or case: what happens to an order of a restaurant that was paid and is not there
}

// The policies for an order of a restaurant that was paid and is not there.
const (
	ShortageRefuse   = "refuse"
	ShortageOversell = "oversell"
	ShortageCase     = "case"
)

// SetSource is the wanted state of a source.
type SetSource struct {
	Name   string
	Kind   string // kafka, nats, rabbitmq or rocketmq
	Target string
	Topic  string
	Group  string // holdfast when empty
	// ReplyTopic gets the outcome of each message; empty: no outcomes are sent.
	ReplyTopic string
	Format     string  // commands when empty
	Secret     *string // nil: the source keeps what it has
	Shortage   *string // nil: the source keeps what it has; a new one has refuse
}

// Set stores a source, or changes it.
func (s *SourceService) Set(ctx context.Context, r SetSource) (*Source, error) {
	return askOne(ctx, s.c, "set_source", s.stub.SetSource, &holdfastv1.SetSourceRequest{
		Name: r.Name, Kind: r.Kind, Target: r.Target, Topic: r.Topic, Group: r.Group, ReplyTopic: r.ReplyTopic, Format: r.Format, Secret: r.Secret, Shortage: r.Shortage,
	}, sourceOf)
}

// Get shows a source.
func (s *SourceService) Get(ctx context.Context, name string) (*Source, error) {
	return askOne(ctx, s.c, "source", s.stub.GetSource, &holdfastv1.GetSourceRequest{Name: name}, sourceOf)
}

// List reads a page of the sources, by name. It uses only the page fields of List.
func (s *SourceService) List(ctx context.Context, r List) (*Page[Source], error) {
	return askPage(ctx, s.c, "sources", s.stub.ListSources, &holdfastv1.ListSourcesRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, sourceOf)
}

// Delete deletes a source. To delete it again changes nothing.
func (s *SourceService) Delete(ctx context.Context, name string) error {
	_, _, err := ask(ctx, s.c, "delete_source", s.stub.DeleteSource, &holdfastv1.DeleteSourceRequest{Name: name})
	return err
}

// Pause stops a source; its messages wait at the broker.
func (s *SourceService) Pause(ctx context.Context, name string) (*Source, error) {
	return askOne(ctx, s.c, "pause_source", s.stub.PauseSource, &holdfastv1.PauseSourceRequest{Name: name}, sourceOf)
}

// Resume restarts a source that is paused.
func (s *SourceService) Resume(ctx context.Context, name string) (*Source, error) {
	return askOne(ctx, s.c, "resume_source", s.stub.ResumeSource, &holdfastv1.ResumeSourceRequest{Name: name}, sourceOf)
}

// SourceTest is the answer of the broker of a source.
type SourceTest struct {
	ID string
	// Reached reports that broker, topic and group exist, and that the source may consume
	// them.
	Reached bool
	Error   string
	Took    time.Duration
}

// Test lets the relay that consumes a source ask its broker, and waits up to 8 s for the
// answer.
func (s *SourceService) Test(ctx context.Context, name string) (*SourceTest, error) {
	m, _, err := askFor(ctx, s.c, testLimit, "test_source", s.stub.TestSource, &holdfastv1.TestSourceRequest{Name: name})
	if err != nil {
		return nil, err
	}
	return &SourceTest{ID: m.GetTestId(), Reached: m.GetReached(), Error: m.GetError(), Took: time.Duration(m.GetTookMs()) * time.Millisecond}, nil
}

// ParkedMessage is a message of a source that is not a command, or says that an order was paid
// which is not there. No other message waits for it.
type ParkedMessage struct {
	ID        string
	MessageID string // what its sender or the broker calls it
	Body      string // its first 32 KiB
	Size      int64  // of all of it, in bytes
	Truncated bool   // some of it is not kept
	Tries     int
	Cause     string
	Since     time.Time
	State     string // parked, requeued or discarded
	OrderID   string // of a restaurant's message
	CaseID    string // that asks for a decision about it; empty: none does
}

// SourceList selects a page of the things that belong to a source.
type SourceList struct {
	Name      string
	PageSize  int // 1 to 500; 50 when 0
	PageToken string
}

// Parked reads a page of the parked messages of a source, the oldest first.
func (s *SourceService) Parked(ctx context.Context, r SourceList) (*Page[ParkedMessage], error) {
	return askPage(ctx, s.c, "parked_messages", s.stub.ListParkedMessages,
		&holdfastv1.ListParkedMessagesRequest{Name: r.Name, PageSize: size(r.PageSize), PageToken: r.PageToken}, parkedMessageOf)
}

// Requeue lets the relay carry out a parked message once more.
func (s *SourceService) Requeue(ctx context.Context, name, id string) (*ParkedMessage, error) {
	return askOne(ctx, s.c, "requeue_message", s.stub.RequeueParkedMessage, &holdfastv1.RequeueParkedMessageRequest{Name: name, Id: id}, parkedMessageOf)
}

// Discard abandons a parked message.
func (s *SourceService) Discard(ctx context.Context, name, id string) (*ParkedMessage, error) {
	return askOne(ctx, s.c, "discard_message", s.stub.DiscardParkedMessage, &holdfastv1.DiscardParkedMessageRequest{Name: name, Id: id}, parkedMessageOf)
}

func sourceOf(m *holdfastv1.Source) Source {
	return Source{
		Name: m.GetName(), Kind: m.GetKind(), Target: m.GetTarget(), Topic: m.GetTopic(), Group: m.GetGroup(), ReplyTopic: m.GetReplyTopic(), Format: m.GetFormat(),
		State: m.GetState(), Accepted: m.GetAccepted(), Refused: m.GetRefused(), Retries: m.GetRetries(), Parked: m.GetParked(), Lag: m.LagMessages,
		LastError: m.GetLastError(), UpdatedAt: timeOf(m.GetUpdatedAt()), FailingSince: timeOf(m.GetFailingSince()), Relay: m.GetRelay(), HasSecret: m.GetHasSecret(), Shortage: m.GetShortage(),
	}
}

func parkedMessageOf(m *holdfastv1.ParkedMessage) ParkedMessage {
	return ParkedMessage{
		ID: m.GetId(), MessageID: m.GetMessageId(), Body: m.GetBody(), Size: m.GetSize(), Truncated: m.GetTruncated(), Tries: int(m.GetTries()),
		Cause: m.GetCause(), Since: timeOf(m.GetSince()), State: m.GetState(),
		OrderID: m.GetOrderId(), CaseID: m.GetCaseId(),
	}
}
