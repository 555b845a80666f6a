package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// ofOrder carries out a request about a whole order in the slots that decide
// for its lines: each reserve call in one step, at its home.
func (l *Ledger) ofOrder(ctx context.Context, r *Request) Result {
	key := r.Command.Reach().Order
	deciders, err := l.deciders(ctx, key)
	if err != nil {
		return Result{Err: err}
	}
	switch len(deciders) {
	case 0:
		s := l.slots[0]
		return Result{Err: stock.UnknownOrder(key), At: s.clock.Now()}
	case 1:
		if r.Key == "" || len(homesOf(deciders[0].holds)) == 1 {
			return l.eachOf(ctx, r, deciders)[0]
		}
		// What was decided in several slots may lie in one by now.
	}
	if r.Key != "" && !l.slots[0].o.plant.is(plantJoinedLines) {
		return l.underKey(ctx, r, deciders)
	}
	return merge(l.eachOf(ctx, r, deciders))
}

// eachOf carries out the request in each of the slots.
func (l *Ledger) eachOf(ctx context.Context, r *Request, slots []decider) []Result {
	results := make([]Result, len(slots))
	var all errgroup.Group
	for i, d := range slots {
		all.Go(func() error {
			ctx := d.apart(ctx)
			own := *r
			own.about = bucketsOf(d.holds)
			results[i] = l.finish(ctx, &own, d.slot, d.carryOut(ctx, []Request{own})[0])
			return nil
		})
	}
	_ = all.Wait()
	return results
}

// underKey carries out a request with a key in several slots: last in the one
// with the oldest line, where the key of the whole is. Once it is there, a
// repeat shows what the slots did then and does nothing to lines that have
// joined the order since.
func (l *Ledger) underKey(ctx context.Context, r *Request, deciders []decider) Result {
	slices.SortStableFunc(deciders, func(a, b decider) int {
		return cmp.Or(cmp.Compare(oldestLine(a.holds), oldestLine(b.holds)), compareScopes(a.scope(), b.scope()), a.apartBy()-b.apartBy())
	})
	first := oldestLine(deciders[0].holds)
	var results []Result
	for i, d := range deciders {
		if len(results) == 0 && oldestLine(d.holds) != first {
			break // what others have done already they will not do again
		}
		res, ok := d.keyed(ctx, r, d.holds)
		switch {
		case ok && res.Event == nil:
			return res
		case ok && i > 0 && len(results) == 0 && res.At > first:
			// The lines of this slot are as old as those of the first, which was
			// to be the last and has not been.
			return l.freshly(ctx, r, deciders)
		case ok:
			// Or the first had none then: all is of the same millisecond.
			results = append(append(results, res), d.keyedApart(ctx, r)...)
		}
	}
	if len(results) == 0 {
		return l.freshly(ctx, r, deciders)
	}
	return merge(results)
}

// freshly carries out a request with a key that is not stored where it would
// be last.
func (l *Ledger) freshly(ctx context.Context, r *Request, deciders []decider) Result {
	results := l.eachOf(ctx, r, deciders[1:])
	for i := range results {
		var refusal *stock.Refusal
		if results[i].Err != nil && !errors.As(results[i].Err, &refusal) {
			return results[i]
		}
	}
	return merge(append(l.eachOf(ctx, r, deciders[:1]), results...))
}

// oldestLine is when the oldest of the lines was made that are decided here.
func oldestLine(holds []*stock.Hold) stock.Time {
	var since stock.Time
	for _, h := range holds {
		for i := range h.Lines {
			if c := h.Lines[i].CreatedAt; !h.Lines[i].Follows() && (since == 0 || c < since) {
				since = c
			}
		}
	}
	return since
}

// keyed returns what is stored in the slot under the key of a request about an
// order of which it has these holds.
func (s *slot) keyed(ctx context.Context, r *Request, holds []*stock.Hold) (Result, bool) {
	fingerprint := stock.Fingerprint(r.Command)
	for _, scope := range scopesOf(nil, holds) {
		id := stock.KeyID(r.Command.Reach().Order.Tenant, r.Command.Op(), scope, r.Key)
		if res, ok := s.outcome(ctx, id, fingerprint); ok {
			return res, true
		}
	}
	return Result{}, false
}

// scope is where the key of a command about the whole order lies here.
func (d decider) scope() stock.Scope {
	all := scopesOf(nil, d.holds)
	return all[len(all)-1]
}

