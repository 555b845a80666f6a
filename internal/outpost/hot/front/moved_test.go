package front_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/stock"
)

// Comparing and rebuilding succeed while the rules turn the item off and on, and while others do the same.
func TestAnItemIsComparedWhileItMoves(t *testing.T) {
	t.Parallel()
	const moves = 30
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			o, err := rueidis.ParseURL(redis.URL)
			if err != nil {
				t.Fatal(err)
			}
			c, err := rueidis.NewClient(o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			p := openPair(t, redis.URL, database(t))
			k, done := item("hot"), make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var all errgroup.Group
			until := func(do func() error) {
				all.Go(func() error {
					for {
						select {
						case <-done:
							return nil
						default:
							if err := do(); err != nil {
								cancel()
								return err
							}
						}
					}
				})
			}
			for range 2 {
				until(func() error {
					_, _, err := p.with.Compare(ctx, "t", stock.ItemKey{})
					return err
				})
			}
			until(func() error {
				_, err := p.with.Rebuild(ctx, "t", stock.ItemKey{})
				return err
			})
			until(func() error {
				_, err := p.with.Rebuild(ctx, "t", k)
				if _, off := errors.AsType[*catalog.UnknownError](err); off {
					return nil
				}
				return err
			})
			until(func() error {
				_, _, err := p.with.Items(ctx, []stock.ItemKey{k})
				return err
			})
			orders := 0
			until(func() error {
				orders++
				o := order(orders)
				err := p.with.Submit(ctx, ledger.Request{Command: takeOne(o)})[0].Err
				if err == nil {
					err = p.with.Submit(ctx, ledger.Request{Command: stock.Release{Target: stock.Target{Order: o}}})[0].Err
				}
				if errors.Is(err, hot.ErrBusy) { // it is being made anew again and again
					return nil
				}
				return err
			})
			until(func() error {
				// as a hand would change it
				keys, err := c.Do(ctx, c.B().Keys().Pattern("{*|hot|*||usable").Build()).AsStrSlice()
				if err != nil || len(keys) == 0 {
					return err
				}
				<-time.After(20 * time.Millisecond)
				if err := c.Do(ctx, c.B().Set().Key(keys[0]).Value("5000").Xx().Build()).Error(); !rueidis.IsRedisNil(err) {
					return err
				}
				return nil
			})
			for n := range moves {
				p.turn(n%2 == 0)
				if ctx.Err() != nil {
					break
				}
			}
			close(done)
			if err := all.Wait(); err != nil {
				t.Error(err)
			}
			p.turn(false)
			if res := p.with.Submit(t.Context(), ledger.Request{Command: stock.Restock{Item: k, Bucket: bucket(), Qty: 1}}); res[0].Err != nil {
				t.Error(res[0].Err)
			}
		})
	}
}

func takeOne(o stock.OrderKey) stock.Place {
	return stock.Place{Order: o, TTL: 3_600_000, Lines: []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: 1, Known: true}}}
}

// A process that does not know yet that another one turned the item on sells it all the same. If it has no time to
// find out, nothing is refused: the caller is to come again.
func TestAProcessThatIsLateSells(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPair(t, dbtest.StartRedis(t).URL, database(t))
			late, hurried := p.another(), p.another()
			for _, road := range []*hot.Road{late, hurried} {
				if _, err := road.Load(t.Context()); err != nil { // there is nothing yet
					t.Fatal(err)
				}
			}
			p.turn(true)

			inHaste := p.before(p.with.Ledger, hurried, &switchable{})
			now := time.Now()
			inHaste.SetNow(func() time.Time {
				now = now.Add(time.Hour)
				return now
			})
			if res := inHaste.Submit(t.Context(), ledger.Request{Command: takeOne(order(1))}); !errors.Is(res[0].Err, hot.ErrBusy) {
				t.Errorf("in haste: got %v, want ErrBusy", res[0].Err)
			}
			if res := p.before(p.with.Ledger, late, &switchable{}).Submit(t.Context(), ledger.Request{Command: takeOne(order(2))}); res[0].Err != nil {
				t.Error(res[0].Err)
			}
			levels, _, err := p.with.Items(t.Context(), []stock.ItemKey{item("hot")})
			if err != nil || levels[0].Item.Of(stock.Held) != 1 {
				t.Errorf("the books have %+v, want 1 held: %v", levels, err)
			}
		})
	}
}

// A process that does not know yet that another one turned the item on knows its orders and its units all the same.
func TestAProcessThatIsLateKnowsWhatRedisTook(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPair(t, dbtest.StartRedis(t).URL, database(t))
			late := func() *front.Books {
				road := p.another()
				if _, err := road.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
				return p.before(p.with.Ledger, road, &switchable{})
			}
			ends := []stock.Command{
				stock.Release{Target: stock.Target{Order: order(0)}},
				stock.Confirm{Target: stock.Target{Order: order(1), Item: item("hot")}},
				stock.Commit{Target: stock.Target{Order: order(2)}},
			}
			var asked []*front.Books
			for range ends {
				asked = append(asked, late())
			}
			reader, shelf := late(), late()
			p.turn(true)

			for n := range ends {
				if err := p.with.Submit(t.Context(), ledger.Request{Command: takeOne(order(n))})[0].Err; err != nil {
					t.Fatal(err)
				}
			}
			if holds, _, err := reader.Order(t.Context(), order(0)); len(holds) != 1 || err != nil {
				t.Errorf("the order: got %v %v, want one hold", holds, err)
			}
			for n, c := range ends {
				if err := asked[n].Submit(t.Context(), ledger.Request{Command: c})[0].Err; err != nil {
					t.Errorf("%T: %v", c, err)
				}
			}
			levels, _, err := shelf.Items(t.Context(), []stock.ItemKey{item("hot")})
			if err != nil || levels[0].Item.Of(stock.Shared) != 10 || levels[0].Item.Of(stock.Held) != 1 {
				t.Errorf("the books have %+v, want 10 free and 1 held: %v", levels[0].Item, err)
			}
		})
	}
}
