package soldout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// one is a chain of one slot with one cup in each town, of which only the channel web is
// announced separately.
func one(t *testing.T) (*chain, *node) {
	t.Helper()
	c := openChain(t, catalogtest.File(t), 1)
	t.Cleanup(func() { c.close(t) })
	for _, town := range towns {
		c.place(t, town, true, "web")
		c.put(t, town, "cup", 1)
	}
	n := c.node()
	n.must(t)
	return c, n
}

func (n *node) must(t tester) {
	t.Helper()
	if err := n.step(t); err != nil {
		t.Fatal(err)
	}
}

func (c *chain) mustTell(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := c.news(t); !slices.Equal(got, want) {
		t.Errorf("%s: told %q, wanted %q", when, got, want)
	}
}

func TestTheLastLocationSellsOutTheProduct(t *testing.T) {
	t.Parallel()
	c, n := one(t)
	step := func(when string, want ...string) {
		t.Helper()
		n.must(t)
		c.mustTell(t, when, want...)
	}
	out := []string{`cup on "": sold_out`, `cup on "web": sold_out`}
	back := []string{`cup on "": back_in_stock`, `cup on "web": back_in_stock`}
	c.do(t, reserve("o-1", "web", "berlin", "cup", 1))
	step("one of two has sold out")
	c.do(t, reserve("o-2", "web", "lyon", "cup", 1))
	step("the last has sold out", out...)
	step("nothing has happened")
	c.do(t, &stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o-1"}}})
	step("an order gives back", back...)
	c.do(t, &stock.Restock{Item: item("lyon", "cup"), Qty: 5})
	step("there is more of it")
	c.place(t, "lyon", true, "pos")
	c.place(t, "berlin", true, "web", "app")
	step("they serve other channels")
	c.do(t, reserve("o-3", "web", "berlin", "cup", 1))
	step("of two channels the last has sold out", `cup on "app": sold_out`, `cup on "web": sold_out`)
}

// A channel that no location names is announced as sold out when the last
// location stops naming it.
func TestAChannelThatNobodyServesAnyMoreIsSoldOut(t *testing.T) {
	t.Parallel()
	c, n := one(t)
	c.place(t, "berlin", true, "pos")
	c.place(t, "lyon", true, "app")
	c.place(t, "lyon", true, "pos") // before anybody has looked
	n.must(t)
	c.mustTell(t, "web is named by nobody", `cup on "web": sold_out`, `cup on "app": sold_out`)
	c.place(t, "berlin", true)
	n.must(t)
	c.mustTell(t, "one serves all channels", `cup on "app": back_in_stock`, `cup on "web": back_in_stock`)
	if due, err := c.catalog.PlacesDue(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("%+v, %v", due, err)
	}
}

func TestWhatIsNotCountedDoesNotSellOut(t *testing.T) {
	t.Parallel()
	c, n := one(t)
	c.do(t, &stock.OpenItem{Item: item("berlin", "tea")})
	c.do(t, &stock.OpenItem{Item: item("lyon", "tea"), Tracked: true})
	n.must(t)
	c.do(t, reserve("o-1", "web", "berlin", "tea", 99))
	n.must(t)
	c.mustTell(t, "it is not counted")
	c.do(t, &stock.SetSaleStatus{Item: item("berlin", "tea")})
	n.must(t)
	c.mustTell(t, "it is switched off", `tea on "": sold_out`, `tea on "web": sold_out`)
}

// dying is what a process has that dies before it notes that something was done.
type dying struct {
	engine.Cursors
	Directory
}

var errDead = errors.New("the process is dead")

func (dying) SetCursor(context.Context, string, engine.Seq, engine.Seq) error { return errDead }
func (dying) PlaceSeen(context.Context, catalog.Place) error                  { return errDead }

func TestACrashTellsNothingTwiceAndLeavesNothingOut(t *testing.T) {
	t.Parallel()
	c, _ := one(t)
	out := []string{`cup on "": sold_out`, `cup on "web": sold_out`}
	back := []string{`cup on "": back_in_stock`, `cup on "web": back_in_stock`}
	for n, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"the last order", func() {
			c.do(t, reserve("o-1", "web", "berlin", "cup", 1))
			c.do(t, reserve("o-2", "web", "lyon", "cup", 1))
		}, out},
		{"a restock", func() { c.do(t, &stock.Restock{Item: item("lyon", "cup"), Qty: 1}) }, back},
		{"a location that closes", func() { c.place(t, "lyon", false, "web") }, out},
		{"a location that opens", func() { c.place(t, "lyon", true, "web") }, back},
	} {
		step.do()
		dies := c.node()
		dies.queues[0].Cursors = dying{Cursors: c.engines[0]}
		dies.directory = dying{Directory: c.catalog}
		if n == 1 { // it dies before it says anything
			dies.queues[0].teller = New(silent{}, c.books, c.catalog, dies.levels)
		}
		if err := dies.step(t); !errors.Is(err, errDead) {
			t.Fatalf("%s: %v", step.name, err)
		}
		c.node().must(t)
		c.node().must(t)
		c.mustTell(t, step.name, step.want...)
	}
}

// silent is a door that a process does not reach before it dies.
type silent struct{ Door }

func (silent) Submit(context.Context, string, []intake.Ask) ([]intake.Outcome, error) {
	return nil, errDead
}

// Several processes that look at once are heard once, and what they say takes turns.
func TestOfManyWhoLookOneIsHeard(t *testing.T) {
	t.Parallel()
	c := openChain(t, catalogtest.File(t), 3)
	t.Cleanup(func() { c.close(t) })
	for _, town := range towns {
		c.place(t, town, true, "web")
		for _, product := range products {
			c.put(t, town, product, 1)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 3 {
		runner := feed.NewRunner(slog.New(slog.DiscardHandler), "soldout", time.Millisecond, 10*time.Millisecond)
		c.teller().Project(runner, c.logs)
		running.Go(func() { _ = runner.Run(ctx) })
	}
	// Each waits for the announcement that it caused, so that every turn is
	// announced.
	const rounds = 5
	var buyers sync.WaitGroup
	for _, product := range products {
		buyers.Go(func() {
			for n := range rounds {
				for _, town := range towns {
					c.do(t, reserve(fmt.Sprint(product, n, town), "web", town, product, 1))
				}
				c.await(t, product, true)
				for _, town := range towns {
					c.do(t, &stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint(product, n, town)}}})
				}
				c.await(t, product, false)
			}
		})
	}
	buyers.Wait()
	stop()
	running.Wait()
	last, count := map[string]string{}, map[string]int{}
	for _, told := range c.news(t) {
		of, is, _ := strings.Cut(told, ": ")
		if last[of] == is || last[of] == "" && is != stock.OpSoldOut.String() {
			t.Errorf("%s is told twice in a row, or first: %s", of, is)
		}
		last[of] = is
		count[of]++
	}
	for _, product := range products {
		for _, channel := range []string{"", "web"} {
			if of := fmt.Sprintf("%s on %q", product, channel); count[of] != 2*rounds {
				t.Errorf("%s turned %d times, wanted %d", of, count[of], 2*rounds)
			}
		}
	}
}

// await waits until it is announced that the product is sold out, or is not.
func (c *chain) await(t *testing.T, product string, soldOut bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for ; t.Context().Err() == nil; <-look.C {
		levels, _, err := c.books.Items(t.Context(), []stock.ItemKey{stock.Everywhere(tenant, product)})
		if err != nil {
			t.Error(err)
			return
		}
		if it := levels[0].Item; it.SoldOutOn("web") == soldOut && it.SoldOutOn("") == soldOut {
			return
		}
	}
}
