package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// carryOutForOrder carries out a request about a whole order in the slots that decide
// for its lines: each reserve call in one step, at its home.
func (l *Ledger) carryOutForOrder(ctx context.Context, r *slot.Request) slot.Result {
	key := r.Command.Reach().Order
	o, err := l.seeker.seeOrder(ctx, key)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(o.deciders) == 0:
		return slot.Result{Err: stock.UnknownOrder(key), At: l.slots[0].Now()}
	}
	withheld, err := l.seeker.reportArrivalsOf(ctx, r, o)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case r.Key != "" && l.seeker.scattered(o):
		return l.carryOutUnderKey(ctx, r, o, withheld)
	case withheld != nil:
		return slot.Result{Err: withheld, At: o.deciders[0].slot.Now()}
	}
	return merge(l.carryOutInEach(ctx, o.deciders, func(decider) slot.Request { return *r }))
}

// carryOutInEach carries out a request in each of the slots.
func (l *Ledger) carryOutInEach(ctx context.Context, slots []decider, request func(decider) slot.Request) []slot.Result {
	results := make([]slot.Result, len(slots))
	var all sync.WaitGroup
	for i, d := range slots {
		all.Go(func() {
			ctx := d.slot.Apart(ctx)
			own := request(d)
			own.About = bucketsOf(d.holds)
			results[i] = l.finish(ctx, &own, d.slot, d.slot.Submit(ctx, []slot.Request{own})[0])
		})
	}
	all.Wait()
	return results
}

// merge makes one result of the results of several slots about one order. It is
// granted when any of them is, and then has the lines of those that granted it. A
// line that several results have is taken from the first: a request that was
// repeated after a bucket moved may have it twice.
func merge(results []slot.Result) slot.Result {
	if len(results) == 1 {
		return results[0]
	}
	whole := slot.Result{}
	var refused *slot.Result
	var has map[stock.ItemKey]bool
	for i := range results {
		r := &results[i]
		var refusal *stock.Refusal
		switch {
		case r.Err == nil && whole.Event == nil:
			whole = *r
			event := *r.Event
			whole.Event = &event
		case r.Err == nil:
			if has == nil {
				has = map[stock.ItemKey]bool{}
				addLines(has, nil, whole.Event.Lines)
			}
			whole.Event.Lines = addLines(has, slices.Clip(whole.Event.Lines), r.Event.Lines)
			whole.Event.Items = slices.Concat(whole.Event.Items, r.Event.Items)
		case !errors.As(r.Err, &refusal):
			return *r // the outcome of that part is not known
		case refused == nil || refusal.Code == stock.Expired:
			refused = r
		}
	}
	if whole.Event == nil && refused != nil {
		return *refused
	}
	return whole
}

// addLines appends the lines of items that it does not have yet.
func addLines(has map[stock.ItemKey]bool, to, lines []stock.LineChange) []stock.LineChange {
	for i := range lines {
		if k := lines[i].Line.Item; !has[k] {
			has[k] = true
			to = append(to, lines[i])
		}
	}
	return to
}
