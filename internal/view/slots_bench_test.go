package view

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkSlots reads one page of 50 of 8,000 items, and of a journal of 2,000
// entries, kept in so many SQLite files. On 2 busy cores a page of levels took
// 0.1 ms of one file and 0.6 ms of eight, one of the journal 0.5 and 0.7 ms.
func BenchmarkSlots(b *testing.B) {
	for _, n := range []int{1, 8} {
		all := newSlots(b, n, engines["sqlite"])
		defer all.close()
		for i := range 8 {
			var opening []stock.Command
			for p := range 1000 {
				opening = append(opening, open(item(string(rune('a'+i)), fmt.Sprintf("p%04d", p)), 1))
			}
			all.of(string(rune('a' + i))).do(opening...)
		}
		for r := range 2000 {
			k := item(string(rune('a'+r%8)), "p0007")
			all.of(k.Location).do(restock(k, 1))
		}
		j, l := all.journal(), all.levels()
		catchUp(b, j)
		b.Run(fmt.Sprintf("levels/slots=%d", n), func(b *testing.B) {
			for b.Loop() {
				if page, err := l.Page(b.Context(), LevelQuery{Tenant: tenant}); err != nil || len(page.Items) != 50 {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("journal/slots=%d", n), func(b *testing.B) {
			for b.Loop() {
				if page, err := j.Entries(b.Context(), EntryQuery{Tenant: tenant, Product: "p0007"}); err != nil || len(page.Entries) != 50 {
					b.Fatal(err)
				}
			}
		})
	}
}
