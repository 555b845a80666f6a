package front_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// placeHot is a reservation of units of the item that Redis sells.
func placeHot(n int, qty stock.Qty) ledger.Request {
	return ledger.Request{Command: stock.Place{
		Order: order(n), TTL: 3_600_000, Lines: []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: qty, Known: true}},
	}}
}

func client(t *testing.T, url string) rueidis.Client {
	t.Helper()
	o, err := rueidis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rueidis.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// setFigure gives Redis another figure of the item.
func setFigure(t *testing.T, c rueidis.Client, name, value string) {
	t.Helper()
	if err := c.Do(t.Context(), c.B().Set().Key("{t|hot|shop}||"+name).Value(value).Build()).Error(); err != nil {
		t.Fatal(err)
	}
}

// A number in Redis that is too large sells nothing that is not there: callers are refused, the balance is made again,
// and the item sells as before.
func TestANumberInRedisThatIsTooLargeSellsNothing(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			p := openPair(t, redis.URL, database(t))
			p.turn(true) // 12 units, one of them stays in the ledger
			c := client(t, redis.URL)
			p.ask(1, placeHot(1, 4))
			setFigure(t, c, "usable", "50")
			p.ask(2, placeHot(2, 9)) // there are 8
			setFigure(t, c, "usable", "50")
			var mu sync.Mutex
			var wg sync.WaitGroup
			took := 0
			for n := range 30 {
				wg.Go(func() {
					res := p.with.Submit(t.Context(), placeHot(100+n, 1))[0]
					_, refused := errors.AsType[*stock.Refusal](res.Err)
					mu.Lock()
					defer mu.Unlock()
					if res.Err == nil {
						took++
					} else if !refused && !errors.Is(res.Err, hot.ErrBusy) {
						t.Error(res.Err)
					}
				})
			}
			wg.Wait()
			if took > 8 {
				t.Errorf("%d units were acknowledged, and 8 were there", took)
			}
			if _, _, err := p.with.Compare(t.Context(), "t", item("hot")); err != nil {
				t.Error(err)
			}
			levels, _, err := p.with.Items(t.Context(), []stock.ItemKey{item("hot")})
			if err != nil {
				t.Fatal(err)
			}
			it := levels[0].Item
			if got := fmt.Sprint(it.Of(stock.Held), it.Of(stock.Shared), it.Of(stock.Oversold)); got != fmt.Sprint(4+took, 8-took, 0) {
				t.Errorf("held, free and oversold are %s, and %d were acknowledged", got, 4+took)
			}
			if res := p.with.Submit(t.Context(), placeHot(500, 1), placeHot(501, 9)); took < 8 && res[0].Err != nil {
				t.Errorf("it sells no longer: %v", res[0].Err)
			}
		})
	}
}

// unchecked stores takings without a look at the units, as an earlier version did.
type unchecked struct{ hot.Store }

func (s unchecked) Insert(ctx context.Context, all []hot.Take) ([]hot.Landing, error) {
	for i := range all {
		l, err := s.Find(ctx, item("hot"))
		if err == nil {
			err = s.Raise(ctx, all[i].Item, all[i].Epoch, l.Given+1000)
		}
		if err != nil {
			return nil, err
		}
	}
	return s.Store.Insert(ctx, all)
}

// Books of an earlier version may have orders that were acknowledged and have no units: they come into the books, and what is
// missing is owed. The item can be compared, rebuilt, turned off and sold.
func TestWhatWasAcknowledgedBeyondTheUnitsIsOwed(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t, "--appendfsync", "no")
			p := openPairWith(t, redis.URL, database(t), func(s hot.Store) hot.Store { return unchecked{s} })
			p.turn(true)
			setFigure(t, client(t, redis.URL), "usable", "50")
			for n, qty := range []stock.Qty{9, 8} { // of 11, and one that is the ledger's
				if err := p.with.Submit(t.Context(), placeHot(n, qty))[0].Err; err != nil {
					t.Fatal(err)
				}
			}
			check := func(want string) {
				t.Helper()
				faults, _, err := task.Check(t.Context(), p.store, []engine.Engine{p.engine})
				if got := strings.Join(faults, "; "); err != nil || (want == "") != (got == "") || !strings.Contains(got, want) {
					t.Errorf("to check says %q (%v), want %q", got, err, want)
				}
			}
			check("tasks that are not in the books need 17 units, and Redis was given 11")
			if _, _, err := p.with.Compare(t.Context(), "t", item("hot")); err != nil {
				t.Error(err)
			}
			check("")
			if n, err := p.with.Rebuild(t.Context(), "t", item("hot")); err != nil || n != 1 {
				t.Error(n, err)
			}
			for n, qty := range []stock.Qty{9, 8} {
				holds, _, err := p.with.Order(t.Context(), order(n))
				if _, l := stock.LineOf(holds, item("hot")); err != nil || l == nil || l.Quantity() != qty {
					t.Errorf("order %d: %+v %v", n, l, err)
				}
			}
			p.turn(false)
			levels, _, err := p.with.Items(t.Context(), []stock.ItemKey{item("hot")})
			if err != nil {
				t.Fatal(err)
			}
			it := levels[0].Item
			if got := fmt.Sprint(it.Of(stock.Held), it.Of(stock.Shared), it.Of(stock.Oversold)); got != "17 0 -5" {
				t.Errorf("held, free and oversold are %s, want 17 0 -5", got)
			}
		})
	}
}
