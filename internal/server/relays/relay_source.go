package relays

import (
	"cmp"
	"context"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"
)

// maxRequeued bounds the bodies of requeued messages in an answer to a claim, in bytes.
// The others follow when these are carried out.
const maxRequeued = 1 << 20

func claimedSource(k *catalog.ClaimedSource, secret string) *holdfastv1.ClaimedSource {
	out := &holdfastv1.ClaimedSource{
		Name: k.Name, Epoch: k.Epoch, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Group: k.Group, ReplyTopic: k.Reply, Format: k.Format, Secret: secret,
		TestId: k.Test.ID, Turn: k.Turn, Shortage: outside.ShortageOf(&k.Source),
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

func (s *Chapter) advanceSource(ctx context.Context, c *kit.Call, r *holdfastv1.AdvanceSourceRequest) (*holdfastv1.AdvanceSourceResponse, error) {
	a, err := sourceAdvanceForm(r)
	if err != nil {
		return nil, err
	}
	a.Tenant = c.Tenant
	for i := range a.Parked {
		if u := a.Parked[i].Unmet; u != nil {
			u.Location = cmp.Or(u.Location, c.Settings.DefaultLocation)
		}
	}
	lease, err := s.sources.Advance(ctx, a)
	if err != nil {
		s.fenced.note(s.fenced.sources, c.Tenant, a.Source, err)
		return nil, outside.SourceError(err)
	}
	return &holdfastv1.AdvanceSourceResponse{LeaseMs: lease.Milliseconds()}, nil
}

// orderOfParked is the order of a message, "" where it names none, or what no order is called.
func orderOfParked(p *holdfastv1.NewParkedMessage) string {
	if kit.CheckID("order_id", p.GetOrderId(), kit.MaxOrder) != nil {
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

// sourceAdvanceForm checks the form of a relay's report about a source.
func sourceAdvanceForm(r *holdfastv1.AdvanceSourceRequest) (catalog.SourceAdvance, error) {
	a := catalog.SourceAdvance{
		Source: r.GetName(), Relay: r.GetRelayId(), Epoch: r.GetEpoch(), Turn: r.GetTurn(), Accepted: r.GetAccepted(), Refused: r.GetRefused(),
		Retries: r.GetRetries(), LastError: r.GetLastError(), Failing: r.GetFailing(), Lag: -1, Ended: r.GetEnded(),
	}
	var f kit.Form
	f.ID("relay_id", a.Relay, maxRelay)
	f.ID("name", a.Source, catalog.MaxSinkName)
	f.RequireRange("epoch", a.Epoch, 1, kit.MaxQty)
	f.RequireRange("turn", a.Turn, 1, kit.MaxQty)
	f.RequireRange("accepted", a.Accepted, 0, kit.MaxQty)
	f.RequireRange("refused", a.Refused, 0, kit.MaxQty)
	f.RequireRange("retries", a.Retries, 0, kit.MaxQty)
	if r.LagMessages != nil {
		a.Lag = r.GetLagMessages()
		f.RequireRange("lag_messages", a.Lag, 0, kit.MaxQty)
	}
	if t := r.GetTest(); t != nil {
		a.Test = &catalog.SinkTest{ID: t.GetTestId(), Error: t.GetError(), TookMS: t.GetTookMs()}
		if !t.GetReached() && a.Test.Error == "" {
			a.Test.Error = "it was not reached"
		}
	}
	for field, n := range map[string]int{"parked": len(r.GetParked()), "ended": len(a.Ended), "progress": len(r.GetProgress())} {
		f.RequireRange(field, int64(n), 0, maxNews)
	}
	for i, p := range r.GetParked() {
		f.Enter("parked", i)
		if p.GetMessageId() == "" || len(p.GetMessageId()) > catalog.MaxMessageID || kit.IsBadText(p.GetMessageId()) {
			f.Refuse("message_id", "must be text of 1 to "+kit.Itoa(catalog.MaxMessageID)+" bytes")
		}
		if len(p.GetBody()) > catalog.MaxParkedEvent {
			f.Refuse("body", "is too long: at most "+kit.Itoa(catalog.MaxParkedEvent)+" bytes")
		}
		f.RequireRange("size", p.GetSize(), int64(len(p.GetBody())), kit.MaxQty)
		a.Parked = append(a.Parked, catalog.ParkedEvent{
			EventID: p.GetMessageId(), Order: orderOfParked(p), Unmet: unmetOf(p.GetUnmet()),
			ParkedProgress: catalog.ParkedProgress{Event: []byte(strings.ToValidUTF8(p.GetBody(), "?")), Size: p.GetSize(), Tries: 1, Cause: p.GetCause()},
		})
	}
	for i, n := range r.GetProgress() {
		f.Enter("progress", i)
		f.RequireRange("tries", int64(n.GetTries()), 0, kit.MaxQty)
		a.News = append(a.News, catalog.ParkedNews{ID: n.GetId(), Tries: int64(n.GetTries()), Cause: n.GetCause()})
	}
	return a, f.Err()
}
