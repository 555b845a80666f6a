package ledger_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// The home of a call decides it, its answer gets lost, and who asked finds that it
// was decided but cannot read what: nobody knows then, and what was granted stays
// granted.
func TestACallWhoseDecisionCannotBeReadKeepsItsLegs(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	f, m, engines := travellers(t, ledger.WithPoints(func(_ context.Context, p ledger.Point) {
		if p == slot.PointReplay {
			leave()
		}
	}))
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		results, err := carryOut(context.WithoutCancel(ctx))
		for _, r := range results {
			if r.Event != nil && r.Event.Op == stock.OpPlace && len(r.Event.Lines) == 2 {
				return nil, errCable
			}
		}
		return results, err
	})
	res := f.nodes[1].Submit(ctx, ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 60_000, Lines: []stock.Demand{wants(at("a", "p"), 2), wants(at("b", "p"), 2)},
	}})[0]
	if ctx.Err() == nil {
		t.Fatal("the decision was not looked up")
	}
	if !errors.Is(res.Err, ledger.ErrUnknown) {
		t.Errorf("the caller is told %s", said(res))
	}
	for _, where := range []string{"a", "b"} {
		if held := figures(t, f.nodes[0], at(where, "p")).Held; held != 2 {
			t.Errorf("at %s %d are held, want 2", where, held)
		}
	}
	verifyMoved(t, engines, m)
}
