package server

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

func (s *sourceChapter) listParked(ctx context.Context, c *call, r *holdfastv1.ListParkedMessagesRequest) (*holdfastv1.ListParkedMessagesResponse, error) {
	var f requestForm
	f.id("name", r.GetName(), catalog.MaxSinkName)
	list := "parked messages " + strconv.Quote(r.GetName())
	size, after := f.page(r.PageSize), f.numbered(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	if _, err := s.sources.Get(ctx, c.tenant, r.GetName()); err != nil {
		return nil, factError("", err)
	}
	page, err := s.sources.Parked(ctx, c.tenant, r.GetName(), after, size+1)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListParkedMessagesResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(pageToken(list, strconv.FormatInt(page[size-1].Number, 10)))
	}
	for i := range page {
		out.Items = append(out.Items, renderMessage(&page[i]))
	}
	return out, nil
}

func renderMessage(e *catalog.ParkedEvent) *holdfastv1.ParkedMessage {
	return &holdfastv1.ParkedMessage{
		Id: e.ID, MessageId: e.EventID, Body: string(e.Event), Size: e.Size, Truncated: e.Size > int64(len(e.Event)),
		Tries: int32(e.Tries), Cause: e.Cause, Since: timestamppb.New(e.Since.Time), State: e.State,
		OrderId: e.Order, CaseId: e.Case,
	}
}

func (s *sourceChapter) requeue(ctx context.Context, c *call, r *holdfastv1.RequeueParkedMessageRequest) (*holdfastv1.ParkedMessage, error) {
	return renderDecision(r.GetName(), r.GetId(), func() (catalog.ParkedEvent, error) {
		return s.sources.Requeue(ctx, c.tenant, r.GetName(), r.GetId(), c.operator)
	})
}

func (s *sourceChapter) discard(ctx context.Context, c *call, r *holdfastv1.DiscardParkedMessageRequest) (*holdfastv1.ParkedMessage, error) {
	return renderDecision(r.GetName(), r.GetId(), func() (catalog.ParkedEvent, error) {
		return s.sources.Discard(ctx, c.tenant, r.GetName(), r.GetId(), c.operator)
	})
}

// renderDecision shows a parked message after a decision about it.
func renderDecision(name, id string, decide func() (catalog.ParkedEvent, error)) (*holdfastv1.ParkedMessage, error) {
	var f requestForm
	f.id("name", name, catalog.MaxSinkName)
	f.id("id", id, maxParkedID)
	if err := f.err(); err != nil {
		return nil, err
	}
	e, err := decide()
	if err != nil {
		return nil, sourceError(err)
	}
	return renderMessage(&e), nil
}

// maxRequeued bounds the bodies of requeued messages in an answer to a claim, in bytes.
// The others follow when these are carried out.
const maxRequeued = 1 << 20

func claimedSource(k *catalog.ClaimedSource, secret string) *holdfastv1.ClaimedSource {
	out := &holdfastv1.ClaimedSource{
		Name: k.Name, Epoch: k.Epoch, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Group: k.Group, ReplyTopic: k.Reply, Format: k.Format, Secret: secret,
		TestId: k.Test.ID, Turn: k.Turn, Shortage: shortageOf(&k.Source),
	}
	room := maxRequeued
	for i := range k.Requeued {
		if room -= len(k.Requeued[i].Event); room < 0 {
			break
		}
		out.Requeued = append(out.Requeued, &holdfastv1.RequeuedMessage{Id: k.Requeued[i].ID, MessageId: k.Requeued[i].EventID, Body: string(k.Requeued[i].Event), Tries: k.Requeued[i].Tries, Owe: k.Requeued[i].Owe})
	}
	return out
}

func (s *relayChapter) advanceSource(ctx context.Context, c *call, r *holdfastv1.AdvanceSourceRequest) (*holdfastv1.AdvanceSourceResponse, error) {
	a, err := sourceAdvanceForm(r)
	if err != nil {
		return nil, err
	}
	a.Tenant = c.tenant
	for i := range a.Parked {
		if u := a.Parked[i].Unmet; u != nil {
			u.Location = cmp.Or(u.Location, c.settings.DefaultLocation)
		}
	}
	lease, err := s.sources.Advance(ctx, a)
	if err != nil {
		s.fenced.note(s.fenced.sources, c.tenant, a.Source, err)
		return nil, sourceError(err)
	}
	return &holdfastv1.AdvanceSourceResponse{LeaseMs: lease.Milliseconds()}, nil
}

