package ledger_test

import (
	"context"
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// lookedUp calls fn before a marked call reads one record: the outcome of a key.
type lookedUp struct {
	engine.Engine
	fn func()
}

func (e *lookedUp) Read(ctx context.Context, after engine.Seq, limit int) ([]engine.Record, error) {
	if limit == 1 && ctx.Value(marked{}) != nil {
		e.fn()
	}
	return e.Engine.Read(ctx, after, limit)
}

// The home of a call decides it and its answer is lost. The sender finds that the
// call was decided but cannot read the decision: then nobody knows the outcome, and
// granted units stay granted.
func TestACallWhoseDecisionCannotBeReadKeepsItsLegs(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(marking(t.Context()))
	f, m, engines := travellersOver(t, func(e engine.Engine) engine.Engine { return &lookedUp{e, leave} })
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
