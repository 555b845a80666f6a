package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A change is decided by one record, in the slot that decides for all of its lines.
// Additional units in other slots are held there first: for a new line as a leg,
// for an existing line as units on top of its leg. The record adopts them. Units
// that no record adopts are given back, once the key of the decision shows that
// there will be none.

// changing is a change on its way.
type changing struct {
	stock.Change
	l    *Ledger
	r    *slot.Request
	seen *seenOrder
	at   *slot.Slot   // where it is decided
	own  []*seenLine  // for each wanted line the one of the order, nil: it is new
	key  [16]byte     // of the decision; zero: the request has none
	held []stock.Away // what other slots hold for it
	home stock.Home
}

// seenLine is a line of the order as the slot that decides it shows it.
type seenLine struct {
	*stock.Line
	in *stock.Hold
	at *slot.Slot
}

// change carries out a change, wherever its lines are.
func (l *Ledger) change(ctx context.Context, r *slot.Request, c *stock.Change) slot.Result {
	if err := c.Check(); err != nil {
		return slot.Result{Err: err}
	}
	own := *r
	for n, attempts := 0, 0; n < maxAgain && attempts < mostClosed; n++ {
		x := &changing{Change: *c, l: l, r: &own}
		x.Lines = slices.Clone(c.Lines)
		res, again := x.look(ctx)
		if !again && res.Err == nil && res.Event == nil {
			res, again = x.attempt(ctx)
		}
		switch {
		case closed(&own, &res):
			own.Key, own.Looked, attempts = nextKey(own.Key), false, attempts+1
			n--
		case !again:
			return res
		}
	}
	return slot.Result{Err: slot.ErrBusy} // the order changed each time
}

// look finds the lines and the slot that decides for them. It returns the answer
// when there is one already, and reports again when a call was in the way and no
// longer is.
func (x *changing) look(ctx context.Context) (res slot.Result, again bool) {
	o, err := x.l.seeker.seeOrder(ctx, x.Order)
	switch {
	case err != nil:
		return slot.Result{Err: err}, false
	case len(o.deciders) == 0:
		return slot.Result{Err: stock.UnknownOrder(x.Order), At: x.l.slots[0].Now()}, false
	}
	x.seen = o
	lines := o.lines()
	x.choose(x.find(lines), lines)
	if x.r.Key != "" {
		if res, ok := x.findOutcome(ctx); ok {
			return res, false
		}
	}
	if r := x.refuseSplitLines(lines); r != nil {
		return slot.Result{Err: r, At: x.at.Now()}, false
	}
	again, err = x.settleForeignLegs(ctx)
	return slot.Result{Err: err}, again && err == nil
}

// lines returns the lines of the order, each from the slot that decides it.
func (o *seenOrder) lines() (all []*seenLine) {
	for _, d := range o.deciders {
		for _, h := range d.holds {
			for i := range h.Lines {
				if l := &h.Lines[i]; !l.Follows() {
					all = append(all, &seenLine{l, h, d.slot})
				}
			}
		}
	}
	return all
}

// find finds the lines that are named.
func (x *changing) find(lines []*seenLine) (named []*seenLine) {
	x.own = make([]*seenLine, len(x.Lines))
	for i := range x.Lines {
		at := slices.IndexFunc(lines, func(l *seenLine) bool { return l.Item == x.Lines[i].Item })
		if at >= 0 {
			x.own[i] = lines[at]
			named = append(named, lines[at])
		}
	}
	return named
}

// choose sets the slot that decides the change, and the key. It uses the same line
// whenever the same lines are named, wherever buckets move: the first of them by
// the home of its call, or, when all named lines are new, the oldest line of the
// order.
func (x *changing) choose(named, all []*seenLine) {
	first := func(a, b *seenLine) int {
		return cmp.Or(a.in.HomeScope(a.Line).Compare(b.in.HomeScope(b.Line)), cmp.Compare(a.Item.Location, b.Item.Location), cmp.Compare(a.Item.Product, b.Item.Product))
	}
	var by *seenLine
	if len(named) > 0 {
		by = slices.MinFunc(named, first)
	} else {
		by = slices.MinFunc(all, func(a, b *seenLine) int { return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), first(a, b)) })
	}
	x.at = by.at
	x.home = stock.Home{Bucket: by.in.Key.Bucket, Location: by.Item.Location, Product: by.Item.Product, Print: stock.Fingerprint(x.Change)}
	if by.Copied() {
		c := &by.in.Calls[by.Call]
		x.home.Location, x.home.Product = c.HomeLocation, c.HomeProduct
	}
	if x.r.Key != "" {
		x.key = stock.KeyID(x.Order.Tenant, stock.OpChange, by.in.HomeScope(by.Line), x.r.Key)
		x.home.Key = x.key
	}
	open, expired := false, stock.Time(0)
	for _, l := range all {
		switch is := l.At(l.at.Now()); is.End {
		case stock.Open:
			x.Latest, open = max(x.Latest, is.Deadline), true
		case stock.EndExpired:
			expired = max(expired, is.Deadline)
		}
	}
	switch {
	case !open:
		x.Latest = expired // the deciding slot may not have the line
	case x.Latest == 0: // all of them are committed
		x.Latest = x.at.Now() + stock.NewTTL
	}
}

