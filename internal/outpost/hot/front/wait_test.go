package front_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// crowd are callers of an item that is sold ahead, and the answers that they received.
type crowd struct {
	t     *testing.T
	books *front.Books
	rules *switchable

	mu       sync.Mutex
	received stock.Qty
	orders   map[stock.OrderKey]stock.Qty // acknowledged reservations
	ended    map[stock.OrderKey]bool      // with an acknowledged release or confirm of the whole
}

// ask carries a command out, and reports whether it was acknowledged.
func (c *crowd) ask(cmd stock.Command) bool {
	err := c.books.Submit(c.t.Context(), ledger.Request{Command: cmd})[0].Err
	if _, refused := errors.AsType[*stock.Refusal](err); err != nil && !refused && !errors.Is(err, hot.ErrBusy) {
		c.t.Errorf("%T: %v", cmd, err)
	}
	return err == nil
}

func (c *crowd) step(r *rand.Rand, worker, n int) {
	o := stock.OrderKey{Tenant: "t", Order: fmt.Sprint(worker, "-", n)}
	switch r.IntN(8) {
	case 0, 1, 2, 3:
		qty := stock.Qty(1 + r.IntN(4))
		if c.ask(stock.Place{
			Order: o, TTL: 3_600_000, Ahead: r.IntN(2) == 0,
			Lines: []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: qty, Known: true}},
		}) {
			c.mu.Lock()
			c.orders[o] = qty
			c.mu.Unlock()
		}
	case 4, 5, 6:
		o.Order = fmt.Sprint(worker, "-", r.IntN(n+1))
		var cmd stock.Command = stock.Release{Target: stock.Target{Order: o}}
		if r.IntN(3) == 0 {
			cmd = stock.Confirm{Target: stock.Target{Order: o}}
		}
		if c.ask(cmd) {
			c.mu.Lock()
			c.ended[o] = true
			c.mu.Unlock()
		}
	case 7:
		qty := stock.Qty(1 + r.IntN(2))
		if c.ask(stock.Restock{Item: item("hot"), Bucket: bucket(), Qty: qty}) {
			c.mu.Lock()
			c.received += qty
			c.mu.Unlock()
		}
	}
}

// judge compares the books with the answers that callers received.
func (c *crowd) judge(road *hot.Road, bound stock.Qty) {
	c.t.Helper()
	for range 2 { // what was kept for orders is brought to them, and what is left is given to Redis
		road.WriteFresh(c.t.Context())
		road.Tend(c.t.Context())
	}
	levels, _, err := c.books.Ledger.Items(c.t.Context(), []stock.ItemKey{item("hot")})
	if err != nil {
		c.t.Fatal(err)
	}
	it := levels[0].Item
	has := it.InEscrow(stock.RedisHolder("hot"))
	if waits := hot.Waits(&levels[0]); waits > 0 && it.Of(stock.Shared)+has > 0 || waits > bound {
		c.t.Errorf("orders wait for %d units of at most %d; the pool has %d and Redis %d", waits, bound, it.Of(stock.Shared), has)
	}
	if all := it.Of(stock.Shared) + has + it.Of(stock.Held) + it.Arrived() + it.Of(stock.Customer); all != c.received || it.Of(stock.Oversold) != 0 {
		c.t.Errorf("the books have %d units and %d oversold, %d were received", all, it.Of(stock.Oversold), c.received)
	}
	for o, qty := range c.orders {
		holds, _, err := c.books.Order(c.t.Context(), o)
		_, line := stock.LineOf(holds, item("hot"))
		switch {
		case err != nil || line == nil || line.Requested != qty || line.Granted() != qty:
			c.t.Errorf("order %s of %d units was acknowledged, the books have %+v: %v", o.Order, qty, line, err)
		case c.ended[o] && line.End == stock.Open:
			c.t.Errorf("order %s has ended, the books have %+v", o.Order, line)
		}
	}
}

// Callers reserve, wait, give back and receive at once while the item goes over to Redis and back:
// every unit is of one order, no more is promised than may be, and nobody waits while units are
// free.
func TestWhatIsPromisedAtOnceIsPromisedOnce(t *testing.T) {
	t.Parallel()
	histories := 4
	if os.Getenv("SOAK") != "" {
		histories = 100
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			for seed := range histories {
				atOnce(t, redis.URL, database(t), seed)
			}
		})
	}
}

func atOnce(t *testing.T, redis, dsn string, seed int) {
	t.Helper()
	const bound = 10
	kept := openLedger(t)
	store, err := task.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	balances, err := hot.Connect(redis)
	if err != nil {
		t.Fatal(err)
	}
	defer balances.Close()
	for _, cmd := range []stock.Command{
		stock.OpenItem{Item: item("hot"), Bucket: bucket(), Qty: 20, Tracked: true},
		stock.SetPromises{Item: item("hot"), Bucket: bucket(), Backorder: &stock.SaleSetting{Bound: bound}},
	} {
		if err := kept.Submit(t.Context(), ledger.Request{Command: cmd})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	road, rules := hot.NewRoad(balances, store, kept), &switchable{}
	rules.set(true)
	c := &crowd{
		t: t, rules: rules, books: front.New(kept, []*hot.Road{road}, func(stock.Bucket) uint16 { return 0 }, rules), received: 20,
		orders: map[stock.OrderKey]stock.Qty{}, ended: map[stock.OrderKey]bool{},
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- road.Run(ctx) }()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(seed), uint64(w)))
			for n := range 40 {
				c.step(r, w, n)
			}
		})
	}
	wg.Go(func() {
		for n := range 3 {
			if n > 0 {
				rules.set(n%2 == 0)
			}
			if err := settled(func() error { return c.books.Turn(ctx, item("hot")) }); err != nil {
				t.Errorf("turn: %v", err)
			}
		}
	})
	wg.Wait()
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	c.judge(road, bound)
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
}

func demand(qty stock.Qty) []stock.Demand {
	return []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: qty, Known: true}}
}

// A release that Redis took is asked again when orders wait: it is the same release, though the
// ledger takes new ones meanwhile.
func TestAReleaseIsRepeatedWhileOrdersWait(t *testing.T) {
	t.Parallel()
	p := openPair(t, dbtest.StartRedis(t, "--appendfsync", "no").URL, dbtest.Postgres(t))
	p.turn(true)
	release := ledger.Request{Key: "k", Command: stock.Release{Target: stock.Target{Order: order(1), Item: item("hot"), Qty: 1, Keyed: true}}}
	for n, q := range []ledger.Request{
		{Command: stock.SetPromises{Item: item("hot"), Bucket: bucket(), Backorder: &stock.SaleSetting{Bound: 9}}},
		{Command: stock.Place{Order: order(1), TTL: 3_600_000, Lines: demand(4)}},
		release,
		{Command: stock.Place{Order: order(2), TTL: 3_600_000, Lines: demand(14), Ahead: true}}, // 9 are there
		release,
		{Key: "l", Command: stock.Release{Target: stock.Target{Order: order(1), Item: item("hot"), Qty: 1, Keyed: true}}},
		release,
		{Command: stock.Release{Target: stock.Target{Order: order(1)}}},
	} {
		p.ask(n, q)
		if n > 2 {
			p.look(n, q)
		}
		if n == 0 {
			p.road.Tend(t.Context()) // Redis has the units again
		}
	}
}
