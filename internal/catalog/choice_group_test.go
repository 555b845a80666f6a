package catalog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// chosenAs is a first choice of an order under a key.
func chosenAs(order, body string, key byte) chosen {
	return chosen{
		&Choice{Tenant: "demo", Order: order, Version: 1, Body: body},
		&ChoiceKey{Tenant: "demo", ID: [16]byte{key}, Print: [16]byte{key}},
	}
}

func TestChoicesOfManyCallsAreStoredTogether(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		const callers = 64
		c := open(t, in.open(t))
		ask, transactions := c.choosing.ask, 0
		entered, proceed := make(chan struct{}), make(chan struct{})
		c.choosing.ask = func(ctx context.Context, all []chosen) []error {
			if transactions++; transactions == 1 {
				close(entered)
				<-proceed
			}
			return ask(ctx, all)
		}
		var all sync.WaitGroup
		call := func(i int) {
			all.Go(func() {
				q := chosenAs(fmt.Sprint("o-", i), "a", byte(i))
				if err := c.Choose(t.Context(), q.choice, q.key); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			})
		}
		call(0)
		<-entered
		for i := 1; i < callers; i++ {
			call(i)
		}
		for c.choosing.length() < callers-1 { // nothing else tells that a caller waits
			runtime.Gosched()
		}
		close(proceed)
		all.Wait()
		if transactions != 2 {
			t.Errorf("%d calls took %d transactions, want 2", callers, transactions)
		}
		for i := range callers {
			id := [16]byte{byte(i)}
			choices, key, err := c.Choices(t.Context(), "demo", fmt.Sprint("o-", i), &id)
			if err != nil || len(choices) != 1 || choices[0].Body != "a" || key == nil || key.ID != id {
				t.Errorf("call %d left %+v, %+v, %v", i, choices, key, err)
			}
		}
	})
}

func TestEachCallOfATransactionIsJudgedByItself(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		there := chosenAs("o-0", "a", 1)
		if err := c.Choose(t.Context(), there.choice, there.key); err != nil {
			t.Fatal(err)
		}
		next, outcome, late := chosenAs("o-0", "b", 1), chosenAs("", "", 1), chosenAs("o-0", "c", 6)
		next.choice.Version, late.choice.Version = 2, 2
		outcome.choice, outcome.key.Outcome = nil, "short"
		stranger := chosenAs("o-4", "a", 1)
		stranger.key.Print = [16]byte{9}
		tests := []struct {
			name string
			call chosen
			want error
		}{
			{"the same again", chosenAs("o-0", "a", 1), nil},
			{"another order", chosenAs("o-1", "a", 2), nil},
			{"another first choice of an order", chosenAs("o-0", "b", 3), ErrStale},
			{"a choice that another of the transaction was before", chosenAs("o-1", "b", 4), ErrStale},
			{"a key that another of the transaction has stored", chosenAs("o-2", "a", 2), nil},
			{"the key of another request", stranger, ErrKeyTaken},
			{"a key without a choice", chosen{key: chosenAs("", "", 5).key}, nil},
			{"the second choice", next, nil},
			{"what its key came to", outcome, nil},
			{"a second choice too late", late, ErrStale},
			{"a call whose key has its outcome", chosenAs("o-3", "a", 1), ErrStale},
		}
		calls := make([]chosen, len(tests))
		for i := range tests {
			calls[i] = tests[i].call
		}
		for i, err := range c.chooseAll(t.Context(), calls) {
			if !errors.Is(err, tests[i].want) {
				t.Errorf("%s: %v, want %v", tests[i].name, err, tests[i].want)
			}
		}
		for order, want := range map[string]string{"o-0": "b", "o-1": "a", "o-2": "a", "o-3": "", "o-4": ""} {
			all, _, err := c.Choices(t.Context(), "demo", order, nil)
			if got := bodies(all); err != nil || got != want {
				t.Errorf("order %s has %q, want %q, %v", order, got, want, err)
			}
		}
		for id, want := range map[byte]bool{1: true, 2: true, 3: false, 4: false, 5: true, 6: false} {
			_, key, err := c.Choices(t.Context(), "demo", "o-0", &[16]byte{id})
			if err != nil || (key != nil) != want {
				t.Errorf("key %d: %+v, want one: %v, %v", id, key, want, err)
			}
		}
	})
}

func bodies(all []Choice) (text string) {
	for _, ch := range all {
		text += ch.Body
	}
	return text
}

// Two processes that store choices for the same orders at the same time leave
// one of each, whatever the order they came in, and both know which.
func TestTwoProcessesChooseOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		const orders = 40
		dsn := in.open(t)
		processes := []*Catalog{open(t, dsn), open(t, dsn)}
		var all sync.WaitGroup
		var wins [2][orders]bool
		for p, c := range processes {
			for i := range orders {
				all.Go(func() {
					n := i
					if p == 1 {
						n = orders - 1 - i
					}
					q := chosenAs(fmt.Sprint("o-", n), fmt.Sprint(p), byte(n))
					switch err := c.Choose(t.Context(), q.choice, q.key); {
					case err == nil:
						wins[p][n] = true
					case !errors.Is(err, ErrStale):
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		for n := range orders {
			all, _, err := processes[0].Choices(t.Context(), "demo", fmt.Sprint("o-", n), nil)
			winner := "0"
			if wins[1][n] {
				winner = "1"
			}
			if wins[0][n] == wins[1][n] || err != nil || bodies(all) != winner {
				t.Errorf("order %d: the first process was told %v, the second %v, and there is %q, %v", n, wins[0][n], wins[1][n], bodies(all), err)
			}
		}
	})
}

func TestALongListIsAskedInFewLengths(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{0: nil, 1: {1}, 2: {8}, 8: {8}, 9: {64}, 64: {64}, 65: {64, 1}, 130: {64, 64, 8}} {
		values := make([]any, n)
		for i := range values {
			values[i] = i
		}
		var lengths []int
		seen := map[any]bool{}
		for part := range inParts(values) {
			lengths = append(lengths, len(part))
			for _, v := range part {
				seen[v] = true
			}
		}
		if fmt.Sprint(lengths) != fmt.Sprint(want) || len(seen) != n {
			t.Errorf("%d values are asked for in %v, %d of them, want %v", n, lengths, len(seen), want)
		}
	}
}