// findOutcome looks for an outcome under the key in all slots in which lines of the order
// are, or were, decided.
func (x *changing) findOutcome(ctx context.Context) (res slot.Result, ok bool) {
	done, others, err := x.l.seeker.findOutcomes(ctx, x.r, x.seen)
	switch {
	case err != nil:
		return slot.Result{Err: err}, true
	case len(done) > 0:
		return done[0], true
	case slices.ContainsFunc(others, func(s stock.Scope) bool {
		return stock.KeyID(x.Order.Tenant, stock.OpChange, s, x.r.Key) == x.key
	}):
		return slot.Result{Err: slot.ErrKeyReused, At: x.at.Now()}, true
	}
	return res, false
}

// refuseSplitLines refuses lines that no single slot decides for.
func (x *changing) refuseSplitLines(lines []*seenLine) error {
	for _, l := range lines {
		named := slices.ContainsFunc(x.Lines, func(w stock.Wanted) bool { return w.Item == l.Item }) ||
			slices.ContainsFunc(x.Expected, func(e stock.Expected) bool { return e.Item == l.Item })
		if is := l.At(l.at.Now()); l.at != x.at && (named || x.Replace && is.End == stock.Open) {
			return stock.DecidedApart(l.Line)
		}
	}
	return nil
}

// settleForeignLegs brings legs of other calls, which are in the place of wanted lines, to
// what their homes decide. It reports whether there were any.
func (x *changing) settleForeignLegs(ctx context.Context) (found bool, err error) {
	for i := range x.Lines {
		if x.own[i] != nil || x.Lines[i].Qty == 0 {
			continue
		}
		for n := range x.seen.parts {
			for _, h := range x.seen.parts[n].Holds {
				l := h.Find(x.Lines[i].Item)
				if l == nil || !l.Follows() || l.Leg.Undone || l.End != stock.Open {
					continue
				}
				own := x.key != ([16]byte{}) && isOfCall(l, &x.home)
				switch {
				case own && h.Key.Bucket != x.home.Bucket && h.Calls[l.Call].HomeBucket == x.home.Bucket:
					continue // an earlier attempt has held it
				case own: // buckets have moved since
					_, err = x.l.legs.resolve(ctx, x.l.slots[n], x.Order, true)
				default:
					_, _, err = x.l.legs.decided(ctx, x.l.slots[n], x.Order, l)
				}
				if found = true; err != nil {
					return found, err
				}
			}
		}
	}
	return found, nil
}

// attempt holds the additional units in other slots and has the change decided. It
// reports again when something has changed since the lines were looked up.
func (x *changing) attempt(ctx context.Context) (res slot.Result, again bool) {
	parts, err := x.parts()
	if err != nil {
		return slot.Result{Err: err}, false
	}
	if len(parts) > 0 {
		if x.key == ([16]byte{}) {
			x.home.Key = callKey(&x.home, x.Order.Tenant, x.l.o.makeKey())
		}
		defer x.l.legs.underWay.begin(x.home.Key)()
		if again, err = x.hold(ctx, parts); err != nil || again {
			x.forget(ctx)
			return slot.Result{Err: err}, err == nil
		}
		x.at.At(ctx, slot.PointLegs)
	}
	cmd := x.Change
	cmd.Home = &x.home
	res = x.l.legs.freeing(ctx, x.at, &slot.Request{Command: cmd, Key: x.r.Key, Looked: true})
	return x.answer(ctx, res)
}

// parts returns the numbers of the lines that need units held in other slots, by
// the berth of these units.
func (x *changing) parts() (map[berth][]int, error) {
	home, err := x.l.berthOf(x.home.Bucket)
	if err != nil {
		return nil, err
	}
	parts := map[berth][]int{}
	for i := range x.Lines {
		w := &x.Lines[i]
		lies, err := x.l.berthOf(w.Bucket)
		if err != nil {
			return nil, err
		}
		is := stock.Line{End: stock.EndReleased}
		if own := x.own[i]; own != nil {
			w.IsAway, is = own.Copied(), own.At(x.at.Now())
		} else {
			w.IsNew, w.IsAway = true, lies != home
		}
		if w.IsAway && w.Qty > is.Quantity() && (is.End == stock.Open || is.End == stock.EndReleased) {
			parts[lies] = append(parts[lies], i)
		}
	}
	return parts, nil
}

// answer does the remaining work on the units held in other slots, and on the legs
// that the decision is about.
func (x *changing) answer(ctx context.Context, res slot.Result) (_ slot.Result, again bool) {
	var elsewhere *stock.Elsewhere
	var refusal *stock.Refusal
	keyed := x.r.Key != ""
	switch {
	case errors.As(res.Err, &elsewhere):
		x.forget(ctx)
		return res, true
	case errors.Is(res.Err, slot.ErrApart): // one of the buckets is on its way
		x.forget(ctx)
		return slot.Result{Err: slot.ErrMoving}, false
	case errors.As(res.Err, &refusal):
		if refusal.Kept() || !keyed {
			x.l.legs.undo(ctx, x.Order, x.held, &x.home)
		} else if err := x.close(ctx); err != nil { // nothing is stored that could show it
			x.l.o.Log.Debug("units held for a change that was refused are given back later", "order", x.Order.Order, "err", err)
		}
		if !keyed && (res.Replayed || givenUp(&res)) {
			return res, true // another request closed the change because it seemed abandoned
		}
	case res.Err == nil:
		if late := x.excludedLegs(res.Event); len(late) > 0 {
			x.l.legs.undo(ctx, x.Order, late, &x.home)
		}
		if !res.Replayed { // the legs have received it then
			x.l.legs.tell(ctx, res.Event, res.Position)
		}
	}
	res.Replayed = res.Replayed && keyed
	return res, false
}
