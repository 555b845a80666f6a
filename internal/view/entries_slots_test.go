package view

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

func TestTheJournalOfManySlotsEqualsOneInOnePlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := newSlots(t, rapid.IntRange(2, 4).Draw(rt, "slots"), inMemory)
		defer all.close()
		for range rapid.IntRange(0, 25).Draw(rt, "records") {
			s := all[rapid.IntRange(0, len(all)-1).Draw(rt, "slot")]
			s.do(rapid.SliceOfN(rapid.Custom(someCommand), 1, 4).Draw(rt, "commands")...)
		}
		catchUp(t, all.journal(WithBatchRows(rapid.IntRange(1, 20).Draw(rt, "batch"))))
		for range 4 {
			journalsEqual(t, rt, all, rapid.Custom(someQuery).Draw(rt, "query"))
		}
	})
}

func TestTheJournalOfManyFilesEqualsOneInOnePlace(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, engines["sqlite"])
	defer all.close()
	for n := range 40 {
		all[n*5/2%3].do(rapid.SliceOfN(rapid.Custom(someCommand), 1, 4).Example(n)...)
	}
	catchUp(t, all.journal())
	for n := range 20 {
		journalsEqual(t, t, all, rapid.Custom(someQuery).Example(n))
	}
}

func someQuery(t *rapid.T) EntryQuery {
	someTime := func(label string) stock.Time {
		if !rapid.Bool().Draw(t, label) {
			return 0
		}
		return stock.Time(rapid.Int64Range(1_700_000_000_000-500, 1_700_000_000_000+40_000).Draw(t, label+" at"))
	}
	q := EntryQuery{
		Tenant: tenant, Since: someTime("since"), Until: someTime("until"),
		PageSize: rapid.IntRange(1, 9).Draw(t, "page size"),
	}
	q.about(t)
	if rapid.Bool().Draw(t, "of a location") {
		q.Location = someLocation.Draw(t, "asked location")
	}
	if rapid.Bool().Draw(t, "of an order") {
		q.Order = someOrder.Draw(t, "asked order")
	}
	return q
}

// journalsEqual compares pages and walk with the journal by its definition.
func journalsEqual(t *testing.T, failed rapid.TB, all slots, q EntryQuery) {
	want := all.naive(t, q)
	if diff := cmp.Diff(want, eachInItsOwn(t, q, func() *Journal { return all.journal() })); diff != "" {
		failed.Fatalf("journal for %+v (-naive +got):\n%s", q, diff)
	}
	if q.Order != "" || q.Operation != "" || q.Operator != "" {
		return // a walk has none of these
	}
	var walked []Entry
	_, err := all.journal().Walk(t.Context(), WalkQuery{Tenant: tenant, Product: q.Product, Location: q.Location, Since: q.Since, Until: q.Until}, func(e *Entry) error {
		walked = append(walked, *e)
		return nil
	})
	byID := func(a, b Entry) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(want, byID)
	slices.SortFunc(walked, byID)
	if diff := cmp.Diff(want, walked); diff != "" || err != nil {
		failed.Fatalf("walk for %+v, %v (-naive +got):\n%s", q, err, diff)
	}
}

