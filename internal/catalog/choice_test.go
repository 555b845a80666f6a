package catalog

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestTheFirstChoiceOfACallStays(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		first := Choice{Tenant: "demo", Order: "o-1", Version: 1, Print: [16]byte{1}, Body: `{"at":"berlin"}`}
		other := first
		other.Body = `{"at":"rome"}`
		if err := c.Choose(t.Context(), &first, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Choose(t.Context(), &first, nil); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if err := c.Choose(t.Context(), &other, nil); !errors.Is(err, ErrStale) {
			t.Errorf("another one in its place: %v", err)
		}
		next := other
		next.Version = 2
		if err := c.Choose(t.Context(), &next, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Choose(t.Context(), &first, nil); !errors.Is(err, ErrStale) {
			t.Errorf("the first after the second: %v", err)
		}
		late := first
		late.Version, late.Body = 2, `{"at":"oslo"}`
		if err := c.Choose(t.Context(), &late, nil); !errors.Is(err, ErrStale) {
			t.Errorf("another second: %v", err)
		}
		all, key, err := c.Choices(t.Context(), "demo", "o-1", nil)
		if err != nil || key != nil || len(all) != 1 || all[0].Version != 2 || all[0].Body != next.Body || all[0].Print != first.Print {
			t.Errorf("%+v, %+v, %v", all, key, err)
		}
		if all, _, err := c.Choices(t.Context(), "else", "o-1", nil); err != nil || len(all) != 0 {
			t.Errorf("another tenant sees %+v, %v", all, err)
		}
	})
}

func TestAKeyOfAChoiceIsOfOneRequest(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		key := ChoiceKey{Tenant: "demo", ID: [16]byte{7}, Print: [16]byte{1}}
		choice := Choice{Tenant: "demo", Order: "o-1", Version: 1, Body: "a"}
		if err := c.Choose(t.Context(), &choice, &key); err != nil {
			t.Fatal(err)
		}
		stranger, elsewhere := key, choice
		stranger.Print, elsewhere.Order = [16]byte{2}, "o-2"
		if err := c.Choose(t.Context(), &elsewhere, &stranger); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("the key of another request: %v", err)
		}
		if all, _, err := c.Choices(t.Context(), "demo", "o-2", nil); err != nil || len(all) != 0 {
			t.Errorf("a choice was stored without its key: %+v, %v", all, err)
		}
		refused, next := key, choice
		refused.Outcome, next.Version, next.Body, refused.New = "short", 2, "b", true
		if err := c.Choose(t.Context(), &next, &refused); !errors.Is(err, ErrStale) {
			t.Errorf("a new key that is there: %v", err)
		}
		refused.New = false
		if err := c.Choose(t.Context(), &next, &refused); err != nil {
			t.Fatal(err)
		}
		if err := c.Choose(t.Context(), &next, &refused); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if err := c.Choose(t.Context(), nil, &key); !errors.Is(err, ErrStale) {
			t.Errorf("a key that has its outcome: %v", err)
		}
		all, known, err := c.Choices(t.Context(), "demo", "o-1", &key.ID)
		if err != nil || len(all) != 1 || known == nil || known.Outcome != "short" || known.Print != key.Print {
			t.Errorf("%+v, %+v, %v", all, known, err)
		}
	})
}

func TestOfManyWhoChooseOneIsFirst(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				errs[i] = c.Choose(t.Context(), &Choice{Tenant: "demo", Order: "o-1", Version: 1, Body: fmt.Sprint(i)},
					&ChoiceKey{Tenant: "demo", ID: [16]byte{9}})
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, ErrStale) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d were first", won)
		}
	})
}

// A choice is stored and another one of its order dropped, or neither.
func TestAChoiceTakesThePlaceOfAnOlderOne(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		rows := make([]Choice, 4)
		for i := range rows {
			rows[i] = Choice{Tenant: "demo", Order: "o-1", Number: i, Version: 1, Body: fmt.Sprint(i)}
		}
		want := func(what, bodiesThen string) {
			t.Helper()
			all, _, err := c.Choices(t.Context(), "demo", "o-1", nil)
			if got := bodies(all); err != nil || got != bodiesThen {
				t.Errorf("%s: %q, want %q, %v", what, got, bodiesThen, err)
			}
		}
		for i := range 2 {
			if err := c.Choose(t.Context(), &rows[i], nil); err != nil {
				t.Fatal(err)
			}
		}
		older := rows[0]
		older.Version = 2
		rows[2].Drops = &older
		if err := c.Choose(t.Context(), &rows[2], nil); !errors.Is(err, ErrStale) {
			t.Errorf("in place of one that is another by now: %v", err)
		}
		want("nothing is stored", "01")
		rows[2].Drops = &rows[0]
		for range 2 {
			if err := c.Choose(t.Context(), &rows[2], nil); err != nil {
				t.Fatal(err)
			}
		}
		want("the oldest is dropped", "12")
		rows[3].Drops = &rows[0]
		if err := c.Choose(t.Context(), &rows[3], nil); !errors.Is(err, ErrStale) {
			t.Errorf("in place of one that is gone: %v", err)
		}
		// Of a transaction the first goes first.
		next := rows[1]
		next.Version, next.Body = 2, "b"
		rows[3].Drops = &rows[1]
		errs := c.chooseAll(t.Context(), []chosen{{choice: &rows[3]}, {choice: &next}})
		if errs[0] != nil || !errors.Is(errs[1], ErrStale) {
			t.Errorf("one is dropped and changed at the same time: %v", errs)
		}
		want("it is dropped", "23")
	})
}

func TestOldChoicesAreDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		for i := range 3 {
			err := c.Choose(t.Context(), &Choice{Tenant: "demo", Order: fmt.Sprint("o-", i), Version: 1}, &ChoiceKey{Tenant: "demo", ID: [16]byte{byte(i)}})
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				clock.advance(choiceKept + time.Second)
			}
		}
		c.pruneChoices(t.Context())
		for i := range 3 {
			id := [16]byte{byte(i)}
			all, key, err := c.Choices(t.Context(), "demo", fmt.Sprint("o-", i), &id)
			if err != nil || (len(all) == 1) != (i == 2) || (key != nil) != (i == 2) {
				t.Errorf("order %d: %+v, %+v, %v", i, all, key, err)
			}
		}
	})
}
