package intake

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// askKeepers asks the tills that keep units which should be released: only they can end it. The
// caller already has the refusal, and a second release does not ask again.
func (b *batch) askKeepers(ctx context.Context) {
	var requests []ledger.Request
	for i := range b.writes {
		w := &b.writes[i]
		c, ok := w.command.(stock.Release)
		if !ok || !isKept(&b.outcomes[w.ask]) {
			continue
		}
		requests = append(requests, ledger.Request{Command: stock.AskCancel{Order: c.Order, Note: c.Note}})
	}
	if len(requests) == 0 {
		return
	}
	for i, res := range b.books.Submit(ctx, requests...) {
		var r *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &r) { // a refusal: it is an order of the till's own
			b.log.WarnContext(ctx, "a till is not asked to cancel an order", "order", requests[i].Command.(stock.AskCancel).Order.Order, "err", res.Err)
		}
	}
}

// isKept reports whether a till keeps some of the units that should be
// released.
func isKept(o *Outcome) bool {
	var r *stock.Refusal
	if o.Err != nil {
		return errors.As(o.Err, &r) && r.Code == stock.KeptByHolder
	}
	for i := range o.Event.Lines {
		if k := o.Event.Lines[i].Line.Kept; k != nil && k.Holder != "" && o.Event.Lines[i].Line.End == stock.Open {
			return true
		}
	}
	return false
}
