package task_test

import (
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// several are items that are open in epoch 1.
func several(t *testing.T, s task.Store, n int) (all []hot.Listed) {
	t.Helper()
	for i := range n {
		l, err := s.Add(t.Context(), stock.ItemKey{Tenant: "t", Product: fmt.Sprint(t.Name(), i), Location: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		to := l
		to.Epoch, to.State, to.Holder = 1, hot.Open, 7
		to.Counted = false
		if moved, err := s.Move(t.Context(), l, to); err != nil || !moved {
			t.Fatal(moved, err)
		}
		all = append(all, to)
	}
	return all
}

func movesAll(t *testing.T, s task.Store) {
	all := several(t, s, 4)
	was := slices.Clone(all)
	was[1].Epoch = 9
	was[2].State = hot.Sealed
	slices.Reverse(was)
	now, _, err := s.MoveAll(t.Context(), was, hot.Turn{Raise: 2, State: hot.Opening, Era: 5})
	if err != nil || len(now) != 2 {
		t.Fatal(now, err)
	}
	for i, l := range all {
		want := l
		if i == 0 || i == 3 {
			want.Epoch, want.State, want.Era, want.Counted = 3, hot.Opening, 5, true
			if !slices.Contains(now, want) {
				t.Errorf("%+v is not among %+v", want, now)
			}
		}
		if is, err := s.Find(t.Context(), l.Key); err != nil || *is != want {
			t.Errorf("%+v %v, want %+v", is, err, want)
		}
	}
	if landed := insert(t, s, take(all[0], 1, "late"), take(all[1], 1, "in time")); landed[0] != hot.TooLate || landed[1] != hot.Landed {
		t.Error(landed)
	}
	if now, _, err := s.MoveAll(t.Context(), nil, hot.Turn{}); err != nil || len(now) != 0 {
		t.Error(now, err)
	}
}

func chooses(t *testing.T, s task.Store) {
	was, err := s.Chosen(t.Context())
	if err != nil || was.Second {
		t.Fatal(was, err)
	}
	if done, err := s.Choose(t.Context(), was, true); err != nil || !done {
		t.Fatal(done, err)
	}
	if done, err := s.Choose(t.Context(), was, false); err != nil || done {
		t.Error("a choice that is out of date counts", err)
	}
	want := hot.Choice{Term: was.Term + 1, Second: true}
	if is, err := s.Chosen(t.Context()); err != nil || is != want {
		t.Error(is, err)
	}
	if _, at, err := s.MoveAll(t.Context(), several(t, s, 1), hot.Turn{Raise: 1, State: hot.Opening}); err != nil || at != want {
		t.Errorf("%+v %v, want %+v", at, err, want)
	}
	if done, err := s.Choose(t.Context(), want, false); err != nil || !done {
		t.Fatal(done, err)
	}
}

func unfinished(t *testing.T, s task.Store) {
	all := several(t, s, 4)
	ids := []int64{all[0].ID, all[1].ID, all[2].ID} // nobody asks about the last one
	insert(t, s, take(all[0], 1, "new"), take(all[1], 1, "finished"), take(all[3], 1, "of another"))
	tasks, err := s.Claim(t.Context(), all[1].ID, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), all[1].ID, tasks[0]); err != nil {
		t.Fatal(err)
	}
	if voided, err := s.Void(t.Context(), all[2].ID, 1, 1); err != nil || !voided {
		t.Fatal(voided, err)
	}
	if some, err := s.Unfinished(t.Context(), ids); err != nil || !slices.Equal(some, ids[:1]) {
		t.Errorf("%v %v, want %v", some, err, ids[:1])
	}
	if some, err := s.Unfinished(t.Context(), nil); err != nil || len(some) != 0 {
		t.Error(some, err)
	}
}