// orderOfParked is the order of a message, "" where it names none, or what no order is called.
func orderOfParked(p *holdfastv1.NewParkedMessage) string {
	if checkID("order_id", p.GetOrderId(), maxOrder) != nil {
		return ""
	}
	return p.GetOrderId()
}

// unmetOf is what a message says was paid and is not booked. A report is not refused because of
// the names in a message: then the message would never be parked.
func unmetOf(m *holdfastv1.UnmetOrder) *catalog.UnmetOrder {
	if m == nil {
		return nil
	}
	u := &catalog.UnmetOrder{Location: m.GetLocationId(), Channel: m.GetChannelId()}
	for _, l := range m.GetLines() {
		u.Lines = append(u.Lines, catalog.UnmetLine{Product: l.GetProductId(), Qty: l.GetQuantity(), Short: l.GetShort()})
	}
	return u
}

// notesOf are the parked messages about an order.
func (s *orderChapter) notesOf(ctx context.Context, c *call, order string) ([]*holdfastv1.ParkedNote, error) {
	if s.answers == nil || c.bounds != nil {
		return nil, nil // nothing says at which place a parked message is
	}
	all, err := s.sources.ParkedOf(ctx, c.tenant, order)
	return each(all, func(e catalog.ParkedEvent) *holdfastv1.ParkedNote {
		return &holdfastv1.ParkedNote{
			Source: e.SourceOf(), Id: e.ID, MessageId: e.EventID, State: e.State, Cause: e.Cause, Since: timestamppb.New(e.Since.Time), CaseId: e.Case,
		}
	}), err
}

// sourceAdvanceForm checks the form of a relay's report about a source.
func sourceAdvanceForm(r *holdfastv1.AdvanceSourceRequest) (catalog.SourceAdvance, error) {
	a := catalog.SourceAdvance{
		Source: r.GetName(), Relay: r.GetRelayId(), Epoch: r.GetEpoch(), Turn: r.GetTurn(), Accepted: r.GetAccepted(), Refused: r.GetRefused(),
		Retries: r.GetRetries(), LastError: r.GetLastError(), Failing: r.GetFailing(), Lag: -1, Ended: r.GetEnded(),
	}
	var f requestForm
	f.id("relay_id", a.Relay, maxRelay)
	f.id("name", a.Source, catalog.MaxSinkName)
	f.requireRange("epoch", a.Epoch, 1, maxQty)
	f.requireRange("turn", a.Turn, 1, maxQty)
	f.requireRange("accepted", a.Accepted, 0, maxQty)
	f.requireRange("refused", a.Refused, 0, maxQty)
	f.requireRange("retries", a.Retries, 0, maxQty)
	if r.LagMessages != nil {
		a.Lag = r.GetLagMessages()
		f.requireRange("lag_messages", a.Lag, 0, maxQty)
	}
	if t := r.GetTest(); t != nil {
		a.Test = &catalog.SinkTest{ID: t.GetTestId(), Error: t.GetError(), TookMS: t.GetTookMs()}
		if !t.GetReached() && a.Test.Error == "" {
			a.Test.Error = "it was not reached"
		}
	}
	for field, n := range map[string]int{"parked": len(r.GetParked()), "ended": len(a.Ended), "progress": len(r.GetProgress())} {
		f.requireRange(field, int64(n), 0, maxNews)
	}
	for i, p := range r.GetParked() {
		f.enter("parked", i)
		if p.GetMessageId() == "" || len(p.GetMessageId()) > catalog.MaxMessageID || isBadText(p.GetMessageId()) {
			f.refuse("message_id", "must be text of 1 to "+itoa(catalog.MaxMessageID)+" bytes")
		}
		if len(p.GetBody()) > catalog.MaxParkedEvent {
			f.refuse("body", "is too long: at most "+itoa(catalog.MaxParkedEvent)+" bytes")
		}
		f.requireRange("size", p.GetSize(), int64(len(p.GetBody())), maxQty)
		a.Parked = append(a.Parked, catalog.ParkedEvent{
			EventID: p.GetMessageId(), Order: orderOfParked(p), Unmet: unmetOf(p.GetUnmet()),
			ParkedProgress: catalog.ParkedProgress{Event: []byte(strings.ToValidUTF8(p.GetBody(), "?")), Size: p.GetSize(), Tries: 1, Cause: p.GetCause()},
		})
	}
	for i, n := range r.GetProgress() {
		f.enter("progress", i)
		f.requireRange("tries", int64(n.GetTries()), 0, maxQty)
		a.News = append(a.News, catalog.ParkedNews{ID: n.GetId(), Tries: int64(n.GetTries()), Cause: n.GetCause()})
	}
	return a, f.err()
}
