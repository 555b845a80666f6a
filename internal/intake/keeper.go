package intake

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// askKeepers has tills asked that keep what was to be released: only they can end it. The caller has
// his refusal already, and a second release asks no second time.
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

// isKept reports whether a till keeps some of what was to be released.
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
