package hot_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Books that were restored have another era than the balances that were made from them before: these
// sell nothing until they are made again.
func TestRestoredBooksHaveTheirBalancesMadeAgain(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			item := stock.ItemKey{Tenant: "restored", Product: "cup", Location: "shop"}
			open := stock.OpenItem{Item: item, Bucket: stock.BucketOf(item.Tenant, item.Location), Qty: 10, Tracked: true}
			if err := books.Submit(t.Context(), ledger.Request{Command: open})[0].Err; err != nil {
				t.Fatal(err)
			}
			reserve := func(road *hot.Road, order string) error {
				return road.Reserve(t.Context(), hot.Reservation{Item: item, Order: order, Qty: 4, Deadline: stock.Time(time.Now().Add(time.Hour).UnixMilli())})
			}
			before := hot.NewRoad(redis, store, books)
			if err := before.On(t.Context(), item, 0); err != nil {
				t.Fatal(err)
			}
			if err := reserve(before, "o1"); err != nil {
				t.Fatal(err)
			}
			was := before.Last(item)
			after := hot.NewRoad(redis, store, books, hot.WithEra(7))
			if _, err := after.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := reserve(after, "o2"); !errors.Is(err, hot.ErrBusy) {
				t.Errorf("from a balance of the books before: %v", err)
			}
			after.Tend(t.Context())
			if is := after.Last(item); is.State != hot.Open || is.Era != 7 || is.Epoch <= was.Epoch {
				t.Errorf("%+v, was %+v", is, was)
			}
			if err := reserve(after, "o2"); err != nil {
				t.Error(err)
			}
			if refusal, ok := errors.AsType[*stock.Refusal](reserve(after, "o3")); !ok || refusal.Shortages[0].Available != 2 {
				t.Errorf("the third order: %v, want a refusal with 2 available", refusal)
			}
			if err := reserve(before, "o4"); err == nil {
				t.Error("a server that knows only the books before sold units")
			}
			if is, err := after.Balance(t.Context(), after.Last(item)); err != nil || is.Usable != 2 {
				t.Errorf("%+v, %v", is, err)
			}
		})
	}
}
