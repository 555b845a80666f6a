package view

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// sorted are the entries by id: which there are, whatever their order.
func sorted(entries []Entry) []Entry {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	return entries
}

// Locations move between slots while commands come in: the journal of a product or an order
// equals the events in all logs, in the order of time.
func TestTheJournalOfWhatMovesEqualsAllLogs(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "sqlite" {
				for n := range 3 {
					movingJournal(t, t, open, rapid.Custom(someMoves).Example(n))
				}
				return
			}
			rapid.Check(t, func(rt *rapid.T) { movingJournal(t, rt, open, someMoves(rt)) })
		})
	}
}

// moving is what a test does: a step of the location's move, or commands.
type moving struct {
	location string
	to       int // where it moves next
	steps    int // of the move, 0 for commands
	commands []stock.Command
	query    EntryQuery
}

func someMoves(t *rapid.T) []moving {
	moves := make([]moving, rapid.IntRange(1, 40).Draw(t, "moves"))
	for i := range moves {
		m := &moves[i]
		m.location, m.to = someLocation.Draw(t, "place"), rapid.IntRange(0, 2).Draw(t, "to")
		m.steps = rapid.IntRange(-5, 7).Draw(t, "steps")
		some := func(t *rapid.T) stock.ItemKey { return item(m.location, someProduct.Draw(t, "product")) }
		for range rapid.IntRange(1, 3).Draw(t, "commands") {
			c := someCommandOn(t, some)
			if rapid.Bool().Draw(t, "reserve") {
				c = reserve(someOrder.Draw(t, "order"), 1, some(t))
			}
			m.commands = append(m.commands, c)
		}
		m.query = someQuery(t)
		if rapid.Bool().Draw(t, "whole") {
			m.query.Since, m.query.Until, m.query.Location = 0, 0, ""
		}
	}
	return moves
}

func movingJournal(t *testing.T, failed rapid.TB, opened func(testing.TB) engine.Engine, moves []moving) {
	all := newSlots(t, 3, opened)
	defer all.close()
	lives := map[string]int{"a": 0, "b": 1, "c": 2}
	under := map[string][]func(){} // the steps left of a location's move
	for location, slot := range lives {
		all[slot].do(open(item(location, "tea"), 30), open(item(location, "soap"), 30))
	}
	for _, m := range moves {
		if m.steps > 0 && len(under[m.location]) == 0 && m.to != lives[m.location] {
			c := all.carriage(m.location, lives[m.location], m.to)
			under[m.location] = []func(){
				func() { c.leave(); c.come() }, c.copy, c.copy,
				func() { c.seal(); c.copy(); c.open(); lives[m.location] = m.to }, c.drop,
			}
		}
		for range min(m.steps, len(under[m.location])) {
			under[m.location][0]()
			under[m.location] = under[m.location][1:]
		}
		if m.steps <= 0 {
			all[lives[m.location]].do(m.commands...)
		}
	}
	catchUp(t, all.journal())
	for _, m := range moves[:min(len(moves), 12)] {
		want := all.naive(t, m.query)
		got := eachInItsOwn(t, m.query, func() *Journal { return all.journal() })
		if diff := gocmp.Diff(sorted(want), sorted(got)); diff != "" {
			failed.Fatalf("journal for %+v (-naive +got):\n%s", m.query, diff)
		}
		if !slices.IsSortedFunc(got, func(a, b Entry) int { return cmp.Compare(b.At, a.At) }) {
			failed.Fatalf("journal for %+v is not newest first", m.query)
		}
		inItsOrder(failed, &m.query, got)
		if q := &m.query; q.Order == "" && q.Operation == "" && q.Operator == "" {
			var walked []Entry
			q := WalkQuery{Tenant: tenant, Product: m.query.Product, Location: m.query.Location, Since: m.query.Since, Until: m.query.Until}
			if _, err := all.journal().Walk(t.Context(), q, func(e *Entry) error { walked = append(walked, *e); return nil }); err != nil {
				failed.Fatal(err)
			}
			if diff := gocmp.Diff(sorted(want), sorted(walked)); diff != "" {
				failed.Fatalf("walk for %+v (-naive +got):\n%s", q, diff)
			}
			slices.Reverse(walked)
			inItsOrder(failed, &m.query, walked)
		}
	}
}

// inItsOrder fails when the figures after an item's entry are not those before the next
// one. Of an order or an operator not all entries of an item are there.
func inItsOrder(failed rapid.TB, q *EntryQuery, newest []Entry) {
	whole := q.Order == "" && q.Operation == "" && q.Operator == ""
	next := map[stock.ItemKey]Entry{}
	for _, e := range newest {
		k := item(e.Location, e.Product)
		if after, ok := next[k]; ok && (whole && after.Before != e.After || after.At < e.At) {
			failed.Fatalf("%+v is behind %+v", e, after)
		}
		next[k] = e
	}
}

