package node

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// service of a node, to be asked without a connection.
func serviceOf(n *Node, books Acceptor) *service { return &service{node: n, books: books} }

// counted counts what comes through to the books.
type counted struct{ calls int }

func (c *counted) Accept(_ context.Context, f *ledger.Forwarded) []ledger.Result {
	c.calls++
	return make([]ledger.Result, len(f.Requests))
}

func TestAMessageIsTakenOnceAndSoon(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_000)
	self := catalog.Node{ID: "home", Address: "home:1", Started: now}
	n, err := New(Config{Self: self, Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	n.seal.now = func() time.Time { return now }
	group := slot.AppendForwarded(nil, &ledger.Forwarded{Requests: []ledger.Request{{Command: stock.Cleanup{Tenant: "t"}}}})
	signed := func(nonce byte, change func(*nodev1.ForwardRequest)) *nodev1.ForwardRequest {
		r := &nodev1.ForwardRequest{Group: group, SentAt: now.UnixMilli(), Nonce: bytes.Repeat([]byte{nonce}, nonceSize)}
		r.Mac = n.seal.asked(&self, r)
		if change != nil {
			change(r)
		}
		return r
	}
	sign := func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&self, r) }
	elsewhere, restarted := self, self
	elsewhere.ID = "another"
	restarted.Started = now.Add(-time.Minute)
	books := &counted{}
	s := serviceOf(n, books)
	for i, c := range []struct {
		name string
		r    *nodev1.ForwardRequest
		want codes.Code
	}{
		{"a message", signed(1, nil), codes.OK},
		{"the same again", signed(1, nil), codes.Unauthenticated},
		{"another", signed(2, nil), codes.OK},
		{"one without a signature", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = nil }), codes.Unauthenticated},
		{"one with half a signature", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = r.Mac[:16] }), codes.Unauthenticated},
		{"one with another group", signed(3, func(r *nodev1.ForwardRequest) { r.Group = append(bytes.Clone(group), 0) }), codes.Unauthenticated},
		{"one with another time", signed(3, func(r *nodev1.ForwardRequest) { r.SentAt++ }), codes.Unauthenticated},
		{"one with another number", signed(3, func(r *nodev1.ForwardRequest) { r.Nonce[0]++ }), codes.Unauthenticated},
		{"one without a number", signed(3, func(r *nodev1.ForwardRequest) { r.Nonce = nil; sign(r) }), codes.Unauthenticated},
		{"one for another node", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&elsewhere, r) }), codes.Unauthenticated},
		{"one for the node before it was started anew", signed(3, func(r *nodev1.ForwardRequest) { r.Mac = n.seal.asked(&restarted, r) }), codes.Unauthenticated},
		{"one that is old", signed(4, func(r *nodev1.ForwardRequest) { r.SentAt -= 15_001; sign(r) }), codes.Unauthenticated},
		{"one from the future", signed(4, func(r *nodev1.ForwardRequest) { r.SentAt += 15_001; sign(r) }), codes.Unauthenticated},
		{"one from a clock that is behind", signed(5, func(r *nodev1.ForwardRequest) { r.SentAt -= 15_000; sign(r) }), codes.OK},
		{"one from a clock that is ahead", signed(6, func(r *nodev1.ForwardRequest) { r.SentAt += 15_000; sign(r) }), codes.OK},
		{"one of another version", signed(7, func(r *nodev1.ForwardRequest) { r.Group = append([]byte{2}, group[1:]...); sign(r) }), codes.InvalidArgument},
		{"one that makes no sense", signed(8, func(r *nodev1.ForwardRequest) { r.Group = []byte("hello"); sign(r) }), codes.InvalidArgument},
	} {
		before := books.calls
		a, err := s.carryOut(t.Context(), c.r)
		if status.Code(err) != c.want {
			t.Errorf("%d: %s: %v, want %v", i, c.name, err, c.want)
		}
		if took := books.calls - before; (took == 1) != (c.want == codes.OK) {
			t.Errorf("%s: carried out %d times", c.name, took)
		}
		if err == nil && !bytes.Equal(a.Mac, n.seal.answered(c.r, a)) {
			t.Errorf("%s: the answer is not signed", c.name)
		}
	}
	// As long as a message would be taken by its time it is known, later its
	// time is over.
	ahead := signed(9, func(r *nodev1.ForwardRequest) { r.SentAt += 15_000; sign(r) })
	if _, err := s.carryOut(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		now = now.Add(time.Second)
		if _, err := s.carryOut(t.Context(), signed(byte(100+now.Second()), nil)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.carryOut(t.Context(), ahead); status.Code(err) != codes.Unauthenticated {
			t.Fatalf("%v later it is taken again: %v", now.Sub(self.Started), err)
		}
	}
	for range 3 { // what is forgotten is little
		now = now.Add(31 * time.Second)
		if err := n.seal.seen.add([nonceSize]byte{1, byte(now.Second())}, now); err != nil {
			t.Fatal(err)
		}
	}
	if size := len(n.seal.seen.young) + len(n.seal.seen.old); size != 2 {
		t.Errorf("%d numbers are remembered", size)
	}
}

func TestAnAnswerThatIsNotSignedIsNone(t *testing.T) {
	t.Parallel()
	n, err := New(Config{Self: named("a")[0], Registry: &table{}, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	r := &nodev1.ForwardRequest{Mac: []byte("of the request")}
	a := &nodev1.ForwardResponse{Results: []byte("results")}
	a.Mac = n.seal.answered(r, a)
	for name, other := range map[string][]byte{
		"other results":   n.seal.answered(r, &nodev1.ForwardResponse{Results: []byte("others")}),
		"another request": n.seal.answered(&nodev1.ForwardRequest{Mac: []byte("another")}, a),
	} {
		if bytes.Equal(a.Mac, other) {
			t.Errorf("%s: the same signature", name)
		}
	}
}

func TestAGroupThatIsTooLargeIsNotSent(t *testing.T) {
	t.Parallel()
	var tab table
	e := memory.New()
	a, b := start(t, "a", &tab, e, nil), start(t, "b", &tab, e, nil)
	together(t, a, b)
	f := &ledger.Forwarded{Requests: []ledger.Request{{
		Command: stock.Restock{Item: tea, Qty: 1, Note: stock.Note{Reason: string(make([]byte, maxMessage))}},
	}}}
	if _, err := a.Forward(t.Context(), "b", f); !errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("%v", err)
	}
	if _, err := a.Forward(t.Context(), "nobody", f); !errors.Is(err, ledger.ErrNotSent) {
		t.Errorf("to a node that is gone: %v", err)
	}
	// One that is not counted before it leaves is refused by the other side.
	to, err := a.link(b.fleet.find("b"))
	if err != nil {
		t.Fatal(err)
	}
	huge := &nodev1.ForwardRequest{Group: make([]byte, maxMessage+1)}
	if _, err := to.ask(t.Context(), huge, nil); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("%v", err)
	}
}
