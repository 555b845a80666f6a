package hot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"

	"holdfast.dev/holdfast/internal/ledger"
)

// slowBooks delay the first read of items.
type slowBooks struct {
	hot.Ledger
	once      sync.Once
	meanwhile func()
}

func (b *slowBooks) Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error) {
	b.once.Do(b.meanwhile)
	return b.Ledger.Items(ctx, keys)
}

// Two processes open an item. The slower one writes its balance when the faster one has
// sold from its own, and Redis has lost that: what it writes is not sold from.
func TestABalanceThatComesTooLateIsNotSoldFrom(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			item := stock.ItemKey{Tenant: "t", Product: "cup", Location: "shop"}
			open := stock.OpenItem{Item: item, Bucket: stock.BucketOf("t", "shop"), Qty: 10, Tracked: true}
			if err := books.Submit(t.Context(), ledger.Request{Command: open})[0].Err; err != nil {
				t.Fatal(err)
			}
			fast := hot.NewRoad(redis, store, books)
			reserve := func(order string, qty stock.Qty) error {
				return fast.Reserve(t.Context(), hot.Reservation{Item: item, Order: order, Qty: qty, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())})
			}
			if err := fast.On(t.Context(), item, 0); err != nil {
				t.Fatal(err)
			}
			lose := func() {
				c := redis.Redis()
				if err := c.Do(t.Context(), c.B().Flushall().Build()).Error(); err != nil {
					t.Error(err)
				}
			}
			lose()
			held := 0
			slow := hot.NewRoad(redis, store, &slowBooks{Ledger: books, meanwhile: func() {
				if err := fast.Rebuild(t.Context(), item); err != nil {
					t.Error(err)
				}
				if err := reserve("before", 5); err != nil {
					t.Error(err)
				}
				held = 5
				lose()
			}})
			if err := slow.Rebuild(t.Context(), item); err != nil {
				t.Fatal(err)
			}
			for n := range 20 {
				var refusal *stock.Refusal
				err := reserve(fmt.Sprint("behind-", n), 1)
				switch {
				case err == nil:
					held++
				case !errors.Is(err, hot.ErrBusy) && !errors.As(err, &refusal):
					t.Error(err)
				}
			}
			if err := fast.Off(t.Context(), item); err != nil {
				t.Errorf("what was sold does not fit into the books: %v", err)
			}
			if held > 10 {
				t.Errorf("%d units were sold of 10", held)
			}
		})
	}
}
