package enginetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

var journalTests = []test{
	{"the journal names the records of an item, newest first, page by page", journalPages},
	{"rows and cursor of the journal go together, and only from where the cursor is", journalCursor},
	{"rows of the journal that are not in order, or of other records, are refused", journalOrder},
}

var cursorTests = []test{
	{"a named cursor moves only from where it is, and each by itself", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 3)
		steps := []struct {
			name     string
			from, to engine.Seq
			moved    bool
		}{
			{"a", 1, 2, false}, {"a", 0, 2, true}, {"a", 0, 3, false}, {"a", 2, 3, true}, {"b", 0, 1, true}, {"a", 3, 3, true}, {"journal2", 1, 2, false},
		}
		for _, s := range steps {
			switch err := e.SetCursor(t.Context(), s.name, s.from, s.to); {
			case s.moved && err != nil, !s.moved && !errors.Is(err, engine.ErrMoved):
				t.Errorf("%+v: %v", s, err)
			}
		}
		for name, want := range map[string]engine.Seq{"a": 3, "b": 1, "journal2": 0, "never set": 0} {
			if at, err := e.Cursor(t.Context(), name); err != nil || at != want {
				t.Errorf("cursor %s is at %d, %v, want %d", name, at, err, want)
			}
		}
		mustHaveJournal(t, e, 0)
	}},
}

func journalPages(t *testing.T, e engine.Engine) {
	const to = 60
	Fill(t, e, to)
	// Batches that touch the item once, often and not at all.
	for _, ends := range [][2]engine.Seq{{0, 10}, {10, 12}, {12, 13}, {13, 52}, {52, to}} {
		if err := e.AddJournal(t.Context(), ends[0], ends[1], journalRows(ends[0]+1, ends[1])); err != nil {
			t.Fatalf("add journal from %d: %v", ends[0], err)
		}
	}
	var want []engine.Seq
	for s := engine.Seq(to); s > 0; s-- {
		if s%items == 3 {
			want = append(want, s)
		}
	}
	for _, limit := range []int{1, 2, 5, 1000} {
		var got []engine.Seq
		for before := engine.Seq(to + 1); ; {
			seqs, err := e.JournalSeqs(t.Context(), itemKey(3), before, limit)
			if err != nil || len(seqs) > limit {
				t.Fatalf("%d seqs before %d, %v", len(seqs), before, err)
			}
			if len(seqs) == 0 {
				break
			}
			got = append(got, seqs...)
			before = seqs[len(seqs)-1]
		}
		if !slices.Equal(want, got) {
			t.Errorf("by pages of %d: %v, want %v", limit, got, want)
		}
	}
	seqs, err := e.JournalSeqs(t.Context(), stock.ItemKey{Tenant: "u", Location: "default", Product: "p-3"}, 100, 10)
	if err != nil || len(seqs) != 0 {
		t.Errorf("another tenant's item has %v, %v", seqs, err)
	}
}

func journalCursor(t *testing.T, e engine.Engine) {
	Fill(t, e, 9)
	if err := e.AddJournal(t.Context(), 0, 4, []engine.JournalRow{{Item: itemKey(1), Seq: 1}}); err != nil {
		t.Fatal(err)
	}
	for _, from := range []engine.Seq{0, 3, 5} {
		err := e.AddJournal(t.Context(), from, 9, []engine.JournalRow{{Item: itemKey(2), Seq: 9}})
		if !errors.Is(err, engine.ErrMoved) {
			t.Errorf("from %d with the cursor at 4: %v, want ErrMoved", from, err)
		}
	}
	seqs, err := e.JournalSeqs(t.Context(), itemKey(2), 100, 10)
	if err != nil || len(seqs) != 0 {
		t.Errorf("rows were stored without their cursor: %v, %v", seqs, err)
	}
	mustHaveJournal(t, e, 4)
	mustBe(t, e, 9) // the journal is no part of the slot's head
}

func journalOrder(t *testing.T, e engine.Engine) {
	Fill(t, e, 9)
	if err := e.AddJournal(t.Context(), 0, 4, journalRows(1, 4)); err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string][]engine.JournalRow{
		"a record twice":           {{Item: itemKey(1), Seq: 6}, {Item: itemKey(1), Seq: 6}},
		"an item's backwards":      {{Item: itemKey(1), Seq: 7}, {Item: itemKey(1), Seq: 6}},
		"items backwards":          {{Item: itemKey(2), Seq: 5}, {Item: itemKey(1), Seq: 6}},
		"one that is there":        {{Item: itemKey(1), Seq: 4}},
		"one of a later record":    {{Item: itemKey(1), Seq: 9}},
		"one in order, then a bad": {{Item: itemKey(1), Seq: 5}, {Item: itemKey(2), Seq: 0}},
	} {
		if err := e.AddJournal(t.Context(), 4, 8, rows); err == nil || errors.Is(err, engine.ErrMoved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mustHaveJournal(t, e, 4)
}

// journalRows are the rows of records that Fill made.
func journalRows(from, to engine.Seq) (rows []engine.JournalRow) {
	for n := from; n <= to; n++ {
		rows = append(rows, engine.JournalRow{Item: itemKey(n), Seq: n})
	}
	slices.SortFunc(rows, func(a, b engine.JournalRow) int { return cmp.Or(a.Item.Compare(b.Item), cmp.Compare(a.Seq, b.Seq)) })
	return rows
}
