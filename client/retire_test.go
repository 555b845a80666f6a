package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestRetireAndReinstate(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	if _, err := c.Create(ctx, client.Create{ProductID: "mug", AvailableStock: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Retire(ctx, client.Retire{ProductID: "mug"}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("with units there: %v", err)
	}
	got, err := c.Retire(ctx, client.Retire{ProductID: "mug", WriteOff: true, Reason: "old", Key: "k"})
	if err != nil || got.WrittenOff != 3 || got.Levels != 1 || len(got.Items) != 1 || got.Items[0].OnHand != 0 || got.Replayed {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err = c.Retire(ctx, client.Retire{ProductID: "mug", WriteOff: true, Reason: "old", Key: "k"}); err != nil || !got.Replayed || got.WrittenOff != 3 {
		t.Errorf("again: %+v, %v", got, err)
	}
	if _, err := c.Restock(ctx, client.Restock{ProductID: "mug", Quantity: 1}); !errors.Is(err, client.ErrInvalidState) {
		t.Errorf("a restock of what is retired: %v", err)
	}
	if got, err = c.Reinstate(ctx, client.Reinstate{ProductID: "mug"}); err != nil || got.Levels != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if item, err := c.Restock(ctx, client.Restock{ProductID: "mug", Quantity: 1}); err != nil || item.AvailableStock != 1 {
		t.Errorf("after it is reinstated: %+v, %v", item, err)
	}
}
