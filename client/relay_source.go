package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ClaimedSource is a source as a relay needs it.
type ClaimedSource struct {
	Name                              string
	Epoch                             int64
	Kind, Target, Topic, Group, Reply string
	Format                            string
	Secret                            string // in clear; empty: there is none
	Requeued                          []RequeuedMessage
	TestID                            string // of a test: ask the broker now
	Shortage                          string // refuse, oversell or case
	Turn                              int64  // the last turn of the epoch that is stored: the next report is the one after it
}

// RequeuedMessage is a parked message to carry out once more.
type RequeuedMessage struct {
	ID, MessageID, Body string
	Tries               int64 // so far
	Owe                 bool  // book and owe what is not there, whatever the policy says
}

// AdvanceSource reports the state of a source. Numbers and lists count since the previous call.
type AdvanceSource struct {
	RelayID, Name string
	// Epoch is the epoch of the claim. Turn counts its calls from 1; a repeated call is
	// recorded once.
	Epoch, Turn                int64
	Accepted, Refused, Retries int64
	LastError                  string // empty: none was
	Failing                    bool
	Lag                        *int64 // nil: the broker does not report it
	Parked                     []NewParkedMessage
	Ended                      []string // parked messages that were carried out
	Progress                   []ParkedProgress
	Test                       *SourceTest // nil: none was answered
}

// NewParkedMessage is a message to park.
type NewParkedMessage struct {
	MessageID string // at most 512 bytes
	Body      string // at most its first 32 KiB
	Size      int64  // of all of it
	Cause     string
	OrderID   string      // of a restaurant's message
	Unmet     *UnmetOrder // nil: it does not say that something was paid which is not there
}

// UnmetOrder is what was paid of an order and is not booked.
type UnmetOrder struct {
	LocationID, ChannelID string
	Lines                 []UnmetLine // none: all that the order holds was paid
}

// UnmetLine is a product that was paid and is not booked.
type UnmetLine struct {
	ProductID string
	Quantity  int64
	Short     int64 // units by which the books were short of it; 0: they gave another reason
}

func (o *UnmetOrder) message() *holdfastv1.UnmetOrder {
	if o == nil {
		return nil
	}
	return &holdfastv1.UnmetOrder{
		LocationId: o.LocationID, ChannelId: o.ChannelID,
		Lines: each(o.Lines, func(l UnmetLine) *holdfastv1.UnmetLine {
			return &holdfastv1.UnmetLine{ProductId: l.ProductID, Quantity: l.Quantity, Short: l.Short}
		}),
	}
}

// AdvanceSource reports the state of a source, and renews its lease. It returns how long the
// relay keeps the source, counted from when the request was sent.
func (s *RelayService) AdvanceSource(ctx context.Context, r AdvanceSource) (time.Duration, error) {
	q := &holdfastv1.AdvanceSourceRequest{
		RelayId: r.RelayID, Name: r.Name, Epoch: r.Epoch, Turn: r.Turn, Accepted: r.Accepted, Refused: r.Refused, Retries: r.Retries,
		LastError: r.LastError, Failing: r.Failing, LagMessages: r.Lag, Ended: r.Ended,
		Parked: each(r.Parked, func(p NewParkedMessage) *holdfastv1.NewParkedMessage {
			return &holdfastv1.NewParkedMessage{MessageId: p.MessageID, Body: p.Body, Size: p.Size, Cause: p.Cause, OrderId: p.OrderID, Unmet: p.Unmet.message()}
		}),
		Progress: each(r.Progress, func(p ParkedProgress) *holdfastv1.ParkedProgress {
			return &holdfastv1.ParkedProgress{Id: p.ID, Waiting: p.Waiting, Cause: p.Cause, Tries: int32(p.Tries)}
		}),
	}
	if t := r.Test; t != nil {
		q.Test = &holdfastv1.SourceTest{TestId: t.ID, Reached: t.Reached, Error: t.Error, TookMs: t.Took.Milliseconds()}
	}
	m, _, err := ask(ctx, s.c, "advance_source", s.stub.AdvanceSource, q)
	return time.Duration(m.GetLeaseMs()) * time.Millisecond, err
}

func claimedSourceOf(m *holdfastv1.ClaimedSource) ClaimedSource {
	return ClaimedSource{
		Name: m.GetName(), Epoch: m.GetEpoch(), Kind: m.GetKind(), Target: m.GetTarget(), Topic: m.GetTopic(), Group: m.GetGroup(), Reply: m.GetReplyTopic(),
		Format: m.GetFormat(), Secret: m.GetSecret(), TestID: m.GetTestId(), Shortage: m.GetShortage(), Turn: m.GetTurn(),
		Requeued: each(m.GetRequeued(), func(r *holdfastv1.RequeuedMessage) RequeuedMessage {
			return RequeuedMessage{ID: r.GetId(), MessageID: r.GetMessageId(), Body: r.GetBody(), Tries: r.GetTries(), Owe: r.GetOwe()}
		}),
	}
}
