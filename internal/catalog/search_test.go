package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestASetOfNumbersIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.SliceOfDistinct(rapid.IntRange(0, SearchBlock-1), rapid.ID[int]).Draw(t, "places")
		var set, read SearchSet
		for _, place := range places {
			set.Add(place)
		}
		packed := set.pack()
		if err := read.unpack(packed); err != nil || read != set || set.Len() != len(places) || len(packed) > bitmapSize {
			t.Fatalf("%d places in %d bytes are read as %d: %v", len(places), len(packed), read.Len(), err)
		}
	})
	for _, bad := range [][]byte{{1}, {0, 4}, make([]byte, bitmapSize+2)} {
		var set SearchSet
		if err := set.unpack(bad); !errors.Is(err, errSearchSet) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// numbersOf returns what the index that answers has of a term.
func numbersOf(t *testing.T, c *Catalog, term string) (all []int64) {
	t.Helper()
	err := c.Indexes.View(t.Context(), "demo", func(v *SearchView) error {
		all = nil
		if v == nil {
			return nil
		}
		sets, err := v.Term(term)
		for block, set := range sets {
			for place := range set.All() {
				all = append(all, block*SearchBlock+int64(place))
			}
		}
		slices.Sort(all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnEntryIsNotReplacedByAnOlderOne(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustDetails(t, c, Details{Product: "mug", Title: "Mug"})
		if err := c.Indexes.Begin(ctx, "demo", SearchLive); err != nil {
			t.Fatal(err)
		}
		read := func() SearchWrite {
			of, _, err := c.Indexes.Subjects(ctx, "demo", []string{"mug", "nothing"})
			if err != nil || len(of) != 1 {
				t.Fatalf("%+v, %v", of, err)
			}
			return SearchWrite{Of: &of[0]}
		}
		write := func(w SearchWrite, terms ...string) (stale int) {
			all, err := c.Indexes.Of(ctx, "demo")
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			w.SearchEntry = SearchEntry{Terms: terms, Body: json.RawMessage(`{}`)}
			left, err := c.Indexes.Write(ctx, all[0], []SearchWrite{w}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return len(left)
		}
		slow, fast := read(), read()
		if n := write(fast, "a", "b"); n != 0 {
			t.Errorf("the first: %d are stale", n)
		}
		if n := write(slow, "c"); n != 1 {
			t.Errorf("one that was read before: %d are stale", n)
		}
		slow, fast = read(), read()
		if n := write(fast, "a", "b"); n != 0 { // the same again
			t.Errorf("read again: %d are stale", n)
		}
		if n := write(slow, "c"); n != 1 {
			t.Errorf("one that was read before the same was written again: %d are stale", n)
		}
		if a, none := numbersOf(t, c, "a"), numbersOf(t, c, "c"); !slices.Equal(a, []int64{1}) || len(none) > 0 {
			t.Errorf("found %v and %v", a, none)
		}
		if write(read(), "b"); len(numbersOf(t, c, "a")) > 0 || len(numbersOf(t, c, "b")) != 1 {
			t.Error("a term that it lost finds it")
		}
	})
}

func TestAnIndexIsBuiltInTurnsAndReplacesTheOther(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		ctx := t.Context()
		for i := range 3 {
			mustDetails(t, c, Details{Product: fmt.Sprint("p", i), Title: "P"})
		}
		for _, state := range []string{SearchLive, SearchBuilding, SearchBuilding} {
			if err := c.Indexes.Begin(ctx, "demo", state); err != nil {
				t.Fatal(err)
			}
		}
		due := func() []SearchIndex {
			all, err := c.Indexes.Due(ctx, 10)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := due()
		if len(all) != 1 || all[0].State != SearchBuilding {
			t.Fatalf("due %+v", all)
		}
		mine, other := all[0], all[0]
		if err := c.Indexes.Claim(ctx, &mine, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := c.Indexes.Claim(ctx, &other, time.Minute); !errors.Is(err, ErrStale) || len(due()) > 0 {
			t.Errorf("claimed twice: %v", err)
		}
		at.advance(2 * time.Minute)
		if all = due(); len(all) != 1 { // its server died
			t.Fatalf("due %+v", all)
		}
		mine = all[0]
		if swapped, err := c.Indexes.Swap(ctx, &mine); err != nil || swapped {
			t.Errorf("what is not built answers: %v", err)
		}
		for range 3 {
			of, err := c.Indexes.Unbuilt(ctx, mine, 1)
			if err != nil || len(of) != 1 {
				t.Fatalf("%+v, %v", of, err)
			}
			if _, err := c.Indexes.Write(ctx, mine, []SearchWrite{{&of[0], SearchEntry{Terms: []string{"new"}}}}, of[0].Number); err != nil {
				t.Fatal(err)
			}
			mine = due()[0]
		}
		if err := c.Details.Drop(ctx, "demo", "p2"); err != nil {
			t.Fatal(err)
		}
		if swapped, err := c.Indexes.Swap(ctx, &mine); err != nil || !swapped {
			t.Errorf("it does not answer: %v", err)
		}
		if is := numbersOf(t, c, "new"); !slices.Equal(is, []int64{1, 2, 3}) {
			t.Errorf("found %v", is)
		}
		old := due()
		if len(old) != 1 || old[0].State != SearchDropping {
			t.Fatalf("due %+v", old)
		}
		if done, err := c.Indexes.Drop(ctx, &old[0]); err != nil || !done || len(due()) > 0 {
			t.Errorf("the old one: %v, %v", done, err)
		}
		mustVerify(t, c)
	})
}

func TestAnIndexGoesWithItsTenant(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustDetails(t, c, Details{Product: "mug", Title: "Mug"})
		if err := c.Indexes.Begin(ctx, "demo", SearchLive); err != nil {
			t.Fatal(err)
		}
		of, are, err := c.Indexes.Subjects(ctx, "demo", []string{"mug"})
		if err != nil {
			t.Fatal(err)
		}
		entry := []SearchWrite{{&of[0], SearchEntry{Terms: []string{"a"}}}}
		if _, err := c.Indexes.Write(ctx, are[0], entry, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeleteTenant(ctx, "demo", "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Indexes.Write(ctx, are[0], entry, 0); err != nil {
			t.Errorf("what was read before: %v", err)
		}
		for _, table := range []string{"search_index", "search_entry", "search_term"} {
			n, err := look(ctx, c.store, func(r *read) (n int64, err error) {
				_, err = r.readRow(`SELECT count(*) FROM {`+table+`}`, nil, &n)
				return n, err
			})
			if err != nil || n > 0 {
				t.Errorf("%d rows are left in %s, %v", n, table, err)
			}
		}
	})
}