// eachInItsOwn reads page after page, each in a process of its own.
func eachInItsOwn(t testing.TB, q EntryQuery, journal func() *Journal) []Entry {
	t.Helper()
	var entries []Entry
	for {
		page, err := journal().Entries(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Stale || q.PageSize > 0 && page.NextPageToken != "" && len(page.Entries) != q.PageSize {
			t.Fatalf("stale: %t, %d of %d entries", page.Stale, len(page.Entries), q.PageSize)
		}
		entries = append(entries, page.Entries...)
		if page.NextPageToken == "" {
			return entries
		}
		q.PageToken = page.NextPageToken
	}
}

func TestAWalkOfManySlotsIsOldestFirst(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	for n := range 300 {
		k := item(string(rune('a'+n%3)), "tea")
		all.of(k.Location).do(restockOpening(k))
	}
	j := all.journal()
	var got []Entry
	s, err := j.Walk(t.Context(), WalkQuery{Tenant: tenant}, func(e *Entry) error { got = append(got, *e); return nil })
	if err != nil || len(got) != 300 || s.At.String() != mustAt(all) {
		t.Fatalf("%d entries up to %s, %v", len(got), s.At, err)
	}
	if !slices.IsSortedFunc(got, func(a, b Entry) int { return int(a.At - b.At) }) {
		t.Error("not oldest first")
	}
	stop := errors.New("enough")
	if _, err := j.Walk(t.Context(), WalkQuery{Tenant: tenant}, func(*Entry) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func TestJournalPagesOfManySlotsAreStableUnderNewWrites(t *testing.T) {
	t.Parallel()
	for size := 1; size < 12; size += 3 {
		all := newSlots(t, 3, inMemory)
		j := all.journal()
		write := func() {
			for _, location := range []string{"a", "b", "c"} {
				all.of(location).do(restockOpening(item(location, "tea")), restockOpening(item(location, "tea")))
			}
			catchUp(t, j)
		}
		for range 10 {
			write()
		}
		q := EntryQuery{Tenant: tenant, Product: "tea"}
		want := all.naive(t, q)
		q.PageSize = size
		var got []Entry
		for {
			page, err := j.Entries(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Entries...)
			if page.NextPageToken == "" {
				break
			}
			q.PageToken = page.NextPageToken
			write()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d read while others wrote (-want +got):\n%s", size, diff)
		}
		all.close()
	}
}

func TestEntryTokensOfManySlots(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	for _, location := range []string{"a", "b", "c"} {
		all.of(location).do(open(item(location, "tea"), 1), restock(item(location, "tea"), 1))
	}
	catchUp(t, all.journal())
	q := EntryQuery{Tenant: tenant, Product: "tea", PageSize: 1}
	page := func(of slots, token string) (*EntryPage, error) {
		q := q
		q.PageToken = token
		return of.journal().Entries(t.Context(), q)
	}
	first, err := page(all, "")
	if err != nil {
		t.Fatal(err)
	}
	one, err := page(all[:1], "")
	if err != nil {
		t.Fatal(err)
	}
	two, err := page(all[:2], "")
	if err != nil {
		t.Fatal(err)
	}
	f := q.filter()
	tests := []struct {
		name  string
		of    slots
		token string
		want  error
	}{
		{"its own list takes it", all, first.NextPageToken, nil},
		{"the token of one slot is taken by three", all, one.NextPageToken, nil},
		{"that of two as well", all, two.NextPageToken, nil},
		{"that of three is not taken by two", all[:2], first.NextPageToken, ErrPageToken},
		{"nor by one", all[:1], first.NextPageToken, ErrPageToken},
		{"a cut token is malformed", all, first.NextPageToken[:len(first.NextPageToken)-1], ErrPageToken},
		{"so is one of no slots", all, f.seal([]byte{0, 0}), ErrPageToken},
		{"one of a single slot is not written like this", all, f.seal([]byte{0, 1, 1, 1, 1}), ErrPageToken},
		{"slots that are promised and missing", all, f.seal([]byte{0, 3, 1, 1, 1}), ErrPageToken},
		{"more slots than there may be", all, f.seal([]byte{0, 200, 200, 200, 1}), ErrPageToken},
		{"more than the slots", all, f.seal([]byte{0, 3, 0, 0, 0, 0}), ErrPageToken},
		{"nothing left anywhere is well sealed", all, f.seal([]byte{0, 3, 0, 0, 0}), nil},
		{"a place beyond every log", all, sealEntryToken(f, []entryPosition{{}, {seq: 1 << 63}, {}}), ErrPageToken},
	}
	for _, test := range tests {
		if _, err := page(test.of, test.token); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// The biggest possible token is still small enough to be sent.
func TestATokenOf64SlotsIsSmall(t *testing.T) {
	t.Parallel()
	left := make([]entryPosition, 64)
	for slot := range left {
		left[slot] = entryPosition{seq: 1 << 40, event: 1023, item: 2000}
	}
	if n := len(sealEntryToken(newFilter("entries"), left)); n > 1024 {
		t.Errorf("%d bytes", n)
	}
}

func TestOneSlotThatIsBehindMakesThePageStale(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 3, inMemory)
	defer all.close()
	j := all.journal(WithPatience(time.Millisecond))
	for _, location := range []string{"a", "b", "c"} {
		all.of(location).do(open(item(location, "tea"), 1))
	}
	catchUp(t, j)
	all[1].do(restockOpening(item("b", "mug"))) // nobody projects it
	page, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea"})
	if err != nil || !page.Stale || len(page.Entries) != 3 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestAJournalOfManySlotsEndsWhereEachIsKept(t *testing.T) {
	t.Parallel()
	for _, query := range []EntryQuery{{Tenant: tenant, Product: "tea"}, {Tenant: tenant, Product: "tea", Order: "o"}} {
		all := newSlots(t, 3, inMemory)
		j := all.journal()
		for range 10 {
			for _, location := range []string{"a", "b", "c"} {
				k := item(location, "tea")
				all.of(location).do(stock.Restock{Item: k, Bucket: bucket(k), Qty: 9, Open: &stock.Opening{}}, reserve("o", 1, k))
				all.of(location).do(confirm("o"))
			}
		}
		catchUp(t, j)
		want := all.naive(t, query)
		gone := all[1].seq / 2
		if _, err := all[1].eng.DropRecords(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		want = slices.DeleteFunc(want, func(e Entry) bool {
			var slot, seq int
			if _, err := fmt.Sscanf(e.ID, "%d-%d", &slot, &seq); err != nil {
				t.Fatal(err)
			}
			return slot == 1 && seq <= int(gone)
		})
		query.PageSize = 4
		got := eachInItsOwn(t, query, func() *Journal { return j })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", query, diff)
		}
		all.close()
	}
}

func TestASlotThatDoesNotAnswerIsAnErrorNotAShorterJournal(t *testing.T) {
	t.Parallel()
	broken := &halting{Engine: memory.New()}
	all := slots{newScript(t, memory.New()), newScript(t, broken)}
	defer all.close()
	all[0].do(open(item("a", "tea"), 1))
	all[1].do(open(item("b", "tea"), 1))
	j := all.journal()
	catchUp(t, j)
	broken.how.Store(fails)
	if _, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea"}); !errors.Is(err, errAway) {
		t.Error(err)
	}
	if _, err := j.Walk(t.Context(), WalkQuery{Tenant: tenant}, func(*Entry) error { return nil }); !errors.Is(err, errAway) {
		t.Error(err)
	}
}

// One slot that fails delays no other, and a slot that is added is kept from then on.
func TestEachSlotIsKeptByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := &halting{Engine: memory.New()}
		all := slots{newScript(t, broken), newScript(t, memory.New()), newScript(t, memory.New())}
		defer all.close()
		broken.how.Store(fails)
		logs := feed.NewLogs(all[:2].engines())
		j := NewJournal(logs, slog.New(slog.DiscardHandler))
		defer run(t, j)()
		for i, s := range all {
			s.do(restockOpening(item(string(rune('a'+i)), "tea")))
		}
		at := func(slot int) engine.Seq {
			<-time.After(10 * time.Second)
			seq, err := all[slot].eng.JournalCursor(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return seq
		}
		if at(0) != 0 || at(1) != 1 || at(2) != 0 {
			t.Fatalf("kept up to %d, %d, %d", at(0), at(1), at(2))
		}
		broken.how.Store(answers)
		j.Add(logs.Add(all[2].eng))
		if at(0) != 1 || at(1) != 1 || at(2) != 1 {
			t.Fatalf("kept up to %d, %d, %d", at(0), at(1), at(2))
		}
		logs.Notify(99, 1) // of a slot that this process does not know yet
	})
}

func mustAt(all slots) string {
	s := Snapshot{}
	s.At = s.At.Cover(len(all))
	for slot := range all {
		s.At[slot].Seq = all[slot].seq
	}
	return s.At.String()
}
