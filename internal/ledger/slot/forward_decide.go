package slot

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A command whose home did not answer is carried out by the node that sent it, and
// must still happen once. Three rules ensure that.
//
// First, it may have been carried out before: then the log shows it. Reserves,
// releases, deducts and commits of whole lines are found by their order, and
// commands with a key by their key. Every other command is sent with a key of its
// own (Once), under which the home stores its change.
//
// Second, the home may have been paused and reach the command later: then it finds
// a record of the sender that is newer than the command, and skips it. So the
// sender answers no caller before it has stored a record (fence). The head makes
// that safe: either the home's record comes first and the sender meets it, or the
// sender's record comes first and the home meets that.
//
// Third, a refused command is decided again: a refusal has changed nothing.

// natural reports whether a second command of this kind is recognised as a repeat
// from what the order has.
func natural(cmd stock.Command) bool {
	switch c := cmd.(type) {
	case stock.Place:
		return !c.Partial
	case stock.Commit, stock.Confirm, stock.Release, stock.Expire, stock.Fulfil, stock.Settle, stock.Close, stock.Cleanup:
		return true
	}
	return false
}

// onceID uses a scope that no client has: those of clients have a tenant.
func onceID(op stock.Op, once [16]byte) engine.KeyID {
	return stock.KeyID("", op, stock.Scope{}, string(once[:]))
}

// onceKey is the ledger's own key that the request was sent with.
func (c *call) onceKey(n int) [16]byte {
	if c.sent.has(n) {
		return c.sent.once[n-c.sent.first]
	}
	return c.requests[n].Once
}

// sentBefore reports whether a refused command that the home may have carried out
// may have succeeded: the order's holds were changed since it was sent.
func (g *group) sentBefore(o *op, r *stock.Refusal) bool {
	if !o.sent || o.keyed || r.Code != stock.InvalidState && r.Code != stock.Expired {
		return false
	}
	e := g.orderEntry(o.reach.Order)
	if e == nil {
		return false
	}
	for i := range e.cur {
		if e.cur[i].seq > o.call.sent.after {
			return true
		}
	}
	return false
}

// errSince is the outcome of a command that the home may have carried out and whose
// order others have changed since then: it looks the same as a command that came
// too late.
var errSince = fmt.Errorf("%w: the order was changed meanwhile", ErrUnknown)

// fence makes sure that a group with commands whose home did not answer leaves a
// record, if none has been stored since: a cleanup of nothing.
func (g *group) fence() {
	if len(g.entries) > 0 {
		return
	}
	for i := range g.ops {
		if o := &g.ops[i]; o.sent && TenantOf(&o.reach) != "" {
			g.entries = append(g.entries, &stock.Event{Op: stock.OpCleanup, Tenant: TenantOf(&o.reach)})
			return
		}
	}
}

// unsure is the error for a request that was sent: a request that failed here may
// have succeeded at the home.
func (c *call) unsure(n int, err error) error {
	if err == nil || !c.sent.has(n) || final(err) && !errors.Is(err, ErrFrozen) && !errors.Is(err, stock.ErrBroken) {
		return err
	}
	if errors.Is(err, ErrUnknown) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}