// An item that moves to and fro within a millisecond, with the slots' numbers
// against it, and hidden behind another that moves the other way.
func TestEntriesOfOneMillisecondAreInTheOrderOfTheItem(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := newSlots(t, 3, open)
			defer all.close()
			for _, s := range all {
				s.now, s.tick = 1_700_000_000_000, 0
			}
			at := map[string]int{"a": 2, "b": 0}
			n := 0
			for _, to := range []map[string]int{{"a": 1, "b": 1}, {"a": 0, "b": 2}, {"a": 2, "b": 0}, {"a": 2, "b": 1}} {
				for _, location := range []string{"b", "a", "b", "a"} {
					all[at[location]].do(restockOpening(item(location, "tea")))
					n++
				}
				for location, slot := range to {
					if slot != at[location] {
						all.carriage(location, at[location], slot).carry()
						at[location] = slot
					}
				}
			}
			catchUp(t, all.journal())
			for _, size := range []int{1, 2, 3, 5, 50} {
				got := eachInItsOwn(t, EntryQuery{Tenant: tenant, Product: "tea", PageSize: size}, func() *Journal { return all.journal() })
				countsDown(t, got, n)
			}
			var walked []Entry
			if _, err := all.journal().Walk(t.Context(), WalkQuery{Tenant: tenant}, func(e *Entry) error { walked = append(walked, *e); return nil }); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(walked)
			countsDown(t, walked, n)
		})
	}
}

// countsDown fails when the items' figures do not go down by one to nothing.
func countsDown(t *testing.T, newest []Entry, n int) {
	t.Helper()
	if len(newest) != n {
		t.Errorf("%d entries, want %d", len(newest), n)
	}
	left := map[string]stock.Qty{}
	for i := range newest {
		e := &newest[i]
		if l, ok := left[e.Location]; ok && e.After.Available != l || e.Before.Available != e.After.Available-1 {
			t.Errorf("entry %s at %s: %d to %d, want it to end with %d", e.ID, e.Location, e.Before.Available, e.After.Available, l)
		}
		left[e.Location] = e.Before.Available
	}
	for location, l := range left {
		if l != 0 {
			t.Errorf("%s begins with %d", location, l)
		}
	}
}

// A caller that reads page by page while the item moves reads what was there when it began,
// once.
func TestPagesGoOnAcrossAMove(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, order := range []string{"", "o"} {
				all := newSlots(t, 2, open)
				k, other := item("a", "tea"), item("b", "tea")
				for _, s := range []struct {
					slot int
					k    stock.ItemKey
				}{{0, k}, {1, other}} {
					all[s.slot].do(stock.Restock{Item: s.k, Bucket: bucket(s.k), Qty: 99, Open: &stock.Opening{}}, reserve("o", 20, s.k))
					for n := range stock.Qty(6) {
						all[s.slot].do(stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: tenant, Order: "o"}, Item: s.k, Qty: n + 1, Keyed: true}})
					}
				}
				q := EntryQuery{Tenant: tenant, Product: "tea", Order: order}
				j := all.journal()
				catchUp(t, j)
				want := all.naive(t, q)
				q.PageSize = 1
				steps := append(all.carriage("a", 0, 1).steps(), all.carriage("a", 1, 0).steps()...)
				var got []Entry
				for {
					page, err := j.Entries(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, page.Entries...)
					if q.PageToken = page.NextPageToken; q.PageToken == "" {
						break
					}
					if len(steps) > 0 {
						steps[0]()
						steps = steps[1:]
						catchUp(t, j)
					}
				}
				if diff := gocmp.Diff(want, got); diff != "" || len(got) < 14-2 {
					t.Errorf("order %q: %d entries (-want +got):\n%s", order, len(got), diff)
				}
				all.close()
			}
		})
	}
}

// A call over two buckets of a slot is parted before one of them leaves it.
func TestAnOrderThatWasPartedIsListedWhole(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 2, inMemory)
	defer all.close()
	a, b := item("a", "tea"), item("b", "tea")
	all[0].do(open(a, 9), open(b, 9))
	all[0].do(reserve("o", 3, a, b))
	c := all.carriage("b", 0, 1)
	c.leave()
	all[0].do(stock.Part{Order: order("o"), Bucket: c.bucket})
	c.come()
	c.copy()
	c.seal()
	c.open()
	c.drop()
	catchUp(t, all.journal())
	for _, e := range eachInItsOwn(t, EntryQuery{Tenant: tenant, Product: "tea", Order: "o"}, func() *Journal { return all.journal() }) {
		if e.Operation != stock.OpPlace || !strings.HasPrefix(e.ID, "0-2-") {
			t.Errorf("%s %s is listed", e.ID, e.Operation)
		}
	}
	page, err := all.journal().Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea", Order: "o"})
	if err != nil || len(page.Entries) != 2 {
		t.Errorf("%+v, %v", page, err)
	}
}

