package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/client"
)

// ExampleClient_Watch shows what has changed since a position, and continues
// with what changes while it runs.
func ExampleClient_Watch() {
	shop, done := shopForExample()
	defer done()
	ctx := context.Background()
	if _, err := shop.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 10}); err != nil {
		panic(err)
	}
	since := shop.Position()
	if _, err := shop.Reserve(ctx, client.Reserve{OrderID: "o-1", ProductID: "mug", Quantity: 4}); err != nil {
		panic(err)
	}
	if _, err := shop.Deduct(ctx, client.Deduct{OrderID: "o-1"}); err != nil {
		panic(err)
	}

	for e, err := range shop.Watch(ctx, client.Watch{ProductID: "mug", After: since}) {
		if err != nil {
			panic(err)
		}
		fmt.Println(e.Type, e.AvailableStock, "available,", e.ReservedStock, "reserved")
		if e.Type == "deduct" {
			break // and the next watch continues from e.Position
		}
	}
	// Output:
	// reserve 6 available, 4 reserved
	// deduct 6 available, 0 reserved
}

func TestAWatchGoesOnAcrossLostConnections(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	shop := open(t, h.address, client.WithKey(h.admin))
	cut := newCutter(t, h.address)
	far := open(t, cut.ear.Addr().String(), client.WithKey(h.read))
	if _, err := shop.Create(t.Context(), client.Create{ProductID: "mug", AvailableStock: 1}); err != nil {
		t.Fatal(err)
	}
	const changes = 6000
	wrote := make(chan error, 1)
	go func() {
		for range changes / 100 {
			hundred := slices.Repeat([]client.Command{client.Restock{ProductID: "mug", Quantity: 1}}, 100)
			if _, err := shop.Batch(t.Context(), hundred...); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	var seen []int64
	for e, err := range far.Watch(t.Context(), client.Watch{ProductID: "mug", After: "0-0"}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen = append(seen, e.Version); e.Version == changes+1 {
			break
		}
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	if cut.cuts.Load() == 0 {
		t.Error("no connection was cut")
	}
	for i, v := range seen {
		if v != int64(i)+1 {
			t.Fatalf("event %d of %d is of version %d", i, len(seen), v)
		}
	}
}

func TestAWatchSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	end := func(c *client.Client, ctx context.Context, r client.Watch) error {
		for e, err := range c.Watch(ctx, r) {
			if err != nil {
				return err
			}
			t.Errorf("an event: %+v", e)
		}
		return nil
	}
	shop := open(t, h.address, client.WithKey(h.read))
	if err := end(shop, t.Context(), client.Watch{After: "yesterday"}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a position that is none: %v", err)
	}
	if err := end(open(t, h.address), t.Context(), client.Watch{}); !errors.Is(err, client.ErrUnauthenticated) {
		t.Errorf("without a key: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- end(shop, ctx, client.Watch{}) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	closing := open(t, h.address, client.WithKey(h.read))
	go func() { ended <- end(closing, t.Context(), client.Watch{}) }()
	if err := closing.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, client.ErrClosed) {
		t.Errorf("a client that was closed: %v", err)
	}
}
