package relaytest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

// Still is a leaf with books, for the facts about processes that stand still.
type Still struct {
	Books *Books
	Kind  relay.Kind
	// Change books changes from one number to another.
	Change func(from, to int)
	// Check compares what the receiver has with the books.
	Check func(t *testing.T)
	// Refuse makes the receiver refuse the second of the changes of a number for ever, and
	// then no more; nil: it refuses nothing.
	Refuse func(refuse bool)
}

// RunStill runs the facts about a relay, its server, or both that stand still for longer than
// the lease, as a process does that is stopped or has no memory. Leaves whose suite is Run
// need not call it.
func RunStill(t *testing.T, kind string, still func(t *testing.T) *Still, begin func(*testing.T)) {
	for _, f := range []struct {
		name  string
		which standing
	}{
		{"the relay stands still", standing{answers: true}},
		{"the server stands still", standing{calls: true, lease: true}},
		{"both stand still", standing{calls: true, answers: true, lease: true}},
	} {
		t.Run(f.name, func(t *testing.T) { begin(t); standStill(t, kind, still(t), f.which) })
	}
}

// standing says what stands still: the calls of the relay wait before the server carries them
// out, or their answers do; lease: the server's clock has passed the end of the lease.
type standing struct{ calls, answers, lease bool }

func standStill(t *testing.T, kind string, s *Still, which standing) {
	g := &gate{Books: s.Books, closed: make(chan struct{}, 1)}
	stop := startRelay(t, "still", g, kind, g.kind(s.Kind))
	until := func(what string, is func(*Books) bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := s.Books.Until(ctx, is); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for n := range 4 { // several turns, one after the other
		s.Change(n*20, n*20+20)
		until("before", (*Books).Done)
	}
	g.freeze(which)
	s.Change(80, 100)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-g.closed: // the lease of the relay is over
	case <-limit.C:
		t.Fatal("the relay keeps its way to the receiver although its lease is over")
	}
	if which.lease {
		s.Books.EndLease()
	}
	if s.Refuse != nil {
		s.Refuse(true)
	}
	s.Change(100, 140)
	g.freeze(standing{})
	until("afterwards", (*Books).Done)
	if s.Refuse != nil {
		until("what is refused is parked", func(b *Books) bool { return len(b.ParkedNow()) == 1 })
		s.Refuse(false)
		s.Books.Decide(relay.StateRequeued)
		until("none is parked", func(b *Books) bool { return len(b.ParkedNow()) == 0 })
	}
	s.Change(140, 160)
	until("at the end", (*Books).Done)
	until("what has its lease", func(b *Books) bool {
		for _, wrong := range b.Wrong {
			t.Error(wrong)
		}
		return true
	})
	stop()
	s.Check(t)
}

// startRelay starts a relay. stop ends it cleanly.
func startRelay(t *testing.T, id string, books relay.Books, kind string, k relay.Kind) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	o := relay.Options{ID: id, Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() { ended <- relay.Run(ctx, books, relay.Leaves{kind: k}, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// gate is books whose calls or answers wait while it is frozen.
type gate struct {
	*Books
	mu     sync.Mutex
	which  standing
	thaw   chan struct{} // closed when it thaws; nil: it is not frozen
	closed chan struct{} // has a token when a leaf was closed
}

// freeze stops calls and answers; without any it lets all of them pass.
func (g *gate) freeze(which standing) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.thaw != nil {
		close(g.thaw)
		g.thaw = nil
	}
	if g.which = which; which != (standing{}) {
		g.thaw = make(chan struct{})
	}
	select {
	case <-g.closed:
	default:
	}
}

// pass waits while what it is asked for stands still.
func (g *gate) pass(ctx context.Context, of func(standing) bool) error {
	g.mu.Lock()
	wait, thaw := of(g.which), g.thaw
	g.mu.Unlock()
	if !wait {
		return nil
	}
	select {
	case <-thaw:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
}

func ofCalls(s standing) bool   { return s.calls }
func ofAnswers(s standing) bool { return s.answers }

// through carries out a call behind the gate.
func through[T any](ctx context.Context, g *gate, call func() (T, error)) (T, error) {
	var none T
	if err := g.pass(ctx, ofCalls); err != nil {
		return none, err
	}
	answer, failed := call()
	if err := g.pass(ctx, ofAnswers); err != nil {
		return none, err
	}
	return answer, failed
}

// Claim is that of the books.
func (g *gate) Claim(ctx context.Context, r client.ClaimSinks) (*client.Claim, error) {
	return through(ctx, g, func() (*client.Claim, error) { return g.Books.Claim(ctx, r) })
}

// Advance is that of the books.
func (g *gate) Advance(ctx context.Context, a client.AdvanceSink) (*client.Advanced, error) {
	return through(ctx, g, func() (*client.Advanced, error) { return g.Books.Advance(ctx, a) })
}

// Watch is that of the books.
func (g *gate) Watch(ctx context.Context, w client.Watch) iter.Seq2[client.Event, error] {
	return func(yield func(client.Event, error) bool) {
		for e, err := range g.Books.Watch(ctx, w) {
			if waited := g.pass(ctx, ofAnswers); waited != nil {
				yield(client.Event{}, waited)
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// kind is a kind whose leaves tell when they are closed.
func (g *gate) kind(k relay.Kind) relay.Kind {
	open := k.Open
	k.Open = func(ctx context.Context, t relay.Target) (relay.Leaf, error) {
		leaf, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		if rebuilds, is := leaf.(relay.Rebuilder); is {
			return &closingRebuilder{rebuilds, g}, nil
		}
		return &closing{leaf, g}, nil
	}
	return k
}

func (g *gate) close(leaf relay.Leaf) error {
	select {
	case g.closed <- struct{}{}:
	default:
	}
	return leaf.Close()
}

type closing struct {
	relay.Leaf
	gate *gate
}

func (c *closing) Close() error { return c.gate.close(c.Leaf) }

type closingRebuilder struct {
	relay.Rebuilder
	gate *gate
}

func (c *closingRebuilder) Close() error { return c.gate.close(c.Rebuilder) }
