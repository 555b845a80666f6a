package ledger

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// ofOrder carries out a request about a whole order in the slots that decide
// for its lines: each reserve call in one step, at its home.
func (l *Ledger) ofOrder(ctx context.Context, r *slot.Request) slot.Result {
	key := r.Command.Reach().Order
	o, err := l.seeOrder(ctx, key)
	switch {
	case err != nil:
		return slot.Result{Err: err}
	case len(o.deciders) == 0:
		return slot.Result{Err: stock.UnknownOrder(key), At: l.slots[0].Now()}
	case r.Key != "" && l.scattered(o):
		return l.underKey(ctx, r, o)
	}
	return merge(l.eachOf(ctx, o.deciders, func(decider) slot.Request { return *r }))
}

// eachOf carries out a request in each of the slots.
func (l *Ledger) eachOf(ctx context.Context, slots []decider, request func(decider) slot.Request) []slot.Result {
	results := make([]slot.Result, len(slots))
	var all errgroup.Group
	for i, d := range slots {
		all.Go(func() error {
			ctx := d.Apart(ctx)
			own := request(d)
			own.About = bucketsOf(d.holds)
			results[i] = l.finish(ctx, &own, d.Slot, d.Submit(ctx, []slot.Request{own})[0])
			return nil
		})
	}
	_ = all.Wait() // none of them returns one: errors are in the results
	return results
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

// scope is where the key of a command about the whole order lies here.
func (d decider) scope() stock.Scope {
	all := stock.AppendOldestScopes(nil, d.holds)
	return all[len(all)-1]
}

// bucket is the first in which a line lies that is decided here.
func (d decider) bucket() stock.Bucket {
	at := slices.IndexFunc(d.holds, func(h *stock.Hold) bool {
		return slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return !l.Follows() })
	})
	return d.holds[at].Key.Bucket
}

// decidesIn is in how many buckets lines lie that are decided here.
func (d decider) decidesIn() (n int) {
	for _, h := range d.holds {
		if slices.ContainsFunc(h.Lines, func(l stock.Line) bool { return !l.Follows() }) {
			n++
		}
	}
	return n
}

// decider is a slot that decides for lines of an order, with its holds there.
type decider struct {
	*slot.Slot
	holds []*stock.Hold
}

// seenOrder is an order as the slots show it.
type seenOrder struct {
	parts    []slot.Part // by slot
	deciders []decider   // of its lines, by number
}

func (l *Ledger) seeOrder(ctx context.Context, key stock.OrderKey) (*seenOrder, error) {
	parts, _, err := l.orderParts(ctx, key)
	if err != nil {
		return nil, err
	}
	o := &seenOrder{parts: parts}
	for i, s := range l.slots {
		if oldestLine(parts[i].Holds) != 0 {
			o.deciders = append(o.deciders, decider{s, parts[i].Holds})
		}
	}
	return o, nil
}

// slotOf is the slot in which the order was seen in the bucket, or else the one
// that the bucket lives in.
func (o *seenOrder) slotOf(l *Ledger, b stock.Bucket) (*slot.Slot, error) {
	for i := range o.parts {
		if stock.HeldIn(o.parts[i].Holds, b) {
			return l.slots[i], nil
		}
	}
	return l.slotOf(b)
}

// scattered reports whether what is decided about the whole order under a key
// has no one place: several slots decide for it, or did so before buckets moved.
func (o *seenOrder) scattered() bool {
	if len(o.deciders) != 1 {
		return len(o.deciders) > 1
	}
	d := o.deciders[0]
	if !o.parts[d.Number()].MayHaveMoved() {
		return false
	}
	homes := stock.HomesOf(d.holds)
	return len(homes) > 1 || !stock.HeldIn(d.holds, homes[0].Bucket) || d.decidesIn() > 1
}

// scattered is that of the order, or reports that a line has lain in another
// bucket, where the key may be.
func (l *Ledger) scattered(o *seenOrder) bool {
	if o.scattered() {
		return true
	}
	for _, d := range o.deciders {
		for _, h := range d.holds {
			if slices.ContainsFunc(h.Lines, func(line stock.Line) bool { return len(o.parts[d.Number()].OtherBucket(line.Item, h.Key.Bucket)) > 0 }) {
				return true
			}
		}
	}
	return false
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
	slots     []*slot.Slot // that decide for lines of it, by number
	items     []stock.ItemKey
	buckets   []stock.Bucket
	scattered bool // see there
	legs      bool // units of some of them are told by the home
}

func (l *Ledger) linesOf(ctx context.Context, key stock.OrderKey) (all lines, err error) {
	o, err := l.seeOrder(ctx, key)
	if err != nil {
		return all, err
	}
	all.scattered = l.scattered(o)
	for _, d := range o.deciders {
		all.slots = append(all.slots, d.Slot)
		all.buckets = append(all.buckets, bucketsOf(d.holds)...)
		for _, h := range d.holds {
			for i := range h.Lines {
				if !h.Lines[i].Follows() {
					all.items = append(all.items, h.Lines[i].Item)
					all.legs = all.legs || h.Lines[i].Copied()
				}
			}
		}
	}
	return all, nil
}

// prefetch lets the slots look the orders up together.
func (l *Ledger) prefetch(ctx context.Context, orders []stock.OrderKey) {
	var all errgroup.Group
	for _, s := range l.slots {
		all.Go(func() error {
			return s.ReadOrders(s.Apart(ctx), orders)
		})
	}
	_ = all.Wait() // whoever needs what could not be read meets the error again
}

// merge makes one result of those of several slots about one order: granted
// when any is, and then with the lines of those that granted it, each as the
// first that has it: what was begun anew after a bucket moved may have it twice.
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

// addLines appends the lines of items that are not among those it has.
func addLines(has map[stock.ItemKey]bool, to, lines []stock.LineChange) []stock.LineChange {
	for i := range lines {
		if k := lines[i].Line.Item; !has[k] {
			has[k] = true
			to = append(to, lines[i])
		}
	}
	return to
}
