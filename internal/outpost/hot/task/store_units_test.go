package task_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// opened returns an item that is open with so many units.
func opened(t *testing.T, s task.Store, product string, free stock.Qty) hot.Listed {
	t.Helper()
	l := openAs(t, s, product)
	l.Given, l.Free = free, free
	now, _, err := s.MoveAll(t.Context(), []hot.Listed{l}, hot.Turn{Raise: 1, State: hot.Open})
	if err != nil || len(now) != 1 {
		t.Fatal(now, err)
	}
	is, err := s.Find(t.Context(), l.Key)
	if err != nil || !is.Counted || is.Free != free || is.Given != free {
		t.Fatalf("%+v %v", is, err)
	}
	return *is
}

func takesWhatThereIs(t *testing.T, s task.Store) {
	l := opened(t, s, t.Name(), 10)
	of := func(n int64, qty stock.Qty) hot.Take {
		c := take(l, n, fmt.Sprint("o", n))
		c.Qty = qty
		return c
	}
	lands := func(want []hot.Landing, all ...hot.Take) {
		t.Helper()
		got, err := s.Insert(t.Context(), all)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("landed %v, want %v: %v", got, want, err)
		}
	}
	free := func(want stock.Qty) {
		t.Helper()
		if is, err := s.Find(t.Context(), l.Key); err != nil || is.Free != want {
			t.Fatalf("%+v %v, want %d", is, err, want)
		}
	}
	lands([]hot.Landing{hot.Landed, hot.Landed}, of(1, 4), of(2, 3))
	free(3)
	lands([]hot.Landing{hot.Beyond}, of(3, 4))
	free(3)
	lands([]hot.Landing{hot.Landed, hot.Landed, hot.Landed, hot.Beyond}, of(1, 4), of(4, 1), of(5, 2), of(6, 1)) // one is a repeat
	free(0)
	other := opened(t, s, t.Name()+" too", 5)
	c := take(other, 1, "o1")
	c.Qty = 2
	lands([]hot.Landing{hot.Landed, hot.Beyond}, c, of(7, 1))
	if err := s.Raise(t.Context(), l.ID, l.Epoch, 12); err != nil {
		t.Fatal(err)
	}
	for _, given := range []stock.Qty{12, 11} { // a repeat, and an earlier figure
		if err := s.Raise(t.Context(), l.ID, l.Epoch, given); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Raise(t.Context(), l.ID, l.Epoch-1, 99); err != nil {
		t.Fatal(err)
	}
	free(2)
	for _, kind := range []stock.WriteBackKind{stock.GivenBack, stock.SoldFromIt} {
		if _, err := s.Join(t.Context(), l.ID, hot.Step{Order: "o2", Kind: kind, Qty: 1, Key: fmt.Sprint("k", kind), At: noon}); err != nil {
			t.Fatal(err)
		}
	}
	free(3)
	var wg sync.WaitGroup
	var mu sync.Mutex
	landed := map[hot.Landing]int{}
	for n := range int64(8) {
		wg.Go(func() {
			got, err := s.Insert(t.Context(), []hot.Take{of(100+n, 1)})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			landed[got[0]]++
		})
	}
	wg.Wait()
	if landed[hot.Landed] != 3 || landed[hot.Beyond] != 5 {
		t.Errorf("at once: %v", landed)
	}
	free(0)
}
