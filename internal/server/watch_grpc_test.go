package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type grpcStream = grpc.ServerStreamingClient[holdfastv1.WatchStockResponse]

// watchGRPC opens a stream and reads its first position.
func (h *house) watchGRPC(t *testing.T, who string, r *holdfastv1.WatchStockRequest) (grpcStream, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(h.with(t, who), 10*time.Minute)
	t.Cleanup(cancel)
	s, err := h.grpc.WatchStock(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Recv()
	if err != nil || m.Event != nil || m.Position == "" {
		t.Fatalf("the stream begins with %v, %v; want a position", m, err)
	}
	return s, m.Position
}

// nextGRPC reads the next event, leaving out beats.
func nextGRPC(t *testing.T, s grpcStream) *holdfastv1.StockEvent {
	t.Helper()
	for {
		m, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if m.Event == nil {
			continue
		}
		if m.Position != m.Event.EventId && !strings.HasPrefix(m.Position, "v") {
			t.Errorf("event %s at %s", m.Event.EventId, m.Position)
		}
		return m.Event
	}
}

func TestWatchStock(t *testing.T) {
	t.Parallel()
	h := start(t)
	all, begin := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{})
	mug, _ := h.watchGRPC(t, "admin", &holdfastv1.WatchStockRequest{ProductId: "mug", Types: []string{"reserve", "deduct"}})
	h.create(t, "admin", "mug")
	h.create(t, "other", "mug")
	h.create(t, "admin", "cup")
	h.play(t, step{path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"cup","quantity":1},{"product_id":"mug","quantity":3}]}`})
	for _, want := range []string{"create mug", "create cup", "reserve cup", "reserve mug"} {
		e := nextGRPC(t, all)
		if got := e.Type + " " + e.ProductId; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	e := nextGRPC(t, mug)
	if e.OrderId != "o" || e.AvailableStock != 7 || e.ReservedStock != 3 || e.OnHand != 10 || e.DeltaAvailable != -3 ||
		e.DeltaReserved != 3 || e.DeltaOnHand != 0 || e.Version != 2 || e.Status != "in_stock" || e.At.AsTime().IsZero() {
		t.Errorf("%v", e)
	}
	again, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: begin, LocationId: "default", Types: []string{"reserve"}})
	if cup := nextGRPC(t, again); cup.ProductId != "cup" {
		t.Fatalf("%v", cup)
	} else {
		third, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: cup.EventId})
		if e := nextGRPC(t, third); e.EventId != nextGRPC(t, again).EventId || e.ProductId != "mug" {
			t.Errorf("%v", e)
		}
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	_, err := all.Recv()
	if p := detail[*holdfastv1.Problem](t, err); status.Code(err) != codes.Unavailable || p.ResumeAfter == "" || p.Code != "UNAVAILABLE" {
		t.Errorf("the end says %v", p)
	}
}

func TestWatchStockIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, server.WithWatchers(10, 0))
	for _, test := range []struct {
		name, who string
		request   *holdfastv1.WatchStockRequest
		code      codes.Code
		field     string
	}{
		{"nobody", "", &holdfastv1.WatchStockRequest{}, codes.Unauthenticated, ""},
		{"no room", "read", &holdfastv1.WatchStockRequest{}, codes.ResourceExhausted, ""},
	} {
		h.refusesWatch(t, test.name, test.who, test.request, test.code, test.field)
	}
	h = start(t)
	for _, test := range []struct {
		name    string
		request *holdfastv1.WatchStockRequest
		field   string
	}{
		{"garbage", &holdfastv1.WatchStockRequest{After: "1"}, "after"},
		{"a type that is none", &holdfastv1.WatchStockRequest{Types: []string{""}}, "types"},
		{"too many types", &holdfastv1.WatchStockRequest{Types: slices.Repeat([]string{"reserve"}, 65)}, "types"},
		{"a product that is none", &holdfastv1.WatchStockRequest{ProductId: ".."}, "product_id"},
		{"a product that is too long", &holdfastv1.WatchStockRequest{ProductId: strings.Repeat("x", 129)}, "product_id"},
		{"a location that is none", &holdfastv1.WatchStockRequest{LocationId: "\u3000"}, "location_id"},
	} {
		h.refusesWatch(t, test.name, "read", test.request, codes.InvalidArgument, test.field)
	}
	h.refusesWatch(t, "the future", "read", &holdfastv1.WatchStockRequest{After: "0-1"}, codes.OutOfRange, "")
}

func (h *house) refusesWatch(t *testing.T, name, who string, r *holdfastv1.WatchStockRequest, code codes.Code, field string) {
	t.Helper()
	s, err := h.grpc.WatchStock(h.with(t, who), r)
	if err == nil {
		_, err = s.Recv()
	}
	if err == nil {
		t.Errorf("%s: is let in", name)
		return
	}
	p := detail[*holdfastv1.Problem](t, err)
	if status.Code(err) != code || field != "" && (len(p.Violations) != 1 || p.Violations[0].Field != field) {
		t.Errorf("%s: %v %v", name, err, p)
	}
}

// A watcher that does not read is cut off with a position to continue from, although
// grpc keeps what was sent to it.
func TestASlowGRPCReaderIsCutOffAndGoesOn(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.create(t, "admin", "a")
	s, begin := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{})
	events := h.flood(t)
	var ids []string
	at, cut := begin, 0
	for len(ids) < events {
		m, err := s.Recv()
		if err != nil {
			p := detail[*holdfastv1.Problem](t, err)
			if cut++; cut > mostCuts || status.Code(err) != codes.ResourceExhausted || p.Code != "SLOW_READER" || p.ResumeAfter == "" {
				t.Fatalf("%v %v", err, p)
			}
			if s, _ = h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{After: at}); s == nil {
				t.Fatal("no stream")
			}
			continue
		}
		if at = m.Position; m.Event != nil {
			ids = append(ids, m.Event.EventId)
		}
	}
	if want := h.allEvents(t, "?after="+begin, events); cut == 0 || !slices.Equal(ids, want) {
		t.Errorf("cut off %d times, %d events, want %d", cut, len(ids), len(want))
	}
}

// A thousand streams on one connection, each of one of a hundred products.
func TestManyStreamsOnOneConnection(t *testing.T) {
	t.Parallel()
	const streams, products = 300, 30
	h := start(t)
	for p := range products {
		h.create(t, "admin", fmt.Sprint("p", p))
	}
	var all []grpcStream
	for i := range streams {
		s, _ := h.watchGRPC(t, "read", &holdfastv1.WatchStockRequest{ProductId: fmt.Sprint("p", i%products)})
		all = append(all, s)
	}
	for p := range products {
		h.restock(t, "admin", fmt.Sprint("p", p))
	}
	for i, s := range all {
		if e := nextGRPC(t, s); e.ProductId != fmt.Sprint("p", i%products) || e.Type != "restock" {
			t.Fatalf("stream %d: %v", i, e)
		}
	}
	h.watchersAre(t, streams)
}
