package intake

import (
	"errors"

	"holdfast.dev/holdfast/internal/stock"
)

// countRefusals reports the reserves that got nothing and are in no log.
func (b *batch) countRefusals() {
	for i := range b.outcomes {
		o := &b.outcomes[i]
		if o.Err == nil && o.Chosen == nil && (o.Event == nil || len(o.Event.Short) == 0) {
			continue
		}
		if p, ok := b.asks[i].Command.(*stock.Place); ok {
			if missing, refused := refusedUnseen(o, b.asks[i].Key != ""); refused {
				b.refusals.Refused(b.tenant, p.Channel, o.At, missing)
			}
		}
	}
}

// refusedUnseen reports whether a reserve got nothing and no log has it, and what it lacked. It is
// the rule of what is stored under a key: a call that the caller has to correct is not refused.
func refusedUnseen(o *Outcome, keyed bool) (missing []stock.Shortage, refused bool) {
	if o.Replayed || o.InLog || o.Chosen != nil && o.Chosen.InLog {
		return nil, false
	}
	switch {
	case o.Err != nil:
		refusal, ok := errors.AsType[*stock.Refusal](o.Err)
		if !ok || !refusal.Kept() || o.Event != nil && o.Event.Refusal != nil {
			return nil, false
		}
		return refusal.Shortages, true
	case o.Chosen != nil && o.Event != nil && len(o.Event.Lines) == 0:
		return o.Chosen.Plan.Short, len(o.Chosen.Plan.Short) > 0
	}
	return o.Event.Short, !keyed && o.Chosen == nil && len(o.Event.Lines) == 0
}
