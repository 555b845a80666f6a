package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
)

// fleet is nodes that write one slot and know each other.
type fleet struct {
	nodes []*ledger.Ledger
	home  atomic.Int32
	// asked decides the fate of a group on its way to the home; nil: it is carried
	// out there.
	asked atomic.Pointer[func(ctx context.Context, carryOut func(context.Context) ([]ledger.Result, error)) ([]ledger.Result, error)]
	calls atomic.Int64
}

// peersOf is how one node sees the fleet.
type peersOf struct {
	f  *fleet
	me int
}

func (p *peersOf) Home(uint16) (string, bool) {
	home := int(p.f.home.Load())
	return fmt.Sprint("node-", home), home < 0 || home == p.me // below 0 everybody is
}

// Forward sends the group the whole way: to bytes, there, and back.
func (p *peersOf) Forward(ctx context.Context, node string, f *ledger.Forwarded) ([]ledger.Result, error) {
	p.f.calls.Add(1)
	var home int
	if _, err := fmt.Sscanf(node, "node-%d", &home); err != nil {
		return nil, err
	}
	packed := slot.AppendForwarded(nil, f)
	carryOut := func(ctx context.Context) ([]ledger.Result, error) {
		group, err := slot.ReadForwarded(slices.Clone(packed))
		if err != nil {
			return nil, err
		}
		answer, err := slot.AppendResults(nil, p.f.nodes[home].Accept(ctx, group))
		if err != nil {
			return nil, err
		}
		return slot.ReadResults(answer)
	}
	if asked := p.f.asked.Load(); asked != nil {
		return (*asked)(ctx, carryOut)
	}
	return carryOut(context.WithoutCancel(ctx)) // however slow the machine is
}

// ask sets what becomes of groups on their way.
func (f *fleet) ask(fn func(ctx context.Context, carryOut func(context.Context) ([]ledger.Result, error)) ([]ledger.Result, error)) {
	if fn == nil {
		f.asked.Store(nil)
		return
	}
	f.asked.Store(&fn)
}

// nodes opens that many nodes, each on the engine that e gives it. Node 0 is
// the home.
func nodes(t *testing.T, n int, e func(int) engine.Engine, opts ...ledger.Option) *fleet {
	t.Helper()
	return nodesBy(n, func(i int, peers ledger.Option) *ledger.Ledger {
		return open(t, e(i), append(slices.Clone(opts), peers)...)
	})
}

// nodesBy is nodes that are opened by the caller.
func nodesBy(n int, open func(i int, peers ledger.Option) *ledger.Ledger) *fleet {
	f := &fleet{nodes: make([]*ledger.Ledger, n)}
	for i := range n {
		f.nodes[i] = open(i, ledger.WithPeers(&peersOf{f, i}))
	}
	return f
}

// all gives every node the same engine.
func all(e engine.Engine) func(int) engine.Engine { return func(int) engine.Engine { return e } }
