package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestLevelsOfManySlotsAreThoseOfOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) { levelsEqual(t, rt) })
}

func levelsEqual(t *testing.T, rt *rapid.T) {
	all := newSlots(t, rapid.IntRange(2, 5).Draw(rt, "slots"), inMemory)
	defer all.close()
	one := newSlots(t, 1, inMemory)
	defer one.close()
	// Uneven: some slots have most of the items.
	for range rapid.IntRange(0, 20).Draw(rt, "items") {
		k := item(rapid.SampledFrom([]string{"a", "a", "a", "b", "c", "d", "e"}).Draw(rt, "location"), fmt.Sprint("p", rapid.IntRange(0, 30).Draw(rt, "product")))
		threshold := stock.Qty(rapid.IntRange(0, 2).Draw(rt, "threshold"))
		for _, s := range []*script{all.of(k.Location), one[0]} {
			s.do(restockOpening(k), stock.SetThreshold{Item: k, Bucket: bucket(k), Threshold: threshold})
		}
	}
	for _, low := range []bool{false, true} {
		for _, location := range []string{"", "a", "d"} {
			q := LevelQuery{Tenant: tenant, Low: low, Location: location}
			want := listed(t, one.levels(), q)
			for _, size := range []int{0, 1 + len(want)/2, rapid.IntRange(1, 9).Draw(rt, "page size")} {
				q.PageSize = size
				if diff := cmp.Diff(want, listed(t, all.levels(), q)); diff != "" {
					rt.Fatalf("%+v (-one slot +%d slots):\n%s", q, len(all), diff)
				}
			}
		}
	}
	var scanned []string
	s, err := all.levels().Scan(t.Context(), LevelQuery{Tenant: tenant}, func(it *stock.Item) error {
		scanned = append(scanned, itemName(it.Key))
		return nil
	})
	if err != nil || !slices.Equal(scanned, listed(t, one.levels(), LevelQuery{Tenant: tenant})) {
		rt.Fatalf("scanned %v, %v", scanned, err)
	}
	for slot, at := range s.At {
		if at.Seq != all[slot].seq || int(at.Slot) != slot {
			rt.Fatalf("slot %d was scanned at %s, its head is %d", slot, at, all[slot].seq)
		}
	}
}

// A list of over a thousand rows of each slot is read in many pages.
func TestAScanOfManySlotsReadsOn(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	var want []string
	for i, location := range []string{"a", "b", "c"} {
		var opening []stock.Command
		for n := range []int{2*scanChunk + 1, 10, scanChunk}[i] {
			k := item(location, fmt.Sprintf("p%05d", n))
			opening = append(opening, open(k, 1))
			want = append(want, itemName(k))
		}
		all.of(location).do(opening...)
	}
	slices.Sort(want)
	scan := func(fn func(string) error) error {
		_, err := all.levels().Scan(t.Context(), LevelQuery{Tenant: tenant}, func(it *stock.Item) error { return fn(itemName(it.Key)) })
		return err
	}
	var got []string
	if err := scan(func(name string) error { got = append(got, name); return nil }); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d items, want %d, %v", len(got), len(want), err)
	}
	// A caller that stops in the middle leaves nothing running (TestMain looks).
	stop := errors.New("enough")
	if err := scan(func(string) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// Rows that nobody touches are listed once, whatever is opened between pages
// and however big the pages are.
func TestPagesOfManySlotsAreStableUnderNewItems(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 7, 50} {
		all := newSlots(t, 4, inMemory)
		var want []string
		for n := range 40 {
			k := item(string(rune('a'+n%4)), fmt.Sprintf("old%02d", n*7%40))
			all.of(k.Location).do(open(k, 1))
			want = append(want, itemName(k))
		}
		slices.Sort(want)
		q := LevelQuery{Tenant: tenant, PageSize: size}
		var got []string
		for n := 0; ; n++ {
			page, err := all.levels().Page(t.Context(), q) // a process of its own each time
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				if it.Key.Product[:3] == "old" {
					got = append(got, itemName(it.Key))
				}
			}
			if page.NextPageToken == "" {
				break
			}
			q.PageToken = page.NextPageToken
			for _, name := range []string{"aaa", "old20x", "zzz"} {
				k := item(string(rune('a'+n%4)), fmt.Sprintf("%s%d", name, n))
				if n < 20 {
					all.of(k.Location).do(open(k, 1))
				}
			}
			all.of("a").do(restock(item("a", "old04"), 1))
		}
		got = slices.DeleteFunc(got, func(name string) bool { return len(name) > len("old00@a") })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
		all.close()
	}
}

// While a bucket moves, its items may have rows in two slots.
func TestAnItemWithRowsInTwoSlotsIsListedOnce(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	k, other := item("a", "tea"), item("a", "soap")
	all[0].do(open(k, 5), open(other, 1))
	all[2].do(open(k, 5), restock(k, 1), open(other, 1))
	for size := 1; size < 4; size++ {
		if got := listed(t, all.levels(), LevelQuery{Tenant: tenant, PageSize: size}); !slices.Equal(got, []string{"soap@a", "tea@a"}) {
			t.Errorf("pages of %d list %v", size, got)
		}
	}
	page, err := all.levels().Page(t.Context(), LevelQuery{Tenant: tenant, Product: "tea"})
	if err != nil || page.Items[0].Figures().Available != 6 {
		t.Errorf("%+v, %v; want the newer of the two", page, err)
	}
}

func TestASlotThatDoesNotAnswerIsAnErrorNotAShorterList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := &halting{Engine: memory.New()}
		all := slots{newScript(t, memory.New()), newScript(t, broken), newScript(t, memory.New())}
		defer all.close()
		for slot, location := range []string{"a", "b", "c"} {
			all[slot].do(open(item(location, "tea"), 1))
		}
		l := all.levels()
		scan := func() error {
			_, err := l.Scan(t.Context(), LevelQuery{Tenant: tenant}, func(*stock.Item) error { return nil })
			return err
		}
		broken.how.Store(fails)
		_, err := l.Page(t.Context(), LevelQuery{Tenant: tenant})
		if !errors.Is(err, errAway) || !errors.Is(scan(), errAway) {
			t.Errorf("page %v, scan %v", err, scan())
		}
		broken.how.Store(hangs)
		start := time.Now()
		if _, err = l.Page(t.Context(), LevelQuery{Tenant: tenant}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("page %v", err)
		}
		if err := scan(); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*slotWait {
			t.Errorf("scan %v after %s", err, time.Since(start))
		}
		broken.how.Store(answers)
		if got := listed(t, l, LevelQuery{Tenant: tenant}); len(got) != 3 {
			t.Errorf("when it answers again: %v", got)
		}
	})
}

func TestLevelsOfASlotThatIsAdded(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	for slot, location := range []string{"a", "b", "c"} {
		all[slot].do(open(item(location, "soap"), 1), open(item(location, "tea"), 1))
	}
	l := all[:1].levels()
	page, err := l.Page(t.Context(), LevelQuery{Tenant: tenant, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	l.Add(all[1].eng)
	l.Add(all[2].eng)
	// The token of one slot continues in three.
	got := listed(t, l, LevelQuery{Tenant: tenant, PageSize: 2, PageToken: page.NextPageToken})
	if want := []string{"soap@b", "soap@c", "tea@a", "tea@b", "tea@c"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
