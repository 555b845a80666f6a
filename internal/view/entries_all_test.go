package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/stock"
)

// Rare entries in a long log are found page by page: a page ends when it has read much in
// vain, with nothing lost and nothing twice.
func TestAPageOfEverythingEndsInTime(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 2, inMemory)
	defer all.close()
	for n, location := range []string{"a", "b", "a", "b"} {
		k := item(location, "tea")
		all.of(location).do(stock.Restock{Item: k, Bucket: bucket(k), Qty: 1, Open: &stock.Opening{}, Note: stock.Note{Operator: "ann"}})
		for range 9 + n {
			all.of(location).do(restock(k, 1))
		}
	}
	q := EntryQuery{Tenant: tenant, Operator: "ann"}
	want := all.naive(t, q)
	if len(want) != 4 {
		t.Fatalf("%d of ann", len(want))
	}
	for _, most := range []int{1, 2, 3, 5, 7, 100} {
		for _, size := range []int{1, 3, 50} {
			q.PageSize, q.PageToken = size, ""
			var got []Entry
			read := 0
			for ; read == 0 || q.PageToken != ""; read++ {
				j := all.journal()
				j.most = most
				page, err := j.Entries(t.Context(), q)
				if err != nil || page.Stale || len(page.Entries) > size {
					t.Fatalf("%+v, %v", page, err)
				}
				got, q.PageToken = append(got, page.Entries...), page.NextPageToken
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by %d in pages of %d (-naive +got):\n%s", most, size, diff)
			}
			if most == 1 && read < 20 {
				t.Errorf("only %d pages", read)
			}
		}
	}
}
