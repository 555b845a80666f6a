package task_test

import (
	"errors"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// useOf is a use of a key that is the test's own.
func useOf(t *testing.T, key, request byte) (u hot.KeyUse) {
	t.Helper()
	copy(u.ID[:], t.Name()[max(0, len(t.Name())-14):])
	u.ID[15], u.Print[0] = key, request
	return u
}

// used returns the request that the key was used for, 0 for none, and the refusal.
func used(t *testing.T, s task.Store, u hot.KeyUse) (request byte, denied string) {
	t.Helper()
	is, err := s.Used(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if is == nil {
		return 0, ""
	}
	return is.Print[0], string(is.Denied)
}

// ownKey is like one of those that the house makes for an order whose locations it has chosen.
const ownKey = "\x00choice\x00o-1\x000\x001"

func keys(t *testing.T, s task.Store) {
	l, of := open(t, s), func(k hot.Take, u hot.KeyUse) hot.Take {
		k.Key, k.Use = ownKey, u
		return k
	}
	one, other := useOf(t, 1, 1), useOf(t, 1, 2)
	if request, _ := used(t, s, one); request != 0 {
		t.Fatal("a key was used before it was")
	}
	// Of two requests with one key in one call, one lands.
	got := insert(t, s, of(take(l, 1, "a"), one), of(take(l, 2, "b"), other), take(l, 3, "c"))
	if want := []hot.Landing{hot.Landed, hot.KeyTaken, hot.Landed}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if got := insert(t, s, of(take(l, 1, "a"), one)); got[0] != hot.Landed {
		t.Errorf("the request again: %v", got)
	}
	if got := insert(t, s, of(take(l, 4, "a"), other)); got[0] != hot.Before {
		t.Errorf("the order again: %v", got)
	}
	if request, denied := used(t, s, other); request != 1 || denied != "" {
		t.Errorf("the key was used for %d, refused %q", request, denied)
	}
	tasks, err := s.Of(t.Context(), l.ID, "a")
	if err != nil || len(tasks) != 1 || tasks[0].Print != one.Print || tasks[0].Key != ownKey {
		t.Errorf("%+v %v", tasks, err)
	}
	// A step of another order does not join with the key, and a repeat of the step is found.
	two := useOf(t, 2, 5)
	step := hot.Step{Order: "c", Kind: stock.GivenBack, Qty: 1, Key: ownKey, Use: two, At: noon}
	first, err := s.Join(t.Context(), l.ID, step)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Join(t.Context(), l.ID, step); err != nil || again.ID != first.ID {
		t.Errorf("the step again: %+v %v", again, err)
	}
	step.Order = "a"
	if _, err := s.Join(t.Context(), l.ID, step); !errors.Is(err, hot.ErrKeyReused) {
		t.Errorf("the key for a step of another order: %v", err)
	}
}

func denies(t *testing.T, s task.Store) {
	l := open(t, s)
	denial := func(key, request byte, body string) hot.Denial {
		return hot.Denial{Item: l.ID, Use: useOf(t, key, request), At: noon, Body: []byte(body)}
	}
	taken := take(l, 1, "a")
	taken.Key, taken.Use = ownKey, useOf(t, 1, 1)
	insert(t, s, taken)
	kept, err := s.Deny(t.Context(), []hot.Denial{denial(1, 1, "too late"), denial(2, 1, "no"), denial(2, 2, "other"), denial(3, 1, "never")})
	if want := []bool{false, true, false, true}; err != nil || !slices.Equal(kept, want) {
		t.Fatalf("%v %v, want %v", kept, err, want)
	}
	for key, want := range map[byte]string{1: "", 2: "no", 3: "never"} {
		if request, denied := used(t, s, useOf(t, key, 9)); request != 1 || denied != want {
			t.Errorf("key %d: request %d, refused %q, want %q", key, request, denied, want)
		}
	}
	late := take(l, 2, "b")
	late.Key, late.Use = "key", useOf(t, 3, 1)
	if got := insert(t, s, late); got[0] != hot.KeyTaken {
		t.Errorf("a taking with the key of a refusal: %v", got)
	}
	if pending, err := s.Claim(t.Context(), l.ID, 10); err != nil || len(pending) != 1 || pending[0].Key != ownKey {
		t.Errorf("%d tasks for the books, want the taking alone: %v", len(pending), err)
	}
	places, err := s.Places(t.Context())
	if err != nil || !slices.Contains(places, stock.ItemKey{Tenant: "t", Location: "shop"}) {
		t.Errorf("%v %v", places, err)
	}
}
