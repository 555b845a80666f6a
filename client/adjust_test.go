package client_test

import (
	"errors"
	"sync"
	"testing"

	"holdfast.dev/holdfast/client"
)

// Every caller doubles the present value and adds one: no step is lost.
func TestCompareAndAdjustLosesNoUpdate(t *testing.T) {
	t.Parallel()
	const callers, each = 3, 4
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "p"}))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for done := 0; done < each; {
				_, err := c.CompareAndAdjust(ctx, "p", "", func(now client.Inventory) (client.Adjust, error) {
					return client.Adjust{SetTo: new(now.OnHand*2 + 1), Reason: "one more bit"}, nil
				})
				switch {
				case err == nil:
					done++
				case !errors.Is(err, client.ErrVersionConflict): // under such pressure it may be
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if p, err := c.Product(ctx, "p"); err != nil || p.AvailableStock != 1<<(callers*each)-1 {
		t.Errorf("%+v %v, want %d units", p, err, 1<<(callers*each)-1)
	}
}

func TestCompareAndAdjustGivesUpAfterThreeMoreTries(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "p", AvailableStock: 5}))
	tries := 0
	_, err := c.CompareAndAdjust(ctx, "p", "default", func(client.Inventory) (client.Adjust, error) {
		tries++
		_, err := c.Restock(ctx, client.Restock{ProductID: "p", Quantity: 1}) // somebody is always faster
		return client.Adjust{Delta: 100, Reason: "late"}, err
	})
	if !errors.Is(err, client.ErrVersionConflict) || tries != 4 {
		t.Errorf("%d tries, then %v", tries, err)
	}
	if p := fine[*client.Product](t)(c.Product(ctx, "p")); p.AvailableStock != 9 {
		t.Errorf("%+v, want 5 units and 4 of the restocks", p)
	}
}

func TestCompareAndAdjustNeedsAnItemToCompare(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	for _, location := range []string{"a", "b"} {
		fine[*client.Inventory](t)(c.Create(ctx, client.Create{ProductID: "p", LocationID: location}))
	}
	mine := errors.New("mine")
	for _, test := range []struct {
		name, product, location string
		want                    error
	}{
		{"a product at two locations needs one named", "p", "", client.ErrInvalidArgument},
		{"a location without it", "p", "c", client.ErrNotFound},
		{"a product nobody knows", "q", "", client.ErrNotFound},
		{"an error of decide comes back", "p", "b", mine},
	} {
		_, err := c.CompareAndAdjust(ctx, test.product, test.location, func(client.Inventory) (client.Adjust, error) { return client.Adjust{}, mine })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}
