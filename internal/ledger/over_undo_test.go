package ledger_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/faulty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A leg of a refused order is given back by the same node as soon as its slot
// answers, long before its deadline.
func TestALegThatCouldNotBeGivenBackIsGivenBackLater(t *testing.T) {
	t.Parallel()
	m := country(2)
	home, leg := inSlot(m, 0, 1)[0], inSlot(m, 1, 4)[3]
	var plan faulty.Script
	plan.On("Append", 3, faulty.Fault{Err: errCable}) // the item, the leg, the units given back
	engines := []engine.Engine{memory.New(), memory.New()}
	l := reopen(t, []engine.Engine{engines[0], faulty.New(engines[1], &plan)}, ledger.WithClock(newClock()))
	t.Cleanup(keep(t, "Run", l.Run))
	for _, k := range []stock.ItemKey{home, leg} {
		must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Qty: 9, Tracked: true})
	}
	res := l.Submit(t.Context(), ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 1_800_000, Lines: []stock.Demand{asks(home, 10), asks(leg, 2)},
	}})[0]
	var refusal *stock.Refusal
	if !errors.As(res.Err, &refusal) || refusal.Code != stock.Insufficient {
		t.Fatalf("the call says %s", said(res))
	}
	if f := figures(t, l, leg); f.Held != 2 {
		t.Fatalf("of the leg %d are held: it was to be given back in vain", f.Held)
	}
	if err := l.CarryNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := figures(t, l, leg); f != (stock.Figures{Available: 9, OnHand: 9}) {
		t.Errorf("the leg's item shows %+v, want nothing held", f)
	}
	verifySlots(t, engines)
}

// A caller hangs up while a slot holds its leg, and nobody knows whether it does:
// the call fails, and the leg is given back.
func TestALegWhoseOutcomeIsNotKnownIsGivenBack(t *testing.T) {
	t.Parallel()
	f, m, engines := travellersOver(t, func(e engine.Engine) engine.Engine { return e })
	ctx, hangUp := context.WithCancel(t.Context())
	var lost atomic.Bool
	f.ask(func(ctx context.Context, carryOut carry) ([]ledger.Result, error) {
		results, err := carryOut(context.WithoutCancel(ctx))
		for _, r := range results {
			if r.Event != nil && r.Event.Op == stock.OpPlace && lost.CompareAndSwap(false, true) {
				hangUp()
				return nil, errCable
			}
		}
		return results, err
	})
	res := f.nodes[1].Submit(ctx, ledger.Request{Command: stock.Place{
		Order: stock.OrderKey{Tenant: tenant, Order: "o"}, TTL: 1_800_000, Lines: []stock.Demand{wants(at("a", "p"), 2), wants(at("b", "p"), 2)},
	}})[0]
	if !lost.Load() || res.Err == nil {
		t.Fatalf("the caller is told %s", said(res))
	}
	for _, where := range []string{"a", "b"} {
		if held := figures(t, f.nodes[0], at(where, "p")).Held; held != 0 {
			t.Errorf("at %s %d are held, want none", where, held)
		}
	}
	verifyMoved(t, engines, m)
}
