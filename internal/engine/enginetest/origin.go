package enginetest

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

var originTests = []test{
	{"nothing is stored on a history that is not taken over", takeOver},
}

func takeOver(t *testing.T, e engine.Engine) {
	o, ok := e.(engine.Originator)
	if !ok {
		return
	}
	is, err := o.Origin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if is.Name == "" {
		return // the server does not tell
	}
	refused, calls := errors.New("refused"), 0
	answer := refused
	o.OnTakeOver(func(_ context.Context, on engine.Origin, head engine.Seq, hash [32]byte) error {
		calls++
		if on != is || head != 0 || hash != [32]byte{} {
			t.Errorf("told of %+v with head %d, want %+v with 0", on, head, is)
		}
		return answer
	})
	for range 2 {
		if err := e.Append(t.Context(), 0, Nth(1)); !errors.Is(err, refused) || errors.Is(err, engine.ErrUnknown) {
			t.Errorf("append before the take-over: %v, want what it was refused with", err)
		}
		if _, err := e.Lock(t.Context()); !errors.Is(err, refused) {
			t.Errorf("lock before the take-over: %v, want what it was refused with", err)
		}
	}
	mustBe(t, e, 0)
	answer, calls = nil, 0
	Fill(t, e, 3)
	mustBe(t, e, 3)
	if calls != 1 {
		t.Errorf("told %d times of one history", calls)
	}
}