// apartBy is 0 where the home of the oldest line lies here, 1 where only lines
// do whose home lay here once.
func (d decider) apartBy() int {
	at := d.scope().Bucket
	if slices.ContainsFunc(d.holds, func(h *stock.Hold) bool { return h.Key.Bucket == at }) {
		return 0
	}
	return 1
}

func compareScopes(a, b stock.Scope) int {
	return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Product, b.Product))
}

// keyedApart returns what is stored here under the key for calls of the order
// whose homes lay in other slots than that of its oldest one.
func (d decider) keyedApart(ctx context.Context, r *Request) (results []Result) {
	fingerprint := stock.Fingerprint(r.Command)
	oldest := scopesOf(nil, d.holds)
	for _, scope := range homesOf(d.holds) {
		if slices.Contains(oldest, scope) {
			continue
		}
		id := stock.KeyID(r.Command.Reach().Order.Tenant, r.Command.Op(), scope, r.Key)
		if res, ok := d.outcome(ctx, id, fingerprint); ok {
			results = append(results, res)
		}
	}
	return results
}

// homesOf are the homes of the lines of an order that are decided here.
func homesOf(holds []*stock.Hold) (all []stock.Scope) {
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; !l.Follows() {
				if home := homeScope(h, l); !slices.Contains(all, home) {
					all = append(all, home)
				}
			}
		}
	}
	return all
}

// decider is a slot that decides for lines of an order, with its holds there.
type decider struct {
	*slot
	holds []*stock.Hold
}

// deciders are those of the order, by number.
func (l *Ledger) deciders(ctx context.Context, key stock.OrderKey) ([]decider, error) {
	parts, _, err := l.orderParts(ctx, key)
	if err != nil {
		return nil, err
	}
	var found []decider
	for i, s := range l.slots {
		if oldestLine(parts[i].holds) != 0 {
			found = append(found, decider{s, parts[i].holds})
		}
	}
	return found, nil
}

// bucketsOf are the buckets of the holds.
func bucketsOf(holds []*stock.Hold) []stock.Bucket {
	all := make([]stock.Bucket, len(holds))
	for i, h := range holds {
		all[i] = h.Key.Bucket
	}
	return all
}

// lines are what is known of an order before it is decided about.
type lines struct {
	slots   []*slot // that decide for lines of it, by number
	items   []stock.ItemKey
	buckets []stock.Bucket
	homes   int  // of its calls
	legs    bool // units of some of them are told by the home
}

func (l *Ledger) linesOf(ctx context.Context, key stock.OrderKey) (all lines, err error) {
	deciders, err := l.deciders(ctx, key)
	for _, d := range deciders {
		all.slots = append(all.slots, d.slot)
		all.buckets = append(all.buckets, bucketsOf(d.holds)...)
		all.homes += len(homesOf(d.holds))
		for _, h := range d.holds {
			for i := range h.Lines {
				if !h.Lines[i].Follows() {
					all.items = append(all.items, h.Lines[i].Item)
					all.legs = all.legs || h.Lines[i].Copied()
				}
			}
		}
	}
	return all, err
}

// prefetch lets the slots look the orders up together.
func (l *Ledger) prefetch(ctx context.Context, orders []stock.OrderKey) {
	var all errgroup.Group
	for _, s := range l.slots {
		all.Go(func() error {
			_, err := s.look(s.apart(ctx), func(m *memory, _ stock.Time) (want engine.Want) {
				for _, k := range orders {
					if e, ok := m.orders.get(k); !ok || !e.complete {
						want.Orders = append(want.Orders, k)
					}
				}
				return want
			})
			return err
		})
	}
	_ = all.Wait() // whoever needs what could not be read meets the error again
}

// merge makes one result of those of several slots about one order: granted
// when any is, and then with the lines of those that granted it.
func merge(results []Result) Result {
	whole := Result{}
	var refused *Result
	for i := range results {
		r := &results[i]
		var refusal *stock.Refusal
		switch {
		case r.Err == nil && whole.Event == nil:
			whole = *r
			event := *r.Event
			whole.Event = &event
		case r.Err == nil:
			whole.Event.Lines = slices.Concat(whole.Event.Lines, r.Event.Lines)
			whole.Event.Items = slices.Concat(whole.Event.Items, r.Event.Items)
		case !errors.As(r.Err, &refusal):
			return *r // nobody knows what became of that part
		case refused == nil || refusal.Code == stock.Expired:
			refused = r
		}
	}
	if whole.Event == nil && refused != nil {
		return *refused
	}
	return whole
}
