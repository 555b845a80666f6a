package task_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

func mends(t *testing.T, s task.Store) {
	l, other := open(t, s), openAs(t, s, t.Name()+" too")
	of := func(l hot.Listed, taking int64, at time.Time) hot.Mend {
		return hot.Mend{Item: l.ID, Epoch: l.Epoch, Taking: taking, Kind: hot.LostKeys, At: at, Why: fmt.Sprint("because of ", taking)}
	}
	late := other
	late.Epoch = 7
	for range 2 { // two servers
		for _, all := range [][]hot.Mend{{of(l, 0, noon), of(late, 0, noon)}, {of(l, 4, noon.Add(time.Second)), of(other, 0, noon)}} {
			if err := s.Mend(t.Context(), all); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(all []hot.Mend, err error) (text string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.Item == l.ID && m.Key != l.Key || m.Item == other.ID && m.Key != other.Key || m.Kind != hot.LostKeys || m.Epoch != 1 || m.ID == 0 {
				t.Errorf("%+v", m)
			}
			text += fmt.Sprintf("%d %d %s %v; ", m.Item-l.ID, m.Taking, m.Why, m.At.Sub(noon))
		}
		return text
	}
	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s are %q, want %q", what, got, want)
		}
	}
	const first, second = "0 0 because of 0 0s; ", "0 4 because of 4 1s; "
	third := fmt.Sprintf("%d 0 because of 0 0s; ", other.ID-l.ID)
	want("all", text(s.Mended(t.Context(), "", noon)), first+second+third)
	want("those of the tenant", text(s.Mended(t.Context(), "t", noon.Add(time.Millisecond))), second)
	want("those of another tenant", text(s.Mended(t.Context(), "u", noon)), "")
	want("those that no journal has", text(s.Untold(t.Context())), first+second+third)
	some, err := s.Untold(t.Context(), l.ID)
	want("those of one item", text(some, err), first+second)
	if err := s.Told(t.Context(), []int64{some[0].ID, some[1].ID}); err != nil {
		t.Fatal(err)
	}
	want("those that are left", text(s.Untold(t.Context())), third)
	want("those of the item that are left", text(s.Untold(t.Context(), l.ID)), "")
	if err := s.Mend(t.Context(), []hot.Mend{of(other, 5, noon.Add(8*24*time.Hour))}); err != nil {
		t.Fatal(err)
	}
	want("those after a week", text(s.Mended(t.Context(), "", time.UnixMilli(0))), fmt.Sprintf("%d 5 because of 5 192h0m0s; ", other.ID-l.ID))
}
