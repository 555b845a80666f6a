package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

func (s *slow) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	first := false
	s.once.Do(func() { first = true })
	if !first {
		if s.arrive != nil {
			s.arrive(s.Engine.Append(ctx, s.after, &s.group)) // just before the next one
			s.arrive = nil
		}
		return s.Engine.Append(ctx, after, g)
	}
	s.group, s.after = *g, after
	return engine.ErrUnknown
}

// A store that has lost what it acknowledged must not be written to as if it had
// not, and must not be asked forever either.
func TestALogThatGoesBackStopsTheSlot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		ask  func(*ledger.Ledger) error
	}{
		{"a write finds out", func(l *ledger.Ledger) error { return l.Submit(context.Background(), restock(1))[0].Err }},
		{"a refusal finds out", func(l *ledger.Ledger) error {
			return l.Submit(context.Background(), ledger.Request{Command: place("o", "p", 100)})[0].Err
		}},
		{"a load finds out", func(l *ledger.Ledger) error {
			l.Forget()
			return l.Submit(context.Background(), restock(1))[0].Err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			whole, restored := memory.New(), memory.New()
			feed := open(t, restored)
			must(t, feed, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
			e := &swapped{Engine: whole}
			l, err := ledger.Open(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			go func() { done <- l.Run(t.Context()) }()
			must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
			must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 5})
			e.swap(restored)
			if err := c.ask(l); !errors.Is(err, engine.ErrBroken) {
				t.Errorf("the caller is told %v", err)
			}
			if err := <-done; !errors.Is(err, ledger.ErrStopped) {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// swapped is an engine that is restored from an older copy.
type swapped struct {
	mu sync.Mutex
	engine.Engine
}

func (s *swapped) swap(e engine.Engine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Engine = e
}

func (s *swapped) now() engine.Engine {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Engine
}

func (s *swapped) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	return s.now().Append(ctx, after, g)
}

func (s *swapped) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	return s.now().Load(ctx, w)
}

func (s *swapped) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	return s.now().Read(ctx, after, limit)
}

func (s *swapped) Head(ctx context.Context) (engine.Seq, error) { return s.now().Head(ctx) }

// gone is an engine that has dropped the log before a record.
type gone struct {
	engine.Engine
	first atomic.Uint64
}

func (g *gone) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	if uint64(after) < g.first.Load() {
		return nil, engine.ErrGone
	}
	return g.Engine.Read(ctx, after, limit)
}

// A node that is further behind than the log reaches reads the open state instead,
// also when that fails at first.
func TestWhoIsFarBehindReadsTheSlotAnew(t *testing.T) {
	t.Parallel()
	var plan faulty.Script
	inner := memory.New()
	e := &gone{Engine: faulty.New(inner, &plan)}
	l, other := open(t, e), open(t, inner)
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 3000, Tracked: true})
	for i := range 1500 {
		must(t, other, place(fmt.Sprint("o", i), "p", 1))
	}
	e.first.Store(400)
	plan.On("ScanHolds", 1, faulty.Fault{Err: errCable})
	if r := l.Submit(t.Context(), restock(1))[0]; !errors.Is(r.Err, errCable) {
		t.Fatalf("the first attempt: %v", r.Err)
	}
	must(t, l, stock.Restock{Item: item("p"), Bucket: bucket, Qty: 1})
	wantLevel(t, l, "p", 1501, 1500)
	must(t, l, stock.Release{Target: target("o7")})
	wantLevel(t, l, "p", 1502, 1499)
	verified(t, inner)
}
