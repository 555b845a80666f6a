package ledger_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// clock is a Clock that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock { c := &clock{}; c.ms.Store(1_700_000_000_000); return c }

func (c *clock) Wall() stock.Time        { return stock.Time(c.ms.Load()) }
func (c *clock) Elapsed() time.Duration  { return time.Duration(c.ms.Load()) * time.Millisecond }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// open runs a ledger on the engine until the test ends.
func open(t *testing.T, e engine.Engine, opts ...ledger.Option) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), e, opts...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return l
}

const tenant = "t"

func item(product string) stock.ItemKey {
	return stock.ItemKey{Tenant: tenant, Location: "default", Product: product}
}

var bucket = stock.BucketOf(tenant, "default")

func opened(product string, qty stock.Qty) ledger.Request {
	return ledger.Request{Command: stock.OpenItem{Item: item(product), Bucket: bucket, Qty: qty, Tracked: true}}
}

func place(order, product string, qty stock.Qty) stock.Place {
	return stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: order},
		Lines: []stock.Demand{{Item: item(product), Bucket: bucket, Qty: qty}},
		TTL:   1_800_000,
	}
}

func target(order string) stock.Target {
	return stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: order}}
}

// must submits one command and fails the test when it is refused.
func must(t *testing.T, l *ledger.Ledger, cmd stock.Command) ledger.Result {
	t.Helper()
	r := l.Submit(t.Context(), ledger.Request{Command: cmd})[0]
	if r.Err != nil {
		t.Fatalf("%s: %v", cmd.Op(), r.Err)
	}
	return r
}

func level(t *testing.T, l *ledger.Ledger, product string) (available, held stock.Qty) {
	t.Helper()
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item(product)})
	if err != nil {
		t.Fatal(err)
	}
	f := levels[0].Figures()
	return f.Available, f.Held
}

func wantLevel(t *testing.T, l *ledger.Ledger, product string, available, held stock.Qty) {
	t.Helper()
	a, h := level(t, l, product)
	if a != available || h != held {
		t.Fatalf("%s: available %d held %d, want %d and %d", product, a, h, available, held)
	}
}

func refused(t *testing.T, r ledger.Result, code stock.Code) {
	t.Helper()
	var refusal *stock.Refusal
	if !errors.As(r.Err, &refusal) || refusal.Code != code {
		t.Fatalf("got %v, want %v", r.Err, code)
	}
}
