package hot_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// A repeat asks for the same as the first time, and not only for as many units.
func TestAReservationForAnotherChannelOrCustomerIsNoRepeat(t *testing.T) {
	t.Parallel()
	store, redis, books := rooms(t, dbtest.Postgres)
	f := newFront(t, redis, store, books, 0, nil)
	f.store.one = 0
	first := hot.Reservation{
		Item: f.item, Order: "o", Qty: 2, Channel: "web", Customer: "ann", Key: "k", Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli()),
	}
	if err := f.road.Reserve(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name              string
		channel, customer string
		err               error
	}{
		{"the same", "web", "ann", nil},
		{"another channel", "app", "ann", hot.ErrOther},
		{"another customer", "web", "bob", hot.ErrOther},
	} {
		again := first
		again.Channel, again.Customer = c.channel, c.customer
		if err := f.road.Reserve(t.Context(), again); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		tasks, err := f.road.Repeat(t.Context(), again)
		if repeats := len(tasks) > 0; err != nil || repeats != (c.err == nil) {
			t.Errorf("%s under the same key is a repeat: %v %v", c.name, repeats, err)
		}
	}
}
