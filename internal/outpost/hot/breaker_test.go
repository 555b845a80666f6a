package hot

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestOnlyOneCallerWaitsForARedisThatIsDown(t *testing.T) {
	t.Parallel()
	now := noon
	b := breaker{now: func() time.Time { return now }}
	asked := 0
	ask := func(err error) error {
		return b.ask(t.Context(), func(context.Context) error {
			asked++
			return err
		})
	}
	silent := errors.New("i/o timeout")
	if err := ask(silent); !errors.Is(err, ErrDown) || !errors.Is(err, silent) {
		t.Fatal(err)
	}
	for range 3 {
		if err := ask(nil); !errors.Is(err, ErrDown) {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Fatalf("%d asked a Redis that is down", asked)
	}
	now = now.Add(restFor)
	var second error
	first := b.ask(t.Context(), func(context.Context) error {
		second = ask(nil) // while the one that tries waits
		return silent
	})
	if !errors.Is(first, silent) || asked != 1 || !errors.Is(second, ErrDown) {
		t.Fatalf("%v %v, %d asked", first, second, asked)
	}
	now = now.Add(restFor)
	if err := ask(nil); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []error{ErrEpoch, ErrRun, ErrAbsent} {
		if err := ask(answer); !errors.Is(err, answer) || errors.Is(err, ErrDown) {
			t.Fatalf("%v of an answer: %v", err, answer)
		}
	}
	if err := ask(nil); err != nil {
		t.Fatal(err)
	}
}
