// Package wire reaches the books of a relay over gRPC.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/relay"
)

// Books are the books behind a connection, as a key sees them.
type Books struct {
	relays holdfastv1.RelayServiceClient
	stock  holdfastv1.InventoryServiceClient
	key    string
}

var _ relay.Books = (*Books)(nil)

// New returns the books of the key's tenant. The key has the scope relay.
func New(conn grpc.ClientConnInterface, key string) *Books {
	return &Books{relays: holdfastv1.NewRelayServiceClient(conn), stock: holdfastv1.NewInventoryServiceClient(conn), key: key}
}

func (b *Books) outgoing(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+b.key)
}

// Claim renews leases and takes sinks.
func (b *Books) Claim(ctx context.Context, name string, held []relay.Held, leaving bool) (relay.Claimed, error) {
	r := &holdfastv1.ClaimSinksRequest{RelayId: name, Leaving: leaving}
	for _, h := range held {
		r.Held = append(r.Held, &holdfastv1.HeldSink{Name: h.Name, Epoch: h.Epoch})
	}
	answer, err := b.relays.ClaimSinks(b.outgoing(ctx), r)
	if err != nil {
		return relay.Claimed{}, meaning(err)
	}
	out := relay.Claimed{Tenant: answer.GetTenant(), Lease: time.Duration(answer.GetLeaseMs()) * time.Millisecond}
	for _, s := range answer.GetSinks() {
		out.Sinks = append(out.Sinks, sinkOf(s))
	}
	return out, nil
}

func sinkOf(s *holdfastv1.ClaimedSink) relay.Sink {
	f := s.GetFilter()
	out := relay.Sink{
		Held: relay.Held{Name: s.GetName(), Epoch: s.GetEpoch()}, Kind: s.GetKind(), Target: s.GetTarget(), Topic: s.GetTopic(), Format: s.GetFormat(), Secrets: s.GetSecrets(),
		Filter: relay.Filter{Types: f.GetTypes(), Products: f.GetProductIds(), Locations: f.GetLocationIds(), Channels: f.GetChannelIds()},
		Batch:  int(s.GetBatch().GetMax()), Linger: time.Duration(s.GetBatch().GetLingerMs()) * time.Millisecond,
		Position: s.GetPosition(), Test: s.GetTestId(),
	}
	for _, p := range s.GetParked() {
		out.Parked = append(out.Parked, relay.Parked{ID: p.GetId(), Key: p.GetKey(), EventID: p.GetEventId(), Position: p.GetPosition(), State: p.GetState(), Waiting: p.GetWaiting()})
	}
	for _, d := range s.GetRedeliver() {
		out.Redeliver = append(out.Redeliver, relay.Redelivery{ID: d.GetId(), EventID: d.GetEventId(), Position: d.GetPosition()})
	}
	return out
}

// mostPlace is how long the position of a delivery may be: one that is longer cannot
// be delivered again, and is not listed.
const mostPlace = 256

