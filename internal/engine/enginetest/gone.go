package enginetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// mustJournal fails unless the journal of each item is what is wanted, oldest
// first, and an audit sees these rows and no others.
func mustJournal(t *testing.T, e engine.Engine, want map[stock.ItemKey][]engine.Seq) {
	t.Helper()
	var rows, got []engine.JournalRow
	for k, seqs := range want {
		newest := slices.Clone(seqs)
		slices.Reverse(newest)
		all, err := e.JournalSeqs(t.Context(), k, 1000, 1000)
		if d := diff(newest, all); err != nil || d != "" {
			t.Fatalf("journal of %q, %v (-want +got):\n%s", k, err, d)
		}
		page, err := e.JournalSeqs(t.Context(), k, seqs[len(seqs)-1], 2)
		if d := diff(newest[1:min(3, len(newest))], page); err != nil || d != "" {
			t.Fatalf("a page of the journal of %q, %v (-want +got):\n%s", k, err, d)
		}
		for _, s := range seqs {
			rows = append(rows, engine.JournalRow{Item: k, Seq: s})
		}
	}
	if _, err := e.ScanJournal(t.Context(), collect(&got)); err != nil {
		t.Fatal(err)
	}
	for _, all := range [][]engine.JournalRow{rows, got} {
		slices.SortFunc(all, func(a, b engine.JournalRow) int { return cmp.Or(a.Item.Compare(b.Item), cmp.Compare(a.Seq, b.Seq)) })
	}
	if d := diff(rows, got); d != "" {
		t.Fatalf("scanned journal (-want +got):\n%s", d)
	}
}

// addJournal moves the journal on by one with a row for each item.
func addJournal(t *testing.T, e engine.Engine, want map[stock.ItemKey][]engine.Seq, items ...stock.ItemKey) {
	t.Helper()
	at, err := e.JournalCursor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var rows []engine.JournalRow
	for _, k := range items {
		rows = append(rows, engine.JournalRow{Item: k, Seq: at + 1})
		want[k] = append(want[k], at+1)
	}
	slices.SortFunc(rows, func(a, b engine.JournalRow) int { return a.Item.Compare(b.Item) })
	if err := e.AddJournal(t.Context(), at, at+1, rows); err != nil {
		t.Fatal(err)
	}
	mustJournal(t, e, want)
}

func dropKeepsJournal(t *testing.T, e engine.Engine) {
	stays, goes, late := itemIn(5, 1).Key, itemIn(6, 2).Key, itemIn(6, 3).Key
	want := map[stock.ItemKey][]engine.Seq{}
	populate(t, e, 5, 6)
	addJournal(t, e, want, stays, goes)
	addJournal(t, e, want, goes)
	for range 3 {
		mustEmpty(t, e, 6, 9, 3*each)
		mustJournal(t, e, want)
		addJournal(t, e, want, goes, late, stays) // records of before, read late
		populate(t, e, 6)
		mustJournal(t, e, want)
		addJournal(t, e, want, goes, stays)
		addJournal(t, e, want, late, goes)
	}
	mustHave(t, e, 5, 6)
}

func dropKeepsNumbers(t *testing.T, e engine.Engine) {
	want := map[stock.ItemKey][]engine.Seq{}
	for b := stock.Bucket(1); b <= 4; b++ {
		populate(t, e, b)
		addJournal(t, e, want, itemIn(b, 0).Key, itemIn(b, each-1).Key)
		if b > 1 {
			// The newest, then with the next bucket also all there are.
			mustEmpty(t, e, b, 1000, 3*each)
			mustEmpty(t, e, b-1, 1000, map[bool]int{true: 3 * each}[b == 2])
		}
		mustJournal(t, e, want)
	}
	populate(t, e, 3, 9, 1)
	addJournal(t, e, want, itemIn(9, 0).Key, itemIn(3, 0).Key, itemIn(3, 5).Key, itemIn(9, 5).Key, itemIn(1, 0).Key, itemIn(4, 0).Key)
	mustHave(t, e, 1, 3, 9)
}

func bucketsReopened(t *testing.T, open func() engine.Engine) {
	e := open()
	populate(t, e, 5, 6)
	want := map[stock.ItemKey][]engine.Seq{}
	addJournal(t, e, want, itemIn(5, 0).Key, itemIn(6, 0).Key, itemIn(6, each-1).Key)
	rows, _, err := e.Buckets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustEmpty(t, e, 6, 25, 3*each)
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		e = open()
		got, _, err := e.Buckets(t.Context())
		if d := diff(rows, got); err != nil || d != "" {
			t.Fatalf("rows of buckets, %v (-want +got):\n%s", err, d)
		}
		mustHave(t, e, 5)
		mustJournal(t, e, want)
	}
	populate(t, e, 6, 7)
	mustHave(t, e, 5, 6, 7)
	addJournal(t, e, want, itemIn(6, 0).Key, itemIn(7, 0).Key)
}

// droppedElsewhere drops what another engine on the slot remembers.
func droppedElsewhere(t *testing.T, open func() engine.Engine) {
	a, b := open(), open()
	populate(t, a, 5, 6)
	g := recordGroup(2)
	g.Items = []engine.ItemRow{stored(itemIn(6, 1))}
	mustAppend(t, a, g)
	mustEmpty(t, b, 6, 1000, 3*each)
	g = recordGroup(3)
	g.Items = []engine.ItemRow{stored(itemIn(6, 1))}
	if err := a.Append(t.Context(), 2, g); err == nil {
		t.Error("an item was changed that another engine has dropped")
	}
	populate(t, b, 6)
	if n, err := a.DropBucket(t.Context(), 6, 1, 1000); !errors.Is(err, engine.ErrMoved) || n != 0 {
		t.Errorf("dropped %d of a bucket that another engine has filled again, %v, want ErrMoved", n, err)
	}
	g = recordGroup(4)
	g.Items = []engine.ItemRow{stored(itemIn(6, 1))}
	mustAppend(t, a, g)
	mustHave(t, a, 5, 6)
}
