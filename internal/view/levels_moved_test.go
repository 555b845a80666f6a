package view

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// tripping is an engine that does something whenever it is read.
type tripping struct {
	*memory.Engine
	trip func()
}

func (e *tripping) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	e.trip()
	defer e.trip()
	return e.Engine.ScanItems(ctx, s, fn)
}

func (e *tripping) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	e.trip()
	defer e.trip()
	return e.Engine.Buckets(ctx)
}

// tripped are the levels of slots. The next of the steps is taken whenever next returns
// true.
func (all slots) tripped(next func() bool, steps []func()) *Levels {
	var mu sync.Mutex
	trip := func() {
		mu.Lock()
		defer mu.Unlock()
		if len(steps) > 0 && next() {
			steps[0]()
			steps = steps[1:]
		}
	}
	var engines []engine.Engine
	for _, s := range all {
		engines = append(engines, &tripping{s.eng.(*memory.Engine), trip})
	}
	return NewLevels(engines, func() stock.Time { return 42 })
}

// Whatever steps buckets take while a list is read, in pages or as a whole, the list has
// each item once, with everything that was acknowledged before. The list of low stock has
// no item that is no longer low.
func TestListsOfWhatMovesAreWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := newSlots(t, 3, inMemory)
		defer all.close()
		lives := map[string]int{"a": 0, "b": 1, "c": 2}
		var want, low []string
		for location, slot := range lives {
			for n := range rapid.IntRange(4, 30).Draw(rt, "items of "+location) {
				k := item(location, fmt.Sprintf("p%02d", n))
				want = append(want, itemName(k))
				if n%3 > 0 {
					all[slot].do(open(k, 1))
					continue
				}
				all[slot].do(stock.OpenItem{Item: k, Bucket: bucket(k), Tracked: true})
				low = append(low, itemName(k))
			}
		}
		slices.Sort(want)
		slices.Sort(low)
		var steps []func()
		var mu sync.Mutex
		wrote := map[string]uint64{} // the versions that were acknowledged
		for range rapid.IntRange(1, 3).Draw(rt, "moves") {
			location := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "location")
			from := lives[location]
			lives[location] = (from + rapid.IntRange(1, 2).Draw(rt, "by")) % 3
			c := all.carriage(location, from, lives[location])
			write := func(slot int, product string) func() {
				k := item(location, product) // which is low no longer
				return func() {
					all[slot].do(restock(k, 1))
					mu.Lock()
					defer mu.Unlock()
					wrote[itemName(k)] = all[slot].items[k].Version
				}
			}
			steps = append(steps, c.leave, c.come, c.copy, write(from, "p03"), c.seal, c.copy, c.open, write(lives[location], "p00"), c.drop)
		}
		// Some are taken at once, so that the slots disagree from the start.
		for range rapid.IntRange(0, len(steps)).Draw(rt, "before") {
			steps[0]()
			steps = steps[1:]
		}
		turns := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(rt, "turns")
		l := all.tripped(func() bool {
			now := turns[0]
			turns = append(turns[1:], now)
			return now
		}, steps)
		read := func(q LevelQuery, want []string) {
			mu.Lock()
			acknowledged := map[string]uint64{}
			for name, version := range wrote {
				acknowledged[name] = version
			}
			mu.Unlock()
			var got []string
			seen := func(it *stock.Item) error {
				name := itemName(it.Key)
				if got = append(got, name); it.Version < acknowledged[name] {
					rt.Fatalf("%s has version %d, and %d was acknowledged", name, it.Version, acknowledged[name])
				}
				return nil
			}
			if q.PageSize == 0 {
				if _, err := l.Scan(t.Context(), q, seen); err != nil {
					rt.Fatal(err)
				}
			}
			for q.PageSize > 0 {
				page, err := l.Page(t.Context(), q)
				if err != nil {
					rt.Fatal(err)
				}
				for _, it := range page.Items {
					_ = seen(it)
				}
				if q.PageToken = page.NextPageToken; q.PageToken == "" {
					break
				}
			}
			if q.Low {
				// Items that were restocked meanwhile may be gone from the list or not.
				restocked := func(name string) bool { return name[:3] == "p00" || name[:3] == "p03" }
				got = slices.DeleteFunc(got, func(name string) bool { return restocked(name) && acknowledged[name] == 0 })
				want = slices.DeleteFunc(slices.Clone(want), restocked)
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("%+v has %v, want %v", q, got, want)
			}
		}
		for _, size := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 6).Draw(rt, "page sizes") {
			q := LevelQuery{Tenant: tenant, PageSize: size, Low: rapid.Bool().Draw(rt, "low")}
			if q.Low {
				read(q, low)
			} else {
				read(q, want)
			}
		}
	})
}

