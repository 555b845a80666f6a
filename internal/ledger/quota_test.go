package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"
)

func quotas(product string, lower stock.Lowering, set map[string]stock.Qty) stock.SetQuotas {
	c := stock.SetQuotas{Item: item(product), Bucket: bucket, Lower: lower}
	for id, n := range set {
		weight := uint32(1)
		c.Set = append(c.Set, stock.QuotaSetting{Channel: id, Quota: &n, Weight: &weight})
	}
	return c
}

func on(channel string, p stock.Place) stock.Place {
	p.Channel = channel
	return p
}

// now is the item as a strong read shows it.
func now(t *testing.T, l *ledger.Ledger, product string) *stock.Item {
	t.Helper()
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item(product)})
	if err != nil {
		t.Fatal(err)
	}
	return levels[0].Now()
}

func TestUnitsOfDueHoldsCountForTheQuotaTheyCameFrom(t *testing.T) {
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, quotas("p", stock.LowerRefuse, map[string]stock.Qty{"web": 6}))
	must(t, l, on("web", place("o", "p", 6)))
	refusedQuota := quotas("p", stock.LowerRefuse, map[string]stock.Qty{"web": 2})
	refused(t, l.Submit(t.Context(), ledger.Request{Command: refusedQuota})[0], stock.InvalidState)
	c.advance(time.Hour)
	it := now(t, l, "p")
	if web := it.Channel("web"); web.Held != 0 || it.Of(stock.Quota("web")) != 6 || it.Quota(web) != 6 {
		t.Fatalf("%+v remains %d", *web, it.Of(stock.Quota("web")))
	}
	must(t, l, refusedQuota)
	if it := now(t, l, "p"); it.Of(stock.Shared) != 8 || it.Quota(it.Channel("web")) != 2 {
		t.Fatalf("%+v", it)
	}
}

func TestUnitsOfThePoolThatDueHoldsHaveAreNotHeldByTheirChannels(t *testing.T) {
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 20, Tracked: true})
	must(t, l, quotas("p", stock.LowerRefuse, map[string]stock.Qty{"app": 3, "web": 6}))
	must(t, l, on("web", place("due", "p", 10)))
	must(t, l, on("app", place("due too", "p", 4)))
	c.advance(time.Hour)
	must(t, l, on("web", place("open", "p", 8)))
	it := now(t, l, "p")
	held := it.Figures().Held
	for i := range it.Channels {
		held -= it.Channels[i].Held + it.Channels[i].PoolHeld
	}
	if web, app := it.Channel("web"), it.Channel("app"); held != 0 || web.PoolHeld != 2 || web.Held != 6 || app.PoolHeld != 0 || app.Held != 0 {
		t.Fatalf("%d are held, %+v, %+v", it.Figures().Held, *web, *app)
	}
}

// A quota that is to shrink passes on the units that it gets back, so units of due
// holds of one channel are available to another.
func TestADueHoldOfAQuotaThatIsToShrinkMakesRoomForOthers(t *testing.T) {
	c := newClock()
	l := open(t, memory.New(), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 10, Tracked: true})
	must(t, l, quotas("p", stock.LowerRefuse, map[string]stock.Qty{"web": 10}))
	must(t, l, on("web", place("o", "p", 10)))
	must(t, l, quotas("p", stock.LowerWait, map[string]stock.Qty{"web": 4}))
	refused(t, l.Submit(t.Context(), ledger.Request{Command: on("app", place("late", "p", 1))})[0], stock.Insufficient)
	c.advance(time.Hour)
	levels, _, err := l.Items(t.Context(), []stock.ItemKey{item("p")})
	if err != nil {
		t.Fatal(err)
	}
	if app, web := levels[0].Available("app"), levels[0].Available("web"); app != 6 || web != 10 {
		t.Fatalf("app could have %d, web %d", app, web)
	}
	must(t, l, on("app", place("late", "p", 6)))
	refused(t, l.Submit(t.Context(), ledger.Request{Command: on("app", place("later", "p", 1))})[0], stock.Insufficient)
	if it := now(t, l, "p"); it.Of(stock.Quota("web")) != 4 || it.Channel("web").Pending != 0 {
		t.Fatalf("%+v", it)
	}
}

func TestATryTellsWhatWouldHappenAndLeavesNoTrace(t *testing.T) {
	l := open(t, memory.New())
	must(t, l, stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 7, Tracked: true})
	must(t, l, quotas("p", stock.LowerRefuse, map[string]stock.Qty{"app": 0, "web": 0}))
	before := *now(t, l, "p")
	allot := stock.Allot{Item: item("p"), Bucket: bucket}
	ev, would, _, err := l.Try(t.Context(), allot)
	if err != nil {
		t.Fatal(err)
	}
	want := []stock.Posting{{From: stock.Shared, To: stock.Quota("app"), Qty: 4}, {From: stock.Shared, To: stock.Quota("web"), Qty: 3}}
	if got := fmt.Sprint(ev.Items[0].Postings); got != fmt.Sprint(want) {
		t.Fatalf("would post %s", got)
	}
	if would.Of(stock.Shared) != 0 || would.Of(stock.Quota("app")) != 4 {
		t.Fatalf("would be %+v", would)
	}
	if after := now(t, l, "p"); after.Version != before.Version || after.Of(stock.Shared) != 7 {
		t.Fatalf("%+v", after)
	}
	done := must(t, l, allot)
	if fmt.Sprint(done.Event.Items[0].Postings) != fmt.Sprint(want) {
		t.Fatalf("posted %v", done.Event.Items[0].Postings)
	}
}

// Σ granted = Σ min(demand, quota) + min(pool, Σ max(0, demand − quota)).
func TestManyBuyersOnManyChannelsGetTheirQuotasAndThePool(t *testing.T) {
	e := memory.New()
	nodes := []*ledger.Ledger{open(t, e), open(t, e)}
	must(t, nodes[0], stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 100, Tracked: true})
	set := map[string]stock.Qty{}
	for i := range 8 {
		set[fmt.Sprint("c", i)] = stock.Qty(3 * i) // 84 in quotas, 16 in the pool
	}
	must(t, nodes[0], quotas("p", stock.LowerRefuse, set))
	const demand = 12
	var wanted, over stock.Qty
	for _, quota := range set {
		wanted += min(demand, quota)
		over += max(0, demand-quota)
	}
	wanted += min(16, over)
	var mu sync.Mutex
	var granted stock.Qty
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range demand {
				r := nodes[n%2].Submit(t.Context(), ledger.Request{Command: on(fmt.Sprint("c", i), place(fmt.Sprintf("o-%d-%d", i, n), "p", 1))})[0]
				if r.Err == nil {
					mu.Lock()
					granted++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if granted != wanted {
		t.Fatalf("%d were granted, want %d", granted, wanted)
	}
	it := now(t, nodes[1], "p")
	for i := range it.Channels {
		if c := &it.Channels[i]; it.Quota(c) != set[c.ID] {
			t.Errorf("the quota of %s is %d, it was set to %d", c.ID, it.Quota(c), set[c.ID])
		}
	}
	if r, err := audit.CheckSlot(t.Context(), e, audit.Options{}); err != nil || !r.OK() {
		t.Fatalf("%v %+v", err, r)
	}
}
