package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// This file handles the key of a request about a whole order that several slots
// decide. Each of them stores its decision under a key of its own (partRow). The
// slot with the oldest line comes last and stores it under the caller's key. Once
// that is stored, a repeat shows what the slots decided then, and does nothing to
// lines that have joined the order since.
//
// Clocks that differ determine the oldest line, and lines, homes and keys move. So
// a repeat does not rely on where it would land: it looks at every home that a line
// of the order has. It looks in the slot where that home lives and in those where
// its lines are, because the row moves with the one or the other (landing).

// carryOutUnderKey carries out such a request, unless its outcome is stored. withheld is
// why none of the slots may carry it out; nil when they may.
func (l *Ledger) carryOutUnderKey(ctx context.Context, r *slot.Request, o *seenOrder, withheld *stock.Refusal) slot.Result {
	slices.SortStableFunc(o.deciders, func(a, b decider) int {
		return cmp.Or(cmp.Compare(oldestLine(a.holds), oldestLine(b.holds)), a.scope().Compare(b.scope()), int(a.bucket())-int(b.bucket()))
	})
	last := o.deciders[0]
	done, others, err := l.seeker.findOutcomes(ctx, r, o)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(done) > 0:
		parts, err := l.seeker.findPartOutcomes(ctx, r, o)
		if err != nil {
			return slot.Result{Err: err}
		}
		return merge(append(done, parts...))
	case slices.ContainsFunc(others, func(s stock.Scope) bool { return s.Compare(last.scope()) == 0 }):
		return slot.Result{Err: slot.ErrKeyReused, At: last.slot.Now()}
	}
	if withheld != nil {
		parts, err := l.seeker.findPartOutcomes(ctx, r, o)
		if err != nil {
			return slot.Result{Err: err}
		}
		if len(parts) == 0 { // else it began before the line joined the order
			return l.withhold(ctx, r, last, withheld)
		}
	}
	rest := o.deciders[1:]
	slices.SortFunc(rest, func(a, b decider) int { return int(a.bucket()) - int(b.bucket()) })
	parts := l.carryOutInEach(ctx, rest, func(d decider) slot.Request {
		own := *r
		own.Under = partRow(r, stock.Fingerprint(r.Command), d.bucket())
		return own
	})
	for i := range parts {
		var refusal *stock.Refusal
		if parts[i].Err != nil && !errors.As(parts[i].Err, &refusal) {
			return parts[i]
		}
	}
	whole := l.carryOutInEach(ctx, o.deciders[:1], func(decider) slot.Request { return *r })
	res := merge(append(whole, parts...))
	res.Replayed = whole[0].Replayed
	return res
}

// withhold refuses the request, under its key, in the slot where its outcome would
// come last.
func (l *Ledger) withhold(ctx context.Context, r *slot.Request, last decider, why *stock.Refusal) slot.Result {
	order := r.Command.Reach().Order
	return last.slot.Submit(ctx, []slot.Request{{
		Command: stock.Withhold{Order: order, State: why.State, Detail: why.Detail}, About: bucketsOf(last.holds),
		Under: &slot.KeyRow{Key: stock.KeyID(order.Tenant, stock.OpConfirm, last.scope(), r.Key), Print: stock.Fingerprint(r.Command), Bucket: last.bucket()},
	}})[0]
}

// recalled looks for the outcome of a request about one line that may be stored in
// another slot, and carries the request out if there is none.
func (l *Ledger) recalled(ctx context.Context, r *slot.Request) slot.Result {
	o, err := l.seeker.seeOrder(ctx, r.Command.Reach().Order)
	if err != nil {
		return slot.Result{Err: err}
	}
	done, others, err := l.seeker.findOutcomes(ctx, r, o)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(done) > 0:
		return done[0]
	case len(others) > 0:
		return slot.Result{Err: slot.ErrKeyReused, At: l.slots[0].Now()}
	}
	own := *r
	own.Looked = true
	return l.submitOne(ctx, &own)
}

// retryRespread carries out a request with a key, unless its outcome is stored
// where it would have landed when the location was placed the other way.
func (l *Ledger) retryRespread(ctx context.Context, r *slot.Request) slot.Result {
	if res, ok := l.seeker.findEitherWay(ctx, r); ok {
		return res
	}
	own := *r
	own.Looked = true
	return l.submitOne(ctx, &own)
}
