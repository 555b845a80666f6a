package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// shoppers call the Go client one write at a time and count what was answered.
type shoppers struct {
	shop                                    *client.Client
	reserved, deducted, released, restocked atomic.Int64
	slowest                                 atomic.Int64
}

// took notes how long a call took.
func (s *shoppers) took(begun time.Time) {
	for d := int64(time.Since(begun)); ; {
		if was := s.slowest.Load(); was >= d || s.slowest.CompareAndSwap(was, d) {
			return
		}
	}
}

// visit is one order from its reserve to its end. Calls have no deadline of
// their own: the client's 10 s count.
func (s *shoppers) visit(ctx context.Context, order string, random *rand.Rand) error {
	begun := time.Now()
	if _, err := s.shop.Reserve(ctx, client.Reserve{OrderID: order, ProductID: "p", Quantity: 2}); err != nil {
		return err
	}
	s.took(begun)
	s.reserved.Add(2)
	begun = time.Now()
	var err error
	switch random.IntN(6) {
	case 0:
		if _, err = s.shop.Deduct(ctx, client.Deduct{OrderID: order}); err == nil {
			s.deducted.Add(2)
		}
	case 1: // a part: only a key distinguishes a repeat from a second part
		if _, err = s.shop.Deduct(ctx, client.Deduct{OrderID: order, ProductID: "p", Quantity: 1}); err == nil {
			s.deducted.Add(1)
		}
	case 2:
		if _, err = s.shop.Release(ctx, client.Release{OrderID: order}); err == nil {
			s.released.Add(2)
		}
	case 3:
		if _, err = s.shop.Restock(ctx, client.Restock{ProductID: "p", Quantity: 3}); err == nil {
			s.restocked.Add(3)
		}
	}
	s.took(begun)
	return err
}

// 256 goroutines go shopping one call at a time while the server is killed, and
// once stopped, and started again every 2 s. No call fails within its 10 s, and
// the shelf shows exactly what was answered.
func TestGoClientCallersDoNotNoticeKills(t *testing.T) {
	const callers, stock = 256, 100_000_000
	s := newServer(t)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	ctx := t.Context()
	if _, err := shop.Create(ctx, client.Create{ProductID: "p", AvailableStock: stock}); err != nil {
		t.Fatal(err)
	}
	people := &shoppers{shop: shop}
	halt := make(chan struct{})
	var all sync.WaitGroup
	for id := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(11, uint64(id)))
			for n := 0; ; n++ {
				select {
				case <-halt:
					return
				default:
				}
				if err := people.visit(ctx, fmt.Sprintf("o-%d-%d", id, n), random); err != nil {
					t.Errorf("caller %d, order %d: %v", id, n, err)
					return
				}
			}
		})
	}
	for round := range rounds(4) {
		select {
		case <-time.After(2 * time.Second): // the fault is what comes every 2 s
		case <-ctx.Done():
		}
		switch round % 5 {
		case 2:
			s.stop()
			s.start()
		case 4: // only in make soak
			s.pause(4 * time.Second) // longer than an attempt, shorter than a call
		default:
			s.kill()
			s.start()
		}
	}
	close(halt)
	all.Wait()
	t.Logf("%d units reserved, %d deducted, %d released, %d restocked over %d faults; the slowest call took %v",
		people.reserved.Load(), people.deducted.Load(), people.released.Load(), people.restocked.Load(), rounds(4), time.Duration(people.slowest.Load()))
	p, err := shop.Product(ctx, "p")
	if err != nil {
		t.Fatal(err)
	}
	held := people.reserved.Load() - people.deducted.Load() - people.released.Load()
	total := stock + people.restocked.Load() - people.deducted.Load()
	if p.ReservedStock != held || p.TotalStock != total {
		t.Errorf("the shelf shows %d units, %d of them held; answered were %d and %d", p.TotalStock, p.ReservedStock, total, held)
	}
	s.stop()
	s.verify()
}

// A restarted server has forgotten an order. A repeat of the order without a key gets the same
// answer as before, and other callers in the same group are served too.
func TestGoClientAskingAgainAfterARestartIsTheSameOrder(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	ctx := t.Context()
	if _, err := shop.Create(ctx, client.Create{ProductID: "p", AvailableStock: 10}); err != nil {
		t.Fatal(err)
	}
	old := client.Reserve{OrderID: "old", ProductID: "p", Quantity: 1}
	first, err := shop.Reserve(ctx, old)
	if err != nil {
		t.Fatal(err)
	}
	s.kill()
	s.start()
	results, err := shop.Batch(ctx, old, client.Reserve{OrderID: "new", ProductID: "p", Quantity: 1})
	if err != nil || results[0].Err != nil || results[1].Err != nil {
		t.Fatalf("%+v %v", results, err)
	}
	if was, is := first.Reservations[0].ReservationID, results[0].Order.Reservations[0].ReservationID; was != is {
		t.Errorf("asked again the order is %s, it was %s", is, was)
	}
	if p, err := shop.Product(ctx, "p"); err != nil || p.ReservedStock != 2 {
		t.Errorf("the shelf shows %+v %v", p, err)
	}
	s.stop()
	s.verify()
}
