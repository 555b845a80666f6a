package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

// catchUp runs the projection until the journal is complete.
func catchUp(t testing.TB, j *Journal) {
	t.Helper()
	defer run(t, j)()
	for _, p := range j.listSlots() {
		head, err := p.engine.Head(t.Context())
		for cursor := engine.Seq(0); err == nil && cursor < head; {
			cursor, err = p.await(t.Context(), head)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// all reads page after page.
func all(t testing.TB, j *Journal, q EntryQuery) []Entry {
	t.Helper()
	var entries []Entry
	for {
		page, err := j.Entries(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.Stale {
			t.Fatal("a journal that is complete answered stale")
		}
		entries = append(entries, page.Entries...)
		if page.NextPageToken == "" {
			return entries
		}
		q.PageToken = page.NextPageToken
	}
}

// naive is the journal by its definition: every record decoded, every event
// looked at, newest first. The figures before an event are those after the
// one before it.
func naive(t testing.TB, e engine.Engine, q EntryQuery) []Entry { return naiveOf(t, 0, e, q) }

func naiveOf(t testing.TB, slot int, e engine.Engine, q EntryQuery) []Entry {
	t.Helper()
	recs, err := e.Read(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	figures := map[stock.ItemKey]stock.Figures{}
	var entries []Entry
	for _, rec := range recs {
		r, err := stock.ParseRecord(rec.Body)
		if err == nil {
			err = r.Attach(rec.Text)
		}
		if err == nil {
			err = r.Events(func(n int, e *stock.Event) error {
				event := *e
				for i := range e.Items {
					c := &e.Items[i]
					before := figures[c.Key]
					figures[c.Key] = c.Figures
					var line *stock.Line
					for n := range e.Lines {
						if l := &e.Lines[n]; l.Changed && l.Line.Item == c.Key {
							line = &l.Line
						}
					}
					if e.Op.Internal() || !c.Changed && len(e.Lines) == 0 || c.Key.Tenant != q.Tenant || q.Product != "" && c.Key.Product != q.Product ||
						q.Operation != "" && q.Operation != e.Op.String() || q.Operator != "" && q.Operator != e.Note.Operator ||
						q.Location != "" && c.Key.Location != q.Location || q.Order != "" && (e.Order != q.Order || len(e.Lines) == 0) ||
						rec.At < q.Since || q.Until != 0 && rec.At >= q.Until {
						continue
					}
					entries = append(entries, Entry{
						ID: fmt.Sprintf("%d-%d-%d-%d", slot, rec.Seq, n, i), At: rec.At, Operation: e.Op,
						Product: c.Key.Product, Location: c.Key.Location, Lot: c.Key.Lot, Channel: e.Channel, Order: e.Order,
						Version: c.Version, Before: before, After: c.Figures,
						Reason: e.Note.Reason, Reference: e.Note.Reference, Operator: e.Note.Operator, Postings: c.Postings, Event: &event, Item: i,
					})
					if line != nil {
						of := &entries[len(entries)-1]
						of.Line, of.Drawn, of.Deadline, of.Customer = true, line.Drawn, line.Deadline, line.Customer
					}
				}
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Reverse(entries)
	return entries
}

func TestJournalEqualsAFilterOverTheWholeLog(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) { journalEqualsFilter(t, rt, open(t)) })
		})
	}
}

func journalEqualsFilter(t *testing.T, rt *rapid.T, e engine.Engine) {
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e, WithBatchRows(rapid.IntRange(1, 20).Draw(rt, "batch")))
	first := s.now
	s.do(open(item("a", "tea"), 20), open(item("b", "tea"), 20), stock.OpenItem{
		Item: item("a", "gift"), Bucket: bucket(item("a", "gift")),
	})
	for range rapid.IntRange(1, 25).Draw(rt, "records") {
		var commands []stock.Command
		for range rapid.IntRange(1, 6).Draw(rt, "commands") {
			commands = append(commands, someCommand(rt))
		}
		s.do(commands...)
		if rapid.Bool().Draw(rt, "project now") {
			catchUp(t, j)
		}
	}
	catchUp(t, j)
	last := s.now
	someTime := func(label string) stock.Time {
		if !rapid.Bool().Draw(rt, label) {
			return 0
		}
		return stock.Time(rapid.Int64Range(int64(first)-500, int64(last)+1500).Draw(rt, label+" at"))
	}
	for range 8 {
		q := EntryQuery{Tenant: tenant, Since: someTime("since"), Until: someTime("until")}
		q.about(rt)
		q.PageSize = rapid.IntRange(1, 9).Draw(rt, "page size")
		if rapid.Bool().Draw(rt, "of a location") {
			q.Location = someLocation.Draw(rt, "asked location")
		}
		if rapid.Bool().Draw(rt, "of an order") {
			q.Order = someOrder.Draw(rt, "asked order")
		}
		if diff := cmp.Diff(naive(t, e, q), all(t, j, q)); diff != "" {
			rt.Fatalf("journal for %+v (-naive +got):\n%s", q, diff)
		}
	}
}

func TestJournalPagesAreStableUnderNewWrites(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e)
	a, b := item("a", "tea"), item("b", "tea")
	s.do(open(a, 1), open(b, 1))
	for range 20 {
		s.do(restock(a, 1), restock(b, 1), restock(a, 1))
	}
	catchUp(t, j)
	want := all(t, j, EntryQuery{Tenant: tenant, Product: "tea"})
	if len(want) != 62 {
		t.Fatalf("%d entries, want 62", len(want))
	}
	q := EntryQuery{Tenant: tenant, Product: "tea", PageSize: 4}
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
		s.do(restock(b, 1), restock(a, 1))
		catchUp(t, j)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages read while others wrote (-want +got):\n%s", diff)
	}
}

func TestJournalEntries(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e)
	a, b := item("a", "tea"), item("b", "tea")
	s.do(open(a, 10), open(b, 10))
	place := reserve("o1", 4, a)
	place.Channel, place.Note = "web", stock.Note{Reason: "sale", Reference: "r-1", Operator: "kim"}
	s.do(place, reserve("o2", 100, a), place)
	s.do(stock.Move{
		From: stock.Spot{Item: a, Bucket: bucket(a), Account: stock.Shared},
		To:   stock.Spot{Item: b, Bucket: bucket(b), Account: stock.Shared}, Qty: 2,
	})
	catchUp(t, j)

	line := func(e Entry) string {
		return fmt.Sprintf("%s %s %s@%s channel=%s order=%s available %d>%d reserved %d>%d %s/%s/%s",
			e.ID, e.Operation, e.Product, e.Location, e.Channel, e.Order,
			e.Before.Available, e.After.Available, e.Before.Held, e.After.Held, e.Reason, e.Reference, e.Operator)
	}
	want := []string{
		"0-3-0-1 move tea@b channel= order= available 10>12 reserved 0>0 //",
		"0-3-0-0 move tea@a channel= order= available 6>4 reserved 4>4 //",
		"0-2-0-0 reserve tea@a channel=web order=o1 available 10>6 reserved 0>4 sale/r-1/kim",
		"0-1-1-0 create tea@b channel= order= available 0>10 reserved 0>0 //",
		"0-1-0-0 create tea@a channel= order= available 0>10 reserved 0>0 //",
	}
	var got []string
	for _, e := range all(t, j, EntryQuery{Tenant: tenant, Product: "tea"}) {
		got = append(got, line(e))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a move makes one entry each, a refusal and a repeat none (-want +got):\n%s", diff)
	}
	if got := all(t, j, EntryQuery{Tenant: "other", Product: "tea"}); got != nil {
		t.Errorf("another tenant sees %v", got)
	}
	if got := all(t, j, EntryQuery{Tenant: tenant, Product: "never"}); got != nil {
		t.Errorf("a product without items has entries: %v", got)
	}
}

