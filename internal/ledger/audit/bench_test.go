package audit

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"

	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkCheckSlot verifies a log of 1,000 records of 256 entries: orders over
// 10,000 items, zipf 1.1, half of them confirmed. It prints the time and the
// memory an entry takes.
func BenchmarkCheckSlot(b *testing.B) {
	const records, perRecord, items = 1000, 256, 10_000
	e, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "slot.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	s := newScript(e)
	keys := make([]stock.ItemKey, items)
	for i := range keys {
		keys[i] = itemKey("main", fmt.Sprintf("product-%d", i))
	}
	for at := 0; at < items; at += perRecord {
		var commands []stock.Command
		for _, k := range keys[at:min(at+perRecord, items)] {
			commands = append(commands, openItem(k, 1_000_000))
		}
		s.do(b, commands...)
	}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, items-1)
	for r := range records {
		var commands []stock.Command
		for n := range perRecord / 2 {
			order := fmt.Sprintf("order-%d-%d", r, n)
			commands = append(commands, placeOrder(order, 1, keys[zipf.Uint64()]), stock.Confirm{Target: stock.Target{Order: orderKey(order)}})
		}
		s.do(b, commands...)
	}
	s.project(b)
	runtime.GC()
	b.ReportAllocs()
	entries := 0
	for b.Loop() {
		report, err := CheckSlot(b.Context(), e, Options{JournalKeys: testJournalKeys})
		if err != nil || !report.OK() {
			b.Fatalf("%v, %v", report, err)
		}
		entries += report.Entries
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(entries), "ns/entry")
}
