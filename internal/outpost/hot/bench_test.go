package hot_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// callersMost is how many callers reserve at once.
const callersMost = 256

// BenchmarkReserve measures one hot item on PostgreSQL: the script alone, the road with its
// write-back, and the ledger's own path.
func BenchmarkReserve(b *testing.B) {
	dsn := dbtest.Postgres(b)
	e, err := postgres.Open(b.Context(), dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	ctx, stop := context.WithCancel(context.Background())
	books, err := ledger.Open(ctx, e)
	if err != nil {
		b.Fatal(err)
	}
	store, err := task.Open(ctx, dsn)
	if err != nil {
		b.Fatal(err)
	}
	redis, err := hot.Connect(dbtest.StartRedis(b, "--appendfsync", "everysec").URL)
	if err != nil {
		b.Fatal(err)
	}
	road := hot.NewRoad(redis, store, books)
	var wg sync.WaitGroup
	wg.Go(func() { _ = books.Run(ctx) })
	wg.Go(func() { _ = road.Run(ctx) })
	b.Cleanup(func() {
		stop()
		wg.Wait()
		redis.Close()
		_ = store.Close()
	})
	sell := func(name string, on bool) stock.ItemKey {
		k := stock.ItemKey{Tenant: "t", Product: name, Location: "shop"}
		open := stock.OpenItem{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 1_000_000_000, Tracked: true}
		if err := books.Submit(b.Context(), ledger.Request{Command: open})[0].Err; err != nil {
			b.Fatal(err)
		}
		if on {
			if err := road.On(b.Context(), k, 0); err != nil {
				b.Fatal(err)
			}
		}
		return k
	}
	until := func() stock.Time { return stock.Time(time.Now().Add(time.Hour).UnixMilli()) }
	script, hotItem, cold := sell("script", true), sell("road", true), sell("ledger", false)
	b.Run("script", func(b *testing.B) {
		crowd(b, func(order string) error {
			_, err := redis.Reserve(b.Context(), script, 1, time.Now(), []hot.Ask{{Order: order, Qty: 1}})
			return err
		})
	})
	b.Run("road", func(b *testing.B) {
		crowd(b, func(order string) error {
			return road.Reserve(b.Context(), hot.Reservation{Item: hotItem, Order: order, Qty: 1, Deadline: until()})
		})
		b.StopTimer()
		road.WriteFresh(b.Context())
	})
	b.Run("ledger", func(b *testing.B) {
		crowd(b, func(order string) error {
			return books.Submit(b.Context(), ledger.Request{Command: stock.Place{
				Order: stock.OrderKey{Tenant: "t", Order: order}, TTL: 3_600_000,
				Lines: []stock.Demand{{Item: cold, Bucket: stock.BucketOf("t", "shop"), Qty: 1, Known: true}},
			}})[0].Err
		})
	})
}

var crowds atomic.Int64

// crowd lets many callers make one order after another.
func crowd(b *testing.B, reserve func(order string) error) {
	run := crowds.Add(1)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callersMost {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				if err := reserve(fmt.Sprintf("%d-%d", run, n)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reserves/s")
}
