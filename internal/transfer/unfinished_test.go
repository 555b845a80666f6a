package transfer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/transfer"
)

// leaving are the books of a node that is shutting down: they take no commands.
type leaving struct{ *ledger.Ledger }

func (leaving) Submit(_ context.Context, requests ...ledger.Request) []ledger.Result {
	results := make([]ledger.Result, len(requests))
	for i := range results {
		results[i].Err = ledger.ErrStopping
	}
	return results
}

// A command that the books turn away is done later, because the step is begun. The caller
// must not hear that nothing has happened, nor must one who repeats the call.
func TestAStepThatTheBooksTurnAwayIsBegun(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	w.put(t, hub, "tea", 10)
	x := w.transfers(nil)
	leaves := leaving{w.books}
	stopping := transfer.New(intake.New(leaves, w.directory, nil), leaves, w.directory.Transfers, w.directory.Replenishments, transfer.WithPatience(-time.Minute))
	o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Lines: []transfer.CallLine{{Product: "tea", Qty: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	id := o.Transfer.ID
	if _, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionApprove}); err != nil {
		t.Fatal(err)
	}
	ship := transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionShip, Key: "lorry"}
	for _, what := range []string{"the call", "the same call again"} {
		if _, err := stopping.Act(t.Context(), ship); !errors.Is(err, transfer.ErrUnfinished) {
			t.Errorf("%s: %v, want ErrUnfinished", what, err)
		}
	}
	other := transfer.Act{Tenant: owner, ID: id, Action: transfer.ActionCancel, Key: "other"}
	if _, err := stopping.Act(t.Context(), other); err == nil || errors.Is(err, transfer.ErrUnfinished) {
		t.Errorf("another call, which has begun nothing: %v", err)
	}
	if n := look(t.Context(), x.Completion()); n != 1 {
		t.Errorf("%d steps were completed later, want 1", n)
	}
	if n := w.of(t, hub, "tea", stock.Transit(id)); n != 4 {
		t.Errorf("%d units are in transit, want 4", n)
	}
}

// A call that finds nothing to do has the same answer when it is repeated, whatever has
// happened since.
func TestACallWithAKeyThatFindsNothingToDoIsRemembered(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	w.put(t, hub, "tea", 10)
	x := w.transfers(nil)
	o, err := x.Create(t.Context(), transfer.Request{Tenant: owner, From: hub, To: shop, Lines: []transfer.CallLine{{Product: "tea", Qty: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	act := func(action, key string) *transfer.Outcome {
		t.Helper()
		o, err := x.Act(t.Context(), transfer.Act{Tenant: owner, ID: o.Transfer.ID, Action: action, Key: key})
		if err != nil {
			t.Fatalf("%s with key %q: %v", action, key, err)
		}
		return o
	}
	act(transfer.ActionApprove, "one")
	first := act(transfer.ActionApprove, "two")
	act(transfer.ActionShip, "lorry")
	if again := act(transfer.ActionApprove, "two"); !again.Replayed || again.Transfer.State != first.Transfer.State || len(again.Transfer.Steps) != len(first.Transfer.Steps) {
		t.Errorf("the same call again: replayed %t, %s after %d steps; first it was %s after %d",
			again.Replayed, again.Transfer.State, len(again.Transfer.Steps), first.Transfer.State, len(first.Transfer.Steps))
	}
	act(transfer.ActionCancel, "back")
	act(transfer.ActionCancel, "back too")
	if done := act(transfer.ActionCancel, ""); done.Transfer.State != transfer.Cancelled {
		t.Errorf("cancelled three times it is %s", done.Transfer.State)
	}
}
