package view

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkJournal projects b.N records of 256 reserves over 10,000 items,
// zipf 1.1, in SQLite. One op is a record: at 150,000 events a second there
// are 600 of them.
func BenchmarkJournal(b *testing.B) {
	for _, items := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("items=%d", items), func(b *testing.B) {
			e := engines["sqlite"](b)
			defer e.Close()
			s := newScript(b, e)
			keys := make([]stock.ItemKey, items)
			var opening []stock.Command
			for i := range keys {
				keys[i] = item("main", fmt.Sprintf("product-%d", i))
				opening = append(opening, open(keys[i], 1_000_000))
			}
			s.do(opening...)
			zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(items-1))
			for r := range b.N {
				var commands []stock.Command
				for n := range 256 {
					commands = append(commands, reserve(fmt.Sprintf("order-%d-%d", r, n), 1, keys[zipf.Uint64()]))
				}
				s.do(commands...)
			}
			j := newJournal(e)
			rows := 0
			b.ResetTimer()
			b.ReportAllocs()
			catchUp(b, j)
			b.StopTimer()
			for seq := s.seq; seq > 1; seq-- {
				recs, err := e.Read(b.Context(), seq-1, 1)
				if err != nil {
					b.Fatal(err)
				}
				batch := newBatch()
				r, err := stock.ParseRecord(recs[0].Body)
				if err == nil {
					err = r.Touched(func(k stock.ItemKey) { batch.note(k, seq) })
				}
				if err != nil {
					b.Fatal(err)
				}
				rows += batch.n
			}
			b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
		})
	}
}
