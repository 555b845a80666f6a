package hot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// manyItems opens items of a tenant, and lets Redis sell them.
func manyItems(t *testing.T, road *hot.Road, books *ledger.Ledger, n int, qty stock.Qty) (items []stock.ItemKey) {
	t.Helper()
	for i := range n {
		item := stock.ItemKey{Tenant: "t", Product: fmt.Sprint("p", i), Location: "shop"}
		open := stock.OpenItem{Item: item, Bucket: stock.BucketOf("t", "shop"), Qty: qty, Tracked: true}
		if err := errors.Join(books.Submit(t.Context(), ledger.Request{Command: open})[0].Err, turnOn(t.Context(), road, item, 0)); err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

// Redis loses all items again and again while two processes sell them and look after them: what was
// acknowledged is in the books, nothing is sold twice, and all of them are open again.
func TestManyItemsAreRenewedWhileTheySell(t *testing.T) {
	t.Parallel()
	const items, each, callers, losses = 40, 30, 6, 5
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			roads := []*hot.Road{hot.NewRoad(redis, store, books), hot.NewRoad(redis, store, books)}
			keys := manyItems(t, roads[0], books, items, each)
			ctx, stop := context.WithCancel(t.Context())
			var mu sync.Mutex
			held := map[stock.ItemKey]stock.Qty{}
			refused := 0
			var all, sell sync.WaitGroup
			for _, road := range roads {
				all.Go(func() {
					for ctx.Err() == nil {
						road.Tend(t.Context())
						road.WriteFresh(t.Context())
					}
				})
			}
			for c := range callers {
				sell.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						item := keys[(n*7+c)%items]
						err := roads[c%2].Reserve(t.Context(), hot.Reservation{
							Item: item, Order: fmt.Sprintf("%d-%d", c, n), Qty: 1, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli()),
						})
						mu.Lock()
						if err == nil {
							held[item]++
						} else if _, no := errors.AsType[*stock.Refusal](err); no {
							refused++
						}
						mu.Unlock()
					}
				})
			}
			sold := func() (n stock.Qty) {
				mu.Lock()
				defer mu.Unlock()
				for _, qty := range held {
					n += qty
				}
				return n
			}
			for n := range stock.Qty(losses) {
				waitFor(t, func() bool { return sold() >= (n+1)*items*each/(2*losses) })
				c := redis.Redis()
				if err := c.Do(t.Context(), c.B().Flushall().Build()).Error(); err != nil {
					t.Error(err)
				}
			}
			waitFor(t, func() bool { return sold() >= items*each*3/4 })
			stop()
			sell.Wait()
			all.Wait()
			for _, item := range keys {
				if err := roads[0].Rebuild(t.Context(), item); err != nil {
					t.Fatal(err)
				}
				l := roads[0].Last(item)
				if d, err := roads[0].Compare(t.Context(), l); l.State != hot.Open || d != nil || err != nil {
					t.Errorf("%+v: %+v %v", l, d, err)
				}
			}
			levels, _, err := books.Items(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range levels {
				// The caller of an order that was given up has no answer; the books may have it.
				if got := l.Item.Of(stock.Held); got < held[keys[i]] || got > each || l.Item.Of(stock.Oversold) != 0 {
					t.Errorf("%d units of %s are held, %d were acknowledged", got, keys[i].Product, held[keys[i]])
				}
			}
			t.Logf("%d acknowledged, %d refused", sold(), refused)
		})
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	for late := time.After(10 * time.Minute); !is(); {
		select {
		case <-late:
			t.Fatal("it never was so")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// An item that cannot be renewed does not keep others from it, and every item counts.
func TestOneItemDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			road := hot.NewRoad(redis, store, books)
			keys := manyItems(t, road, books, 5, 3)
			bad, err := store.Find(t.Context(), keys[2])
			if err != nil {
				t.Fatal(err)
			}
			wrong := *bad
			wrong.Holder = 1 // which the books refuse: it has had a later one
			if moved, err := store.Move(t.Context(), *bad, wrong); err != nil || !moved {
				t.Fatal(moved, err)
			}
			c := redis.Redis()
			if err := c.Do(t.Context(), c.B().Flushall().Build()).Error(); err != nil {
				t.Fatal(err)
			}
			all, err := road.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			counted := 0
			if err := road.RebuildAll(t.Context(), all, func(n int) { counted += n }); err == nil || counted != len(keys) {
				t.Errorf("%d items counted: %v", counted, err)
			}
			for i, item := range keys {
				l, err := road.Look(t.Context(), item)
				want := hot.Open
				if i == 2 {
					want = hot.Opening
				}
				if err != nil || l.State != want {
					t.Errorf("item %d is %v, want %v: %v", i, l.State, want, err)
				}
			}
		})
	}
}

// An item that is sealed, or off, stays so when its neighbours are renewed.
func TestOnlyWhatRedisSellsIsRenewed(t *testing.T) {
	t.Parallel()
	store, redis, books := rooms(t, databases["postgres"])
	road := hot.NewRoad(redis, store, books)
	keys := manyItems(t, road, books, 2, 3)
	l, err := road.Look(t.Context(), keys[0])
	if err != nil {
		t.Fatal(err)
	}
	sealed := l
	sealed.Epoch, sealed.State = l.Epoch+1, hot.Sealed
	if moved, err := store.Move(t.Context(), l, sealed); err != nil || !moved {
		t.Fatal(moved, err)
	}
	all, err := road.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := road.RebuildAll(t.Context(), all, func(int) {}); err != nil {
		t.Fatal(err)
	}
	sealed.Counted = false // its epoch has no units
	if is, err := road.Look(t.Context(), keys[0]); err != nil || is != sealed {
		t.Errorf("%+v %v, want %+v", is, err, sealed)
	}
}
