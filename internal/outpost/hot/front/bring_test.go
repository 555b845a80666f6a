package front_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// openTwo opens two servers with one ledger and one Redis. tend does what both do in the background, until ctx ends.
func openTwo(t *testing.T, database func(testing.TB) string) (p *pair, servers []*front.Books, tend func(context.Context)) {
	t.Helper()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	p = openPair(t, redis.URL, database(t))
	if err := p.kept.Submit(t.Context(), ledger.Request{Command: stock.Restock{Item: item("hot"), Bucket: bucket(), Qty: 100_000}}, ledger.Request{Command: stock.Restock{Item: item("cold"), Bucket: bucket(), Qty: 100_000}}); err[0].Err != nil {
		t.Fatal(err)
	}
	p.turn(true)
	other := p.another()
	servers = []*front.Books{p.with, p.before(p.kept, other, p.rules)}
	for _, b := range servers {
		if _, _, err := b.Items(t.Context(), []stock.ItemKey{item("hot")}); err != nil {
			t.Fatal(err)
		}
	}
	return p, servers, func(ctx context.Context) {
		for ctx.Err() == nil {
			<-time.After(5 * time.Millisecond) // callers need the machine too
			for _, road := range []*hot.Road{p.road, other} {
				if l, err := road.Look(ctx, item("hot")); err == nil && l.State == hot.Open {
					_ = road.Feed(ctx, l) // gives Redis what is in the pool
				}
				road.Tend(ctx)
			}
		}
	}
}

// An order that the ledger decides gets its units while others are free, whichever server has it, and while both give Redis
// what is in the pool.
func TestAnOrderThatTheLedgerDecidesGetsUnitsThatAreFree(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, servers, tend := openTwo(t, database)
			ctx, stop := context.WithCancel(t.Context())
			var tending, callers errgroup.Group
			tending.Go(func() error { tend(ctx); return nil })
			var mu sync.Mutex
			refused := 0
			for w := range 6 {
				callers.Go(func() error {
					for n := range 10 {
						o := stock.OrderKey{Tenant: "t", Order: fmt.Sprintf("two-%d-%d", w, n)}
						line := func(product string) stock.Demand {
							return stock.Demand{Item: item(product), Bucket: bucket(), Qty: stock.Qty(1 + n%3), Known: true}
						}
						c := stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{line("cold"), line("hot")}, Partial: n%5 == 4}
						var err error
						for range 1000 {
							if err = servers[w%2].Submit(ctx, ledger.Request{Command: c, Key: o.Order})[0].Err; !errors.Is(err, hot.ErrBusy) && !errors.Is(err, hot.ErrDown) {
								break
							}
							<-time.After(5 * time.Millisecond)
						}
						if r, is := errors.AsType[*stock.Refusal](err); is {
							mu.Lock()
							refused++
							mu.Unlock()
							t.Logf("%v: %+v", r, r.Shortages)
						} else if err != nil {
							return err
						}
						if n%4 == 0 { // counts and takings of one line come in between
							if err := servers[(w+1)%2].Submit(ctx, ledger.Request{Command: stock.Adjust{Item: item("hot"), Bucket: bucket(), Delta: -1}})[0].Err; err != nil && !errors.Is(err, hot.ErrBusy) && !errors.Is(err, hot.ErrDown) {
								return err
							}
						}
						if err := servers[(w+1)%2].Submit(ctx, placeHot(1000+100*w+n, 1))[0].Err; err != nil && !errors.Is(err, hot.ErrBusy) && !errors.Is(err, hot.ErrDown) {
							return err
						}
					}
					return nil
				})
			}
			if err := callers.Wait(); err != nil {
				t.Error(err)
			}
			stop()
			_ = tending.Wait()
			if refused > 0 {
				t.Errorf("%d of 60 orders were refused with nearly 100,000 units free", refused)
			}
			if _, _, err := servers[0].Items(t.Context(), []stock.ItemKey{item("hot")}); err != nil {
				t.Fatal(err)
			}
			levels, _, err := p.kept.Items(t.Context(), []stock.ItemKey{item("hot")})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range levels[0].Item.Balances {
				if holder, is := b.Account.IsBrought(); is && b.Qty != 0 {
					t.Errorf("%d units are left with %q", b.Qty, holder)
				}
			}
		})
	}
}

// A refused order leaves no units behind, and those of a process that is gone come back.
func TestUnitsThatWereBroughtForAnOrderComeBack(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	p := openPair(t, redis.URL, dbtest.Postgres(t))
	p.turn(true)
	two := func(n int, hotUnits, coldUnits stock.Qty) ledger.Request {
		return ledger.Request{Key: fmt.Sprint("two", n), Command: stock.Place{Order: order(n), TTL: 3_600_000, Lines: []stock.Demand{
			{Item: item("hot"), Bucket: bucket(), Qty: hotUnits, Known: true}, {Item: item("cold"), Bucket: bucket(), Qty: coldUnits, Known: true},
		}}}
	}
	p.ask(1, two(1, 9, 13)) // there are 12 of the cold one
	p.ask(2, two(2, 12, 2)) // with the unit that stays in the ledger
	p.ask(3, two(3, 1, 1))
	p.look(4, ledger.Request{})
	l, err := p.road.Look(t.Context(), item("hot"))
	if err != nil {
		t.Fatal(err)
	}
	p.ask(5, ledger.Request{Command: stock.Release{Target: stock.Target{Order: order(2)}}})
	if err := settled(func() error { return p.road.Feed(t.Context(), l) }); err != nil {
		t.Fatal(err)
	}
	var n stock.Qty
	if err := settled(func() (err error) { n, err = p.road.Pull(t.Context(), l, 5, stock.BroughtFor("gone")); return err }); err != nil || n == 0 { // and its process dies
		t.Fatal(n, err)
	}
	p.turn(false)
	p.look(6, ledger.Request{})
}
