package task_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

func prunes(t *testing.T, s task.Store) {
	l := open(t, s)
	prune := func(before time.Time, most, want int) {
		t.Helper()
		if n, err := s.Prune(t.Context(), l.ID, before, most); err != nil || n != want {
			t.Errorf("%d rows went (%v), want %d", n, err, want)
		}
	}
	there := func(order string, want int) {
		t.Helper()
		if tasks, err := s.Of(t.Context(), l.ID, order); err != nil || len(tasks) != want {
			t.Errorf("order %s has %d tasks (%v), want %d", order, len(tasks), err, want)
		}
	}
	join := func(order string, at time.Time) {
		t.Helper()
		if _, err := s.Join(t.Context(), l.ID, hot.Step{Order: order, Kind: stock.GivenBack, Qty: 1, Key: "k", At: at}); err != nil {
			t.Fatal(err)
		}
	}
	finish := func() {
		t.Helper()
		tasks, err := s.Claim(t.Context(), l.ID, 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), l.ID, tasks[len(tasks)-1]); err != nil {
			t.Fatal(err)
		}
	}
	later := noon.Add(time.Hour)
	insert(t, s, take(l, 1, "alone"), take(l, 2, "with a step"), take(l, 3, "with a late step"))
	join("with a step", noon)
	join("with a late step", later)
	prune(later, 100, 0) // nothing is in the books
	finish()
	insert(t, s, take(l, 4, "the last one sent"))
	finish()
	insert(t, s, take(l, 5, "new"))
	if voided, err := s.Void(t.Context(), l.ID, l.Epoch, 6); err != nil || !voided {
		t.Fatal(voided, err)
	}
	prune(noon, 100, 0) // nothing is as old
	prune(later, 1, 1)
	there("alone", 0)
	prune(later, 100, 2)
	there("with a step", 0)
	there("with a late step", 2)
	prune(later.Add(time.Millisecond), 100, 2)
	there("with a late step", 0)
	there("the last one sent", 1)
	there("new", 1)
	if landed := insert(t, s, take(l, 6, "late")); landed[0] != hot.Voided {
		t.Errorf("the taking of a void that is new: %v", landed)
	}
	finish()
	prune(later, 100, 1)
	there("the last one sent", 0)
	there("new", 1)
	if err := s.Fence(t.Context(), l.ID, "of the ledger"); err != nil {
		t.Fatal(err)
	}
	prune(time.Now().Add(-time.Hour), 100, 0)
	prune(time.Now().Add(time.Hour), 100, 2) // the void, and the fence
	if landed := insert(t, s, take(l, 7, "next")); landed[0] != hot.Landed {
		t.Errorf("a taking after all that: %v", landed)
	}
}