func TestEntriesOfAnOrder(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e)
	a, b := item("a", "tea"), item("b", "tea")
	s.do(open(a, 10), open(b, 10))
	s.do(reserve("o1", 1, a, b), reserve("o2", 1, a))
	s.do(restock(a, 1), release("o2"))
	// Several changes of one hold in one record.
	s.do(confirm("o1"), stock.Return{Item: a, Bucket: bucket(a), Qty: 1, Order: "o1"}, reserve("o3", 2, b), release("o3"))
	catchUp(t, j)

	tests := []struct {
		name  string
		query EntryQuery
		want  []string
	}{
		{"in every location", EntryQuery{Order: "o1"}, []string{"return@a", "deduct@a", "deduct@b", "reserve@b", "reserve@a"}},
		{"page by page", EntryQuery{Order: "o1", PageSize: 1}, []string{"return@a", "deduct@a", "deduct@b", "reserve@b", "reserve@a"}},
		{"in one location", EntryQuery{Order: "o1", Location: "a"}, []string{"return@a", "deduct@a", "reserve@a"}},
		{"made and ended in one record", EntryQuery{Order: "o3"}, []string{"release@b", "reserve@b"}},
		{"before a time", EntryQuery{Order: "o1", Until: s.now}, []string{"reserve@b", "reserve@a"}},
		{"from a time on", EntryQuery{Order: "o2", Since: s.now - 1000}, []string{"release@a"}},
		{"in no time at all", EntryQuery{Order: "o2", Since: s.now, Until: s.now}, nil},
		{"of an order nobody knows", EntryQuery{Order: "o4"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := test.query
			q.Tenant, q.Product = tenant, "tea"
			var got []string
			for _, entry := range all(t, j, q) {
				got = append(got, entry.Operation.String()+"@"+entry.Location)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEntryTokens(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e)
	s.do(open(item("a", "tea"), 1), restock(item("a", "tea"), 1))
	catchUp(t, j)
	page, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea", PageSize: 1})
	if err != nil || page.NextPageToken == "" {
		t.Fatalf("no first page: %v", err)
	}
	own := EntryQuery{Tenant: tenant, Product: "tea"}
	tests := []struct {
		name   string
		change func(*EntryQuery)
		want   error
	}{
		{"its own list takes it", func(*EntryQuery) {}, nil},
		{"another tenant's does not", func(q *EntryQuery) { q.Tenant = "other" }, ErrPageToken},
		{"another product's does not", func(q *EntryQuery) { q.Product = "soap" }, ErrPageToken},
		{"another order's does not", func(q *EntryQuery) { q.Order = "o1" }, ErrPageToken},
		{"another time's does not", func(q *EntryQuery) { q.Until = 1 }, ErrPageToken},
		{"a token of levels does not fit", func(q *EntryQuery) {
			q.PageToken = sealLevelToken(newFilter("levels", tenant, "", "", "false"), item("a", "tea"))
		}, ErrPageToken},
		{"a place beyond every log is refused", func(q *EntryQuery) {
			q.PageToken = sealEntryToken(own.filter(), []entryPosition{{seq: 1 << 63}})
		}, ErrPageToken},
		{"an index beyond every record is refused", func(q *EntryQuery) {
			q.PageToken = sealEntryToken(own.filter(), []entryPosition{{seq: 1, event: 1 << 40}})
		}, ErrPageToken},
		{"a page of 501 is refused", func(q *EntryQuery) { q.PageSize = 501 }, ErrPageSize},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := own
			q.PageToken = page.NextPageToken
			test.change(&q)
			if _, err := j.Entries(t.Context(), q); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestEntriesAreStaleWhenTheJournalDoesNotCatchUp(t *testing.T) {
	t.Parallel()
	e := memory.New()
	defer e.Close()
	s := newScript(t, e)
	j := newJournal(e, WithPatience(time.Millisecond))
	s.do(open(item("a", "tea"), 1))
	catchUp(t, j)
	s.do(restock(item("a", "tea"), 1)) // nobody projects it
	q := EntryQuery{Tenant: tenant, Product: "tea"}
	page, err := j.Entries(t.Context(), q)
	if err != nil || !page.Stale || len(page.Entries) != 1 {
		t.Fatalf("%+v, %v; want the one entry the journal knows, marked stale", page, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newJournal(e).Entries(ctx, q); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the caller who went away", err)
	}
}