// A long scan continues where it was when a bucket moves. That holds when the rows of the new slot
// were read before the items came, and those of the old slot after they were dropped. It also holds
// when the items have come back meanwhile.
func TestALongScanFollowsWhatMoves(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{false, true} {
		all := newSlots(t, 2, inMemory)
		var opening []stock.Command
		var want []string
		for n := range 3 * scanChunk {
			k := item("b", fmt.Sprintf("p%05d", n))
			opening, want = append(opening, open(k, 1)), append(want, itemName(k))
		}
		all[0].do(opening...)
		late := item("a", "p01500")
		all[0].do(open(late, 1))
		want = append(want, itemName(late))
		slices.Sort(want)
		var got []string
		old := &scanned{Engine: all[0].eng.(*memory.Engine), before: map[int]func(){}, after: map[int]func(){}}
		old.before[1] = all.carriage("a", 0, 1).carry
		if back { // again, so that the bucket lives where it always did
			all.carriage("a", 0, 1).carry()
			all.carriage("a", 1, 0).carry()
			old.after[1] = all.carriage("a", 1, 0).carry
		}
		l := NewLevels([]engine.Engine{old, all[1].eng}, func() stock.Time { return 42 })
		_, err := l.Scan(t.Context(), LevelQuery{Tenant: tenant}, func(it *stock.Item) error {
			got = append(got, itemName(it.Key))
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("back: %t: %d items, want %d, %v", back, len(got), len(want), err)
		}
		all.close()
	}
}

// scanned is an engine that does something before and after a scan, by its
// number.
type scanned struct {
	*memory.Engine
	n             int
	before, after map[int]func()
}

func (e *scanned) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (engine.Seq, error) {
	n := e.n
	e.n++
	if e.before[n] != nil {
		e.before[n]()
	}
	head, err := e.Engine.ScanItems(ctx, s, fn)
	if e.after[n] != nil {
		e.after[n]()
	}
	return head, err
}

// Slots come while lists, journals and scans are read.
func TestSlotsAreAddedUnderReaders(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 6, inMemory)
	defer all.close()
	for slot, s := range all {
		s.do(open(item(string(rune('a'+slot)), "tea"), 1))
	}
	catchUp(t, all.journal())
	logs := feed.NewLogs(all[:1].engines())
	l, j := all[:1].levels(), NewJournal(logs, slog.New(slog.DiscardHandler))
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				page, err := l.Page(t.Context(), LevelQuery{Tenant: tenant})
				entries, err2 := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea"})
				n := 0
				_, err3 := j.Walk(t.Context(), WalkQuery{Tenant: tenant}, func(*Entry) error { n++; return nil })
				_, err4 := l.Scan(t.Context(), LevelQuery{Tenant: tenant}, func(*stock.Item) error { return nil })
				if err != nil || err2 != nil || err3 != nil || err4 != nil || len(page.Items) == 0 || len(entries.Entries) == 0 || n == 0 {
					t.Error(page, err, entries, err2, n, err3, err4)
					return
				}
				select {
				case <-stop:
					if len(page.Items) == 6 && len(entries.Entries) == 6 && n == 6 {
						return
					}
				default:
				}
			}
		})
	}
	for _, s := range all[1:] {
		l.Add(s.eng)
		j.Add(logs.Add(s.eng))
	}
	close(stop)
	readers.Wait()
}
