package server

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// running knows which idempotency keys are being carried out on this node.
type running struct {
	keys sync.Map // of runningKey
}

// runningKey leaves the place out where the write lands: two writes that
// differ in nothing else are seldom under way together, and all that comes of
// it is the code of an answer that says that nothing is known yet.
type runningKey struct {
	tenant string
	op     stock.Op
	key    string
}

// begin notes the keys of the requests and returns those that were not noted
// already, nil when there are none: they are to be given back to end.
func (r *running) begin(tenant string, requests []ledger.Request) (first map[runningKey]bool) {
	for i := range requests {
		if requests[i].Key == "" {
			continue
		}
		k := runningKey{tenant, requests[i].Command.Op(), requests[i].Key}
		if _, runs := r.keys.LoadOrStore(k, nil); runs {
			continue
		}
		if first == nil {
			first = map[runningKey]bool{}
		}
		first[k] = true
	}
	return first
}

// end forgets what begin noted. Results whose deadline came while an earlier
// request with their key was still being carried out say so.
func (r *running) end(tenant string, requests []ledger.Request, results []ledger.Result, first map[runningKey]bool) {
	for k := range first {
		r.keys.Delete(k)
	}
	for i := range results {
		err := results[i].Err
		if requests[i].Key == "" || !errors.Is(err, ledger.ErrUnknown) && !errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if !first[runningKey{tenant, requests[i].Command.Op(), requests[i].Key}] {
			results[i].Err = ledger.ErrInProgress
		}
	}
}
