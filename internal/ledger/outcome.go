package ledger

import (
	"context"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// Outcome returns the stored outcome of a request with a key that is about items; false when its key was
// not used. It carries nothing out.
func (l *Ledger) Outcome(ctx context.Context, r slot.Request) (slot.Result, bool) {
	scope, ok := stock.ScopeOf(r.Command)
	if !ok || r.Key == "" {
		return slot.Result{}, false
	}
	reach, op := r.Command.Reach(), r.Command.Op()
	ids := []engine.KeyID{stock.KeyID(slot.TenantOf(&reach), op, scope, r.Key)}
	if other, ok := stock.OtherScope(r.Command); ok {
		ids = append(ids, stock.KeyID(slot.TenantOf(&reach), op, other, r.Key))
	}
	where := keyPlaces{}
	for _, s := range l.slots {
		where[s] = &keyPlace{ids: ids}
	}
	return l.seeker.firstOutcome(ctx, &r, ids, where)
}
