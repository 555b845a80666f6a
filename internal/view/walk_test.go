package view

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestAWalkIsTheWholeJournalOldestFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		e := memory.New()
		defer e.Close()
		s := newScript(t, e)
		for range rapid.IntRange(1, 20).Draw(rt, "groups") {
			s.do(rapid.SliceOfN(rapid.Custom(someCommand), 1, 4).Draw(rt, "commands")...)
		}
		j := newJournal(e)
		q := WalkQuery{Tenant: tenant}
		if rapid.Bool().Draw(rt, "one location") {
			q.Location = someLocation.Draw(rt, "location")
		}
		var got []Entry
		snapshot, err := j.Walk(context.Background(), q, func(e *Entry) error {
			got = append(got, *e)
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		head, err := e.Head(context.Background())
		if err != nil || snapshot.At[0].Seq != head {
			rt.Fatalf("as of %s, the head is %d, %v", snapshot.At, head, err)
		}
		var want []Entry
		for _, product := range []string{"tea", "soap", "gift"} {
			want = append(want, naive(t, e, EntryQuery{Tenant: tenant, Product: product, Location: q.Location})...)
		}
		byID := func(a, b Entry) int { return cmpID(a.ID, b.ID) }
		slices.SortFunc(want, byID)
		if !slices.IsSortedFunc(got, func(a, b Entry) int { return int(a.At - b.At) }) {
			rt.Fatal("not oldest first")
		}
		slices.SortFunc(got, byID)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("walked (-want +got):\n%s", diff)
		}
	})
}

func cmpID(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestAScanIsOneSnapshot(t *testing.T) {
	t.Parallel()
	s, l := newLevels(t)
	var last stock.ItemKey
	for _, name := range []string{"b", "a", "c"} {
		last = item("x", name)
		s.do(open(last, 5))
	}
	head := s.do(restock(last, 1))
	var got []string
	snapshot, err := l.Scan(t.Context(), LevelQuery{Tenant: tenant}, func(it *stock.Item) error {
		got = append(got, it.Key.Product)
		return nil
	})
	if err != nil || snapshot.At[0].Seq != head || snapshot.AsOf != 42 {
		t.Errorf("snapshot %+v %v, want head %d", snapshot, err, head)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}
