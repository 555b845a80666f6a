package intake

import (
	"context"
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// keysUnderWay are the idempotency keys that are being carried out on this node.
type keysUnderWay struct {
	keys sync.Map // of keyUnderWay
}

// keyUnderWay leaves out the place where the write lands. Two writes that differ
// in nothing else are seldom under way together. Even then only the code of an
// answer differs that says that nothing is known yet.
type keyUnderWay struct {
	tenant string
	op     stock.Op
	key    string
}

// begin notes the keys of the requests and returns those that were not noted
// already, nil when there are none. The caller gives them back to end.
func (u *keysUnderWay) begin(tenant string, requests []ledger.Request) (mine map[keyUnderWay]bool) {
	for i := range requests {
		if requests[i].Key == "" {
			continue
		}
		k := keyUnderWay{tenant, requests[i].Command.Op(), requests[i].Key}
		if _, taken := u.keys.LoadOrStore(k, nil); taken {
			continue
		}
		if mine == nil {
			mine = map[keyUnderWay]bool{}
		}
		mine[k] = true
	}
	return mine
}

// end forgets what begin noted. Results whose deadline came while an earlier
// request with their key was still being carried out say so.
func (u *keysUnderWay) end(tenant string, requests []ledger.Request, results []ledger.Result, mine map[keyUnderWay]bool) {
	for k := range mine {
		u.keys.Delete(k)
	}
	for i := range results {
		err := results[i].Err
		if requests[i].Key == "" || !errors.Is(err, ledger.ErrUnknown) && !errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if !mine[keyUnderWay{tenant, requests[i].Command.Op(), requests[i].Key}] {
			results[i].Err = ledger.ErrInProgress
		}
	}
}
