package slot

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// A command whose home did not answer is carried out by the node that sent
// it, and must still happen once. Three things see to that.
//
// It may have been carried out before: then the log shows it. Reserves,
// releases, deducts and commits of whole lines are found by their order, what
// has a key by its key; everything else is sent with a key of its own (Once),
// under which the home stores what it changes.
//
// The home may have been paused and come to it later: then it finds a record
// of the sender that is newer than the command, and lets it be. So the sender
// answers nobody before it has stored a record (fence). The head is what makes
// that safe: either the home's record comes first and the sender meets it, or
// the sender's does and the home meets that.
//
// What is refused is decided anew: a refusal has changed nothing.

// natural reports whether a second command of this kind is known to be the
// same by what the order has.
func natural(cmd stock.Command) bool {
	switch c := cmd.(type) {
	case stock.Place:
		return !c.Partial
	case stock.Commit, stock.Confirm, stock.Release, stock.Expire, stock.Fulfil, stock.Settle, stock.Close, stock.Cleanup:
		return true
	}
	return false
}

// onceScope is no client's: theirs have a tenant.
func onceID(op stock.Op, once [16]byte) engine.KeyID {
	return stock.KeyID("", op, stock.Scope{}, string(once[:]))
}

// once is the key of the ledger's own that the request goes with.
func (c *call) once(n int) [16]byte {
	if c.sent.has(n) {
		return c.sent.once[n-c.sent.first]
	}
	return c.requests[n].Once
}

// sentBefore finds what became of a command that the home may have carried
// out: of what it changed the order's holds were changed since.
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

// errSince is the outcome of a command that may have been carried out by the
// home and whose order was changed by others since then: it cannot be told
// from one that came too late.
var errSince = fmt.Errorf("%w: the order was changed meanwhile", ErrUnknown)

// fence makes sure that a group with commands whose home did not answer leaves
// a record, if none has been stored since: a cleanup of nothing.
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

// unsure is the error for a request that was sent: what is known to have
// failed here may have happened at the home.
func (c *call) unsure(n int, err error) error {
	if err == nil || !c.sent.has(n) || final(err) && !errors.Is(err, ErrFrozen) && !errors.Is(err, stock.ErrBroken) {
		return err
	}
	if errors.Is(err, ErrUnknown) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}
