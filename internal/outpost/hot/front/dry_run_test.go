package front_test

import (
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
)

// tryAndAsk compares the answers to a dry run of a request, and those to the request.
func (p *pair) tryAndAsk(n int, q ledger.Request) {
	p.t.Helper()
	var tried ledger.Result
	_ = settled(func() error { // on a busy machine an item moves for long
		tried = front.NewDryRun(p.with).Submit(p.t.Context(), q)[0]
		return tried.Err
	})
	want, got := shown(ledger.NewDryRun(p.alone, nil).Submit(p.t.Context(), q)[0]), shown(tried)
	if want != got {
		p.t.Fatalf("step %d: try %T %+v\nthe ledger says %s\nwith Redis      %s", n, q.Command, q.Command, want, got)
	}
	p.ask(n, q)
}