// A hold may have come again and again before it lived here the last time. Only the last
// coming says where its history continues; the others are passed over.
func TestTheHistoryOfAHoldGoesOnWhereItCameFromLast(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 2, inMemory)
	defer all.close()
	k := item("a", "tea")
	all[0].do(open(k, 9), reserve("o", 3, k))
	c := all.carriage("a", 0, 1)
	c.leave()
	c.come()
	for range 3 {
		c.copy()
		all[0].do(stock.Extend{Target: stock.Target{Order: order("o")}, TTL: 99_000 + all[0].now%1000_000})
	}
	c.seal()
	c.copy()
	last := all[1].seq
	c.open()
	catchUp(t, all.journal())
	slots := all.journal().listSlots()
	web, err := findThreads(t.Context(), slots, &EntryQuery{Tenant: tenant, Product: "tea", Order: "o"}, []entryPosition{newest, newest})
	if err != nil {
		t.Fatal(err)
	}
	if ts := web.threads[0]; len(ts) != 1 || ts[0].at != all[0].seq-1 {
		t.Errorf("it goes on in %+v, want record %d alone", ts, all[0].seq-1)
	}
	seqs, err := slots[1].histories(t.Context(), web.threads[1], newest.seq, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []engine.Seq{last, 0} {
		if seq, err := seqs.next(t.Context()); seq != want || err != nil {
			t.Errorf("record %d, want %d, %v", seq, want, err)
		}
	}
}

// Records that were dropped in the old slot end the history there.
func TestAnOrderWhoseOldSlotHasForgottenIt(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 2, inMemory)
	defer all.close()
	k := item("a", "tea")
	all[0].do(open(k, 9), reserve("o", 3, k))
	all[0].do(stock.Commit{Target: stock.Target{Order: order("o")}})
	all.carriage("a", 0, 1).carry()
	all[1].do(confirm("o"))
	catchUp(t, all.journal())
	if _, err := all[0].eng.DropRecords(t.Context(), all[0].seq-1); err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{"", "o"} {
		page, err := all.journal().Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea", Order: order})
		if err != nil || len(page.Entries) != 1 || page.Entries[0].Operation != stock.OpConfirm {
			t.Errorf("order %q: %+v, %v", order, page, err)
		}
	}
}

// The ends of logs are not read at one moment: the list of the new slot never lacks earlier
// events of the old one.
func TestNothingIsMissingBetweenTwoSlots(t *testing.T) {
	t.Parallel()
	list := map[string]func(*Journal) ([]Entry, error){
		"entries": func(j *Journal) ([]Entry, error) {
			page, err := j.Entries(t.Context(), EntryQuery{Tenant: tenant, Product: "tea"})
			if err != nil {
				return nil, err
			}
			return page.Entries, nil
		},
		"walk": func(j *Journal) (walked []Entry, err error) {
			_, err = j.Walk(t.Context(), WalkQuery{Tenant: tenant}, func(e *Entry) error { walked = append(walked, *e); return nil })
			slices.Reverse(walked)
			return walked, err
		},
	}
	for name, read := range list {
		all := newSlots(t, 2, inMemory)
		k := item("a", "tea")
		all[0].do(restockOpening(k))
		first := make(chan struct{})
		old := &atEnd{Engine: all[0].eng.(*memory.Engine), after: sync.OnceFunc(func() { close(first) })}
		young := &atEnd{Engine: all[1].eng.(*memory.Engine), before: sync.OnceFunc(func() {
			<-first
			all[0].do(restockOpening(k))
			for _, step := range all.carriage("a", 0, 1).steps()[:6] { // half a minute before its rows are dropped
				step()
			}
			all[1].do(restockOpening(k))
			catchUp(t, all.journal())
		})}
		j := NewJournal(feed.NewLogs([]engine.Engine{old, young}), slog.New(slog.DiscardHandler))
		got, err := read(j)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		countsDown(t, got, 3)
		all.close()
	}
}

// atEnd is an engine that does something when the end of its log is read.
type atEnd struct {
	*memory.Engine
	before, after func()
}

func (h *atEnd) Buckets(ctx context.Context) ([]engine.BucketRow, engine.Seq, error) {
	if h.before != nil {
		h.before()
	}
	rows, head, err := h.Engine.Buckets(ctx)
	if h.after != nil {
		h.after()
	}
	return rows, head, err
}
