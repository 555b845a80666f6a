package hot_test

import (
	"strconv"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// promise asks as a server does for an order that may wait: the ledger gives it what there is,
// with the units of Redis, and Redis learns how many units orders wait for.
func (f *front) promise(order string, qty stock.Qty) {
	ctx := f.t.Context()
	if l := f.road.Last(f.item); l.State == hot.Open {
		if _, err := f.road.Pull(ctx, l, qty, ""); err != nil {
			return
		}
	}
	err := f.place(order, qty, true)
	if throughRedis(err) {
		return
	}
	if err == nil {
		_ = f.road.Waiting.Wait(ctx, f.item) // what does not reach Redis now, it learns later
	}
	f.hear(order, err, func(o *told) { o.qty = qty })
}

// free is how many units Redis may give to an order that it does not know: those that no other
// order waits for.
func (f *front) free(order string) stock.Qty {
	if !f.waits || !f.strict {
		return stock.MaxQty
	}
	ctx := f.t.Context()
	l := f.road.Last(f.item)
	is, err := f.road.Balance(ctx, l)
	if _, known := is.Records[order]; known || err != nil || l.State != hot.Open {
		return stock.MaxQty
	}
	levels, _, err := f.books.Items(ctx, []stock.ItemKey{f.item})
	waits := stock.Qty(0)
	if err == nil {
		waits = hot.Waits(&levels[0])
	}
	if tasks, _, err := f.road.Tasks(ctx, f.item, order); waits == 0 || err != nil || len(tasks) > 0 {
		return stock.MaxQty
	}
	return max(0, is.Usable-waits)
}

// judgeWaits looks whether orders wait while Redis has units.
func (f *front) judgeWaits() {
	levels, _, err := f.books.Items(f.t.Context(), []stock.ItemKey{f.item})
	if err != nil {
		f.fail("read the item: %v", err)
		return
	}
	if waits, has := hot.Waits(&levels[0]), levels[0].Item.InEscrow(stock.RedisHolder(f.item.Product)); waits > 0 && has > 0 {
		f.fail("orders wait for %d units, and Redis has %d", waits, has)
	}
}

// An order gives units back through Redis while another waits: they are its units, and the rest
// sells.
func TestUnitsThatComeBackAreOfTheOrderThatWaits(t *testing.T) {
	t.Parallel()
	store, redis, books := rooms(t, dbtest.Postgres)
	f := newFront(t, redis, store, books, 2, nil)
	f.store.one, f.strict = 0, true
	ctx := t.Context()
	if err := f.do(stock.SetPromises{Item: f.item, Bucket: stock.BucketOf(f.item.Tenant, f.item.Location), Backorder: &stock.SaleSetting{Bound: 5}}); err != nil {
		t.Fatal(err)
	}
	waiting := func(order string) stock.Qty {
		holds, _, err := books.Order(ctx, stock.OrderKey{Tenant: f.item.Tenant, Order: order})
		if _, line := stock.LineOf(holds, f.item); err == nil && line != nil {
			return line.Waiting()
		}
		t.Fatalf("the books do not have order %q: %v", order, err)
		return 0
	}
	has := func(usable, shortage stock.Qty) {
		t.Helper()
		is, err := f.road.Balance(ctx, f.road.Last(f.item))
		if err != nil || is.Usable != usable || is.Shortage != shortage {
			t.Fatalf("Redis has %d units, %d are promised; want %d, %d: %v", is.Usable, is.Shortage, usable, shortage, err)
		}
	}
	f.reserve("first", 13) // 2 of 15 stay in the ledger
	has(0, 0)
	f.promise("late", 5)
	has(0, 3)
	if n := waiting("late"); n != 3 {
		t.Fatalf("the order waits for %d units, want 3", n)
	}
	f.end("first", stock.GivenBack, 5, "k")
	has(5, 3)
	for n, want := range []bool{false, true} {
		order := "later" + strconv.Itoa(n)
		if f.reserve(order, stock.Qty(3-n)); (f.orders[order].qty > 0) != want {
			t.Errorf("a later order has its %d units: %v", 3-n, !want)
		}
	}
	has(3, 3)
	f.road.Tend(ctx)
	if n := waiting("late"); n != 0 {
		t.Errorf("the order waits for %d units that came back", n)
	}
	f.road.Tend(ctx)
	has(0, 0)
	if wrong := f.judge(); wrong != nil {
		t.Error(wrong)
	}
}
