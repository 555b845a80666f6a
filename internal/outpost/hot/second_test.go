package hot_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// The Redis in use stops while callers reserve through two processes. The other one takes over, the callers
// reserve there, and when the first one wakes up, its units are not sold. Then the same back.
func TestTheOtherRedisTakesOver(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const items, units = 8, 200
			both := [2]*dbtest.Program{dbtest.StartRedis(t, "--appendfsync", "no").Servers[0], dbtest.StartRedis(t, "--appendfsync", "no").Servers[0]}
			store, err := task.Open(t.Context(), database(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			books := openBooks(t, memory.New())
			redis, err := hot.ConnectBoth("redis://"+both[0].Addr(), "redis://"+both[1].Addr())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(redis.Close)
			roads := [2]*hot.Road{}
			for n := range roads {
				roads[n] = hot.NewRoad(redis, store, books, hot.WithTakeover(time.Millisecond))
			}
			keys := manyItems(t, roads[0], books, items, units)
			stop := make(chan struct{})
			var mu sync.Mutex
			held := map[stock.ItemKey]stock.Qty{}
			var granted atomic.Int64
			var all, sell sync.WaitGroup
			for _, road := range roads {
				all.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(20 * time.Millisecond):
							road.Tend(t.Context())
							road.WriteFresh(t.Context())
						}
					}
				})
			}
			for c := range 8 {
				sell.Go(func() {
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						case <-time.After(time.Millisecond):
						}
						item := keys[(n*3+c)%items]
						err := roads[c%2].Reserve(t.Context(), hot.Reservation{
							Item: item, Order: fmt.Sprintf("%d-%d", c, n), Qty: 1, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli()),
						})
						if err == nil {
							mu.Lock()
							held[item]++
							mu.Unlock()
							granted.Add(1)
						}
					}
				})
			}
			more := func() {
				t.Helper()
				from := granted.Load()
				waitFor(t, func() bool { return granted.Load() > from+40 })
			}
			more()
			for n := range both {
				both[n].Pause()
				waitFor(t, func() bool { return roads[0].Second() == (n == 0) && roads[1].Second() == (n == 0) })
				more()
				both[n].Resume()
				more()
			}
			close(stop)
			sell.Wait()
			all.Wait()
			for i := range keys { // which brings all tasks into the books
				if err := roads[0].Rebuild(t.Context(), keys[i]); err != nil {
					t.Error(err)
				}
			}
			levels, _, err := books.Items(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range levels {
				if got := l.Item.Of(stock.Held); got < held[keys[i]] || got > units || l.Item.Of(stock.Oversold) != 0 {
					t.Errorf("%d units of %s are held, %d were acknowledged", got, keys[i].Product, held[keys[i]])
				}
			}
			t.Logf("%d acknowledged", granted.Load())
		})
	}
}

// A process that does not know yet that the other Redis is in use acknowledges nothing from the one that was.
func TestAProcessThatIsLateSellsNothingFromTheOldRedis(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := task.Open(t.Context(), database(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			books := openBooks(t, memory.New())
			redis, err := hot.ConnectBoth(dbtest.StartRedis(t, "--appendfsync", "no").URL, dbtest.StartRedis(t, "--appendfsync", "no").URL)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(redis.Close)
			ahead, late := hot.NewRoad(redis, store, books), hot.NewRoad(redis, store, books)
			item := manyItems(t, late, books, 1, 10)[0]
			reserve := func(road *hot.Road, order string, qty stock.Qty) error {
				return road.Reserve(t.Context(), hot.Reservation{Item: item, Order: order, Qty: qty, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())})
			}
			is, err := store.Chosen(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if done, err := store.Choose(t.Context(), is, true); err != nil || !done {
				t.Fatal(done, err)
			}
			ahead.Tend(t.Context()) // it learns of the choice, and gives the second Redis the units
			if err := reserve(ahead, "all", 10); err != nil {
				t.Fatal(err)
			}
			if err := reserve(late, "none", 1); !errors.Is(err, hot.ErrBusy) || late.Second() {
				t.Errorf("%v from the Redis that was", err)
			}
			var refusal *stock.Refusal
			waitFor(t, func() bool { // the late one learns it with the item's next balance
				late.Tend(t.Context())
				return errors.As(reserve(late, "none", 1), &refusal)
			})
			if !late.Second() {
				t.Error("the process does not use the second Redis")
			}
			if l, err := ahead.Look(t.Context(), item); err != nil || l.State != hot.Open {
				t.Errorf("%+v %v", l, err)
			} else if _, err := ahead.WriteBack(t.Context(), l); err != nil {
				t.Error(err)
			}
			levels, _, err := books.Items(t.Context(), []stock.ItemKey{item})
			if err != nil || levels[0].Item.Of(stock.Held) != 10 {
				t.Errorf("%+v %v", levels, err)
			}
		})
	}
}

// A process whose books say that the second Redis is in use sells nothing without one.
func TestWithoutTheSecondRedisNothingIsSoldFromTheFirst(t *testing.T) {
	t.Parallel()
	store, redis, books := rooms(t, databases["postgres"])
	road := hot.NewRoad(redis, store, books)
	item := manyItems(t, road, books, 1, 10)[0]
	is, err := store.Chosen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if done, err := store.Choose(t.Context(), is, true); err != nil || !done {
		t.Fatal(done, err)
	}
	road.Tend(t.Context())
	err = road.Reserve(t.Context(), hot.Reservation{Item: item, Order: "o", Qty: 1, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())})
	if !errors.Is(err, hot.ErrBusy) {
		t.Errorf("%v", err)
	}
}

// The Redis in use stops, or dies, while callers reserve and processes are killed. The other one takes over,
// and a Redis that wakes up sells nothing of what it had.
func TestNothingIsLostWhenTheOtherRedisTakesOver(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := dbtest.StartRedis(t, "--appendfsync", "everysec"), dbtest.StartRedis(t, "--appendfsync", "everysec")
			first, second := a.Servers[0], b.Servers[0]
			c := newTrial(t, database(t), &dbtest.Redis{URL: a.URL + " " + b.URL})
			c.crash(
				first.Pause,
				first.Resume,
				second.Kill,
				second.Start,
				func() { first.Pause(); c.a.waitBusy(t); first.Resume() },
				second.Kill,
				second.Start,
			)
			c.judge()
			p := mustOpen(t, c.dsn, c.redis.URL)
			defer p.close()
			if is, err := p.store.Chosen(t.Context()); err != nil || is.Term < 2 {
				t.Errorf("%+v %v: want two takeovers at least", is, err)
			}
		})
	}
}