// Advance stores what happened.
func (b *Books) Advance(ctx context.Context, a *relay.Advance) ([]string, error) {
	r := &holdfastv1.AdvanceSinkRequest{
		RelayId: a.Relay, Name: a.Name, Epoch: a.Epoch, Turn: a.Turn, Position: a.Position, Delivered: a.Delivered, Retries: a.Retries,
		LastError: line(a.LastError), Failing: a.Failing, DisabledReason: line(a.Disabled), Ended: a.Ended,
	}
	if !a.Oldest.IsZero() {
		r.OldestUnsent = timestamppb.New(a.Oldest)
	}
	for _, p := range a.Parked {
		event, ok := p.Event.Origin.(*holdfastv1.StockEvent)
		if !ok {
			return nil, fmt.Errorf("advance sink %s: event %s is not of these books", a.Name, p.Event.ID)
		}
		r.Parked = append(r.Parked, &holdfastv1.NewParked{Key: p.Event.Key(), Event: event, Position: p.Position, Tries: int32(p.Tries), Cause: line(p.Cause), Waiting: p.Waiting})
	}
	for _, n := range a.News {
		r.Progress = append(r.Progress, &holdfastv1.ParkedProgress{Id: n.ID, Waiting: n.Waiting, Cause: line(n.Cause), Tries: int32(n.Tries)})
	}
	for _, d := range a.Deliveries {
		if len(d.Position) > mostPlace {
			continue
		}
		r.Deliveries = append(r.Deliveries, &holdfastv1.NewDelivery{
			EventId: d.EventID, Position: d.Position, At: timestamppb.New(d.At), Status: int32(d.Status), Error: line(d.Error), TookMs: d.Took.Milliseconds(),
			Try: int32(max(d.Try, 1)), RedeliveryOf: d.Repeats,
		})
	}
	if t := a.Test; t != nil {
		r.Test = &holdfastv1.SinkTest{EventId: t.ID, Delivered: t.Error == "", Error: line(t.Error), TookMs: t.Took.Milliseconds()}
	}
	answer, err := b.relays.AdvanceSink(b.outgoing(ctx), r)
	if err != nil {
		return nil, meaning(err)
	}
	return answer.GetParkedIds(), nil
}

// mostLine is how much of an error is stored.
const mostLine = 500

// line makes an error text that the books take: short, and of valid characters.
func line(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == utf8.RuneError {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, " "))
	for len(text) > mostLine {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Watch yields what is committed behind a position, until the stream ends.
func (b *Books) Watch(ctx context.Context, w relay.Watch) iter.Seq2[relay.Step, error] {
	return func(yield func(relay.Step, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := b.stock.WatchStock(b.outgoing(ctx), &holdfastv1.WatchStockRequest{
			Types: w.Types, ProductId: w.Product, LocationId: w.Location, ChannelId: w.Channel, After: w.After,
		})
		for err == nil {
			var m *holdfastv1.WatchStockResponse
			if m, err = stream.Recv(); err == nil && !yield(relay.Step{After: m.GetPosition(), Event: eventOf(m.GetEvent())}, nil) {
				return
			}
		}
		if !passes(err) {
			yield(relay.Step{}, meaning(err))
		}
	}
}

// passes reports whether the same watch may go on by itself: the server stops, or a
// slow sink was read no further for a while.
func passes(err error) bool {
	for _, detail := range status.Convert(err).Details() {
		if p, ok := detail.(*holdfastv1.Problem); ok {
			return p.GetCode() == "SLOW_READER" || p.GetCode() == "UNAVAILABLE" || p.GetCode() == "RATE_LIMITED"
		}
	}
	return errors.Is(err, io.EOF) || status.Code(err) == codes.Unavailable
}

func eventOf(m *holdfastv1.StockEvent) *relay.Event {
	if m == nil {
		return nil
	}
	e := &relay.Event{
		ID: m.GetEventId(), Type: m.GetType(), At: m.GetAt().AsTime(), Product: m.GetProductId(), Location: m.GetLocationId(),
		Channels: slices.Concat([]string{m.GetChannelId()}, m.GetChannelsSoldOut(), m.GetChannelsInStock()), Origin: m,
	}
	e.Data = appendMessage(make([]byte, 0, 512), m.ProtoReflect())
	return e
}

// meaning is what an error of a call says to a relay.
func meaning(err error) error {
	for _, detail := range status.Convert(err).Details() {
		p, ok := detail.(*holdfastv1.Problem)
		switch {
		case !ok:
		case p.GetState() == "fenced":
			return relay.ErrFenced
		case p.GetCode() == "POSITION_GONE":
			return fmt.Errorf("%w: %s", relay.ErrGone, p.GetDetail())
		default:
			return fmt.Errorf("%s: %s", p.GetCode(), p.GetDetail())
		}
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return err
}
