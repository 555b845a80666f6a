package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// TestTheSweepEndsAllThatIsDueWhileOthersWrite: the sweep runs slice after slice,
// and each is read while the one before is stored. Meanwhile two nodes release,
// extend and repeat the same orders.
func TestTheSweepEndsAllThatIsDueWhileOthersWrite(t *testing.T) {
	t.Parallel()
	const orders, items = 3000, 7
	c := newClock()
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e, ledger.WithClock(c)), open(t, e, ledger.WithClock(c), ledger.WithMemory(3, 100))}
	product := func(n int) string { return fmt.Sprint("p", n%items) }
	for n := range items {
		must(t, nodes[0], stock.OpenItem{Item: item(product(n)), Bucket: bucket, Qty: orders, Tracked: true})
	}
	var places []ledger.Request
	for n := range orders {
		places = append(places, ledger.Request{Command: place(fmt.Sprint("o", n), product(n), 1)})
	}
	for _, r := range nodes[0].Submit(t.Context(), places...) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	c.advance(time.Hour)
	swept := make(chan struct{})
	var others sync.WaitGroup
	for n, l := range nodes {
		others.Go(func() {
			for i := n; ; i += 13 {
				select {
				case <-swept:
					return
				default:
				}
				order := fmt.Sprint("o", i%orders)
				l.Submit(context.Background(), ledger.Request{Command: stock.Release{Target: target(order)}})
				again := place("again-"+order, product(i), 1)
				r := l.Submit(context.Background(), ledger.Request{Command: again}, ledger.Request{Command: stock.Release{Target: stock.Target{Order: again.Order}}})
				var refusal *stock.Refusal
				if err := errors.Join(r[0].Err, r[1].Err); err != nil && !errors.As(err, &refusal) {
					t.Errorf("%s again: %v", order, err)
					return
				}
			}
		})
	}
	_, err := nodes[1].Sweep(t.Context(), tenant)
	close(swept)
	others.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[1].Sweep(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	for n := range items {
		for _, l := range nodes {
			wantLevel(t, l, product(n), orders, 0)
		}
	}
	if _, err := e.ScanHolds(t.Context(), engine.HoldScan{Open: true}, func(h *engine.HoldRow) error {
		return fmt.Errorf("order %s is open", h.Key.Order)
	}); err != nil {
		t.Error(err)
	}
}
