package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkReserve measures what a reservation costs before any database: 256
// callers, one item, the memory engine. `holdfast bench` measures the real system.
func BenchmarkReserve(b *testing.B) {
	l, err := ledger.Open(b.Context(), memory.New())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	l.Submit(ctx, ledger.Request{Command: stock.OpenItem{Item: item("p"), Bucket: bucket, Qty: 1 << 40, Tracked: true}})
	b.ReportAllocs()
	b.ResetTimer()
	var n atomic.Int64
	var all sync.WaitGroup
	for range 256 {
		all.Go(func() {
			for {
				i := n.Add(1)
				if i > int64(b.N) {
					return
				}
				if r := l.Submit(ctx, ledger.Request{Command: place(fmt.Sprint("order-", i), "p", 1)}); r[0].Err != nil {
					b.Error(r[0].Err)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/float64(l.Stats().Groups), "commands/group")
	cancel()
	<-done
}
