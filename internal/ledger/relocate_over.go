package ledger

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/ledger/slot"
	"holdfast.dev/holdfast/internal/stock"
)

// A relocation is decided by one record, in the slot that decides the moving line
// (its home). When the units at the other location are in another slot, they are
// held first, as a leg of that home. The record then gives the line's units back
// and has the copy of the leg. A leg without such a record is undone like a reserve
// call's leg (place_undo.go), once the key of the decision shows that there will be
// none.

// legFor is how long a leg lives that has not received a deadline from its home.
const legFor stock.Time = 60_000

// relocating is a relocation on its way.
type relocating struct {
	stock.Relocate
	l       *Ledger
	r       *slot.Request
	seen    *seenOrder
	at      *slot.Slot  // the slot that decides the line
	line    *stock.Line // that moves
	key     [16]byte    // of the decision; zero: the request has none
	home    stock.Home
	there   *stock.Line // what the order holds at the other location, as its home says
	thereAt *slot.Slot
}

// relocate carries out a relocation, wherever its two sides are.
func (l *Ledger) relocate(ctx context.Context, r *slot.Request, c *stock.Relocate) slot.Result {
	if err := c.Check(); err != nil {
		return slot.Result{Err: err}
	}
	own := *r
	for n, attempts := 0, 0; n < maxAgain && attempts < mostClosed; n++ {
		x := &relocating{Relocate: *c, l: l, r: &own}
		res, undecided := x.look(ctx)
		again := false
		if undecided {
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

// look finds the line, its home, and what is held at the other location. It reports
// false when the result is the answer.
func (x *relocating) look(ctx context.Context) (res slot.Result, ok bool) {
	o, err := x.l.seeker.seeOrder(ctx, x.Order)
	if err != nil {
		return slot.Result{Err: err}, false
	}
	x.seen = o
	for _, d := range o.deciders {
		for _, h := range d.holds {
			if l := h.Find(x.From); l != nil && !l.Follows() {
				x.at, x.line = d.slot, l
				x.nameHome(h)
			}
			if l := h.Find(x.To); l != nil && !l.Follows() {
				x.there, x.thereAt = l, d.slot
			}
		}
	}
	switch {
	case len(o.deciders) == 0:
		return slot.Result{Err: stock.UnknownOrder(x.Order), At: x.l.slots[0].Now()}, false
	case x.line == nil:
		return slot.Result{Err: stock.NotReserved(x.Order, x.From), At: x.l.slots[0].Now()}, false
	case x.r.Key == "":
		return res, true
	}
	return x.findOutcome(ctx)
}

// nameHome sets the home, where the line is decided. The key remains that of the
// line's reserve call, wherever buckets move.
func (x *relocating) nameHome(h *stock.Hold) {
	x.home = stock.Home{Bucket: h.Key.Bucket, Location: x.From.Location, Product: x.From.Product, Print: stock.Fingerprint(x.Relocate)}
	if x.line.Copied() {
		c := &h.Calls[x.line.Call]
		x.home.Location, x.home.Product = c.HomeLocation, c.HomeProduct
	}
	if x.r.Key != "" {
		x.key = stock.KeyID(x.Order.Tenant, stock.OpRelocate, h.HomeScope(x.line), x.r.Key)
		x.home.Key = x.key
	}
}

// findOutcome looks for an outcome under the key in all slots in which lines of the order
// are, or were, decided.
func (x *relocating) findOutcome(ctx context.Context) (res slot.Result, ok bool) {
	var ids [][16]byte
	where := keyPlaces{}
	add := func(b stock.Bucket) error {
		s, err := x.seen.slotOf(x.l.routes, b)
		for _, id := range ids {
			if err == nil {
				where.add(s, id, b)
			}
		}
		return err
	}
	for _, part := range x.seen.parts {
		for _, h := range part.Holds {
			for i := range h.Lines {
				if id := stock.KeyID(x.Order.Tenant, stock.OpRelocate, h.HomeScope(&h.Lines[i]), x.r.Key); !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	for n := range x.seen.parts {
		part := &x.seen.parts[n]
		for _, h := range part.Holds {
			for i := range h.Lines {
				for _, b := range append(part.OtherBucket(h.Lines[i].Item, h.Key.Bucket), h.Key.Bucket, h.Calls[h.Lines[i].Call].HomeBucket) {
					if err := add(b); err != nil {
						return slot.Result{Err: err}, false
					}
				}
			}
		}
	}
	found, err := x.l.seeker.findKeys(ctx, where, x.home.Print)
	if err != nil {
		return slot.Result{Err: err}, false
	}
	for _, id := range ids {
		if k, ok := found[id]; ok && k.Print == x.home.Print {
			return k.outcome(ctx), false
		}
	}
	if _, ok := found[x.key]; ok {
		return slot.Result{Err: slot.ErrKeyReused, At: x.at.Now()}, false
	}
	return res, true
}

// attempt holds the leg, if one is needed, and has the relocation decided. It
// reports again when something has changed since the line was looked up.
func (x *relocating) attempt(ctx context.Context) (res slot.Result, again bool) {
	from, err := x.l.berthOf(x.home.Bucket)
	if err != nil {
		return slot.Result{Err: err}, false
	}
	to, err := x.l.berthOf(x.ToBucket)
	if err != nil {
		return slot.Result{Err: err}, false
	}
	leg, gone, err := x.findOwnLeg(ctx)
	if err != nil || gone {
		return slot.Result{Err: err}, err == nil
	}
	cmd := x.Relocate
	cmd.Home, cmd.Copied = &x.home, x.line.Copied()
	if leg != nil || from != to {
		if x.key == ([16]byte{}) {
			x.home.Key = callKey(&x.home, x.Order.Tenant, x.l.o.makeKey())
		}
		defer x.l.legs.underWay.begin(x.home.Key)()
		if leg == nil {
			leg, again, err = x.hold(ctx, to.slot)
		}
		if err != nil || again {
			return slot.Result{Err: err}, err == nil
		}
		cmd.Away = leg
	}
	if cmd.Away != nil {
		x.at.At(ctx, slot.PointLegs)
	}
	res = x.l.legs.freeing(ctx, x.at, &slot.Request{Command: cmd, Key: x.r.Key, Looked: true})
	return x.answer(ctx, res, leg)
}

// findOwnLeg returns the leg that an earlier attempt under the key has held. It reports
// gone when the leg was useless and its call is closed: the home has changed its
// bucket since.
func (x *relocating) findOwnLeg(ctx context.Context) (leg *stock.Away, gone bool, err error) {
	if x.key == ([16]byte{}) {
		return nil, false, nil
	}
	for n := range x.seen.parts {
		for _, h := range x.seen.parts[n].Holds {
			l := h.Find(x.To)
			if l == nil || !l.Follows() || l.Leg.Undone || !isOfCall(l, &x.home) {
				continue
			}
			if h.Key.Bucket != x.home.Bucket && h.Calls[l.Call].HomeBucket == x.home.Bucket {
				return &stock.Away{Bucket: h.Key.Bucket, Line: *l}, false, nil
			}
			_, err := x.l.legs.resolve(ctx, x.l.slots[n], x.Order, true)
			return nil, true, err
		}
	}
	return nil, false, nil
}

// hold holds the units in the other slot, unless the home will refuse anyway.
func (x *relocating) hold(ctx context.Context, s *slot.Slot) (away *stock.Away, again bool, err error) {
	nothing := &stock.Away{Bucket: x.ToBucket, Line: stock.Line{Item: x.To}}
	line := x.line.At(x.at.Now())
	n := line.Quantity()
	if line.End != stock.Open || x.Qty > n || x.Qty > 0 && x.Qty < n && !x.Keyed {
		return nothing, false, nil
	}
	if x.there != nil {
		if x.thereAt != x.at {
			nothing.Refusal = stock.HeldApart(x.there) // for the home to keep under the key
		}
		return nothing, false, nil
	}
	if x.Qty > 0 {
		n = x.Qty
	}
	part := stock.Place{
		Fenced: true, // a change is the ledger's own
		Order:  x.Order, Channel: line.Channel, Customer: line.Customer, TTL: legFor, Note: x.Note, Home: &x.home,
		Lines: []stock.Demand{{Item: x.To, Bucket: x.ToBucket, Qty: n, Known: x.Known, Inactive: x.Inactive, Lot: line.Lot}},
	}
	got := x.l.coordinator.leg(ctx, s, &slot.Request{Command: part}, part)
	if got.err != nil || got.again || got.away[0].Earlier {
		return nil, got.err == nil, got.err
	}
	return &got.away[0], false, nil
}

// answer does the remaining work on the leg, and on the legs that the home's
// decision is about.
func (x *relocating) answer(ctx context.Context, res slot.Result, leg *stock.Away) (_ slot.Result, again bool) {
	var elsewhere *stock.Elsewhere
	var refusal *stock.Refusal
	held := leg != nil && leg.Line.Leg != nil
	keyed := x.r.Key != ""
	switch {
	case errors.As(res.Err, &elsewhere), errors.Is(res.Err, slot.ErrApart):
		return res, true
	case errors.As(res.Err, &refusal):
		switch {
		case held && refusal.Kept():
			x.l.legs.undo(ctx, x.Order, []stock.Away{*leg}, &x.home)
		case held: // nothing is stored that could show it
			if err := x.close(ctx); err != nil {
				x.l.o.Log.Debug("units held for a relocation that was refused are given back later", "order", x.Order.Order, "err", err)
			}
		}
		if !keyed && (res.Replayed || givenUp(&res)) {
			return res, true // another request closed the call because it seemed abandoned
		}
	case res.Err == nil:
		if held && !grants(res.Event, &leg.Line) {
			x.l.legs.undo(ctx, x.Order, []stock.Away{*leg}, &x.home)
		}
		if !res.Replayed { // the legs have received it then
			x.l.legs.tell(ctx, res.Event, res.Position)
		}
	}
	res.Replayed = res.Replayed && keyed
	return res, false
}

// close closes the leg's call, and then has the leg given back.
func (x *relocating) close(ctx context.Context) error {
	s, _, err := x.l.slotOfItem(ctx, x.To)
	if err != nil {
		return err
	}
	_, err = x.l.legs.resolve(ctx, s, x.Order, true)
	return err
}
