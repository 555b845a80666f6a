package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// script writes a log as the one writer of an engine: restocks, some of them
// refused.
type script struct {
	t       testing.TB
	eng     engine.Engine
	builder *stock.RecordBuilder

	mu    sync.Mutex
	items map[stock.ItemKey]*stock.Item
	seq   engine.Seq
	hash  [32]byte
	ahead stock.Time // of the clocks of other slots
}

func newScript(t testing.TB, e engine.Engine) *script {
	return &script{t: t, eng: e, builder: stock.NewRecordBuilder(), items: map[stock.ItemKey]*stock.Item{}}
}

func (s *script) Item(k stock.ItemKey) *stock.Item   { return s.items[k] }
func (s *script) Order(stock.OrderKey) []*stock.Hold { return nil }
func (s *script) EditHold(stock.HoldKey) *stock.Hold { panic("no holds here") }
func (s *script) EditItem(k stock.ItemKey) *stock.Item {
	if s.items[k] == nil {
		s.items[k] = &stock.Item{Key: k}
	}
	return s.items[k]
}

// at is when a record is booked: one a second.
func (s *script) at(seq engine.Seq) stock.Time {
	return stock.Time(1_700_000_000_000+1000*int64(seq)) + s.ahead
}

// do stores one record with one entry for each item.
func (s *script) do(keys ...stock.ItemKey) engine.Seq {
	s.t.Helper()
	var commands []stock.Command
	for _, k := range keys {
		commands = append(commands, stock.Restock{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 1, Open: &stock.Opening{}})
	}
	return s.decide(commands...)
}

// decide stores one record with the events of the commands, and a refusal.
func (s *script) decide(commands ...stock.Command) engine.Seq {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := s.seq + 1
	now := s.at(seq)
	s.builder.Reset(stock.RecordHeader{Seq: uint64(seq), At: now, Nonce: uint64(seq), Prev: s.hash})
	g := &engine.Group{}
	for _, c := range commands {
		e, err := stock.Decide(s, c, now)
		if err != nil {
			s.t.Fatal(err)
		}
		if h := e.Handover; h != nil {
			g.Buckets = append(g.Buckets, engine.BucketRow{Bucket: h.Bucket, Seq: seq, Packed: stock.AppendHandover(nil, h)})
		}
		stock.Apply(s, &e)
		if _, err := s.builder.Add(&e); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.builder.Add(&stock.Event{Op: stock.OpRestock, Tenant: "acme", Refusal: &stock.Refusal{Code: stock.NotFound}}); err != nil {
		s.t.Fatal(err)
	}
	body, hash, text := s.builder.Finish([16]byte{byte(seq)})
	g.Text, g.Record = text, engine.Record{Seq: seq, At: now, Nonce: uint64(seq), Hash: hash, Body: body}
	if err := s.eng.Append(s.t.Context(), s.seq, g); err != nil {
		s.t.Fatalf("append %d: %v", seq, err)
	}
	s.seq, s.hash = seq, hash
	return seq
}

func item(tenant, location, product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: location, Product: product}
}

// tea and its like are products of acme in Rome.
func tea() stock.ItemKey { return item("acme", "rome", "tea") }
func mug() stock.ItemKey { return item("acme", "rome", "mug") }

// run runs a tail on the engine until the test ends.
func run(t testing.TB, e engine.Engine, opts ...Option) *Tail {
	t.Helper()
	return runOn(t, NewLogs([]engine.Engine{e}), opts...)
}

func runOn(t testing.TB, logs *Logs, opts ...Option) *Tail {
	t.Helper()
	tail := NewTail(logs, slog.New(slog.DiscardHandler), opts...)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tail.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the tail ended with %v", err)
		}
	})
	return tail
}

// slot returns an engine that ends with the test, and its writer.
func slot(t testing.TB) (*memory.Engine, *script) {
	t.Helper()
	e := memory.New()
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, newScript(t, e)
}

// start watches; after is a cursor as it travels, "" is now.
func start(t testing.TB, tail *Tail, f Filter, after string) *Watch {
	t.Helper()
	var from Cursors
	if after != "" {
		var err error
		if from, err = ParseCursors(after); err != nil {
			t.Fatal(err)
		}
	}
	if f.Tenant == "" {
		f.Tenant = "acme"
	}
	w, err := tail.Watch(t.Context(), f, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// next takes events until there are at least n of them, and returns their ids.
func next(t testing.TB, w *Watch, n int) []string {
	t.Helper()
	ids, err := take(t.Context(), w, n)
	if err != nil {
		t.Fatalf("after %v: %v", ids, err)
	}
	return ids
}

func take(ctx context.Context, w *Watch, n int) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	var ids []string
	for {
		events, more, err := w.Take(ctx)
		if err != nil {
			return ids, err
		}
		for _, e := range events {
			ids = append(ids, e.ID.String())
		}
		if len(ids) >= n && !more {
			return ids, nil
		}
		if more {
			continue
		}
		select {
		case <-w.Ready():
		case <-ctx.Done():
			return ids, fmt.Errorf("%d of %d events: %w", len(ids), n, ctx.Err())
		}
	}
}
