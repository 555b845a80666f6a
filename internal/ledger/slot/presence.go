package slot

import (
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// presence answers where things are: whether the slot may decide on the subject of
// a request while buckets move and locations are spread.
type presence struct {
	*overlay
	now     stock.Time
	several bool // the ledger has other slots
}

// presence is that of the group.
func (g *group) presence() presence { return presence{&g.overlay, g.now, g.s.several} }

// movedError returns why the request cannot be decided here, when one of its buckets
// is on its way.
func (p presence) movedError(r *Request) error {
	t := p.m.stages
	if err := p.checkPlaces(r); err != nil {
		return err
	}
	switch c := r.Command.(type) {
	case stock.Place:
		return t.place(&c)
	case stock.Relocate:
		p := stock.Place{Lines: stock.Demands(c)}
		if c.Home != nil {
			p.Lines = append(p.Lines, stock.Demand{Bucket: c.Home.Bucket})
		}
		return t.place(&p)
	case stock.Change:
		// The record that changes a line which the order has already splits it into home and leg.
		p := stock.Place{}
		for i := range c.Lines {
			switch w := &c.Lines[i]; {
			case w.IsAway:
			case w.IsNew:
				p.Lines = append(p.Lines, w.Demand)
			case t.Hides(w.Bucket):
				return ErrMoving
			}
		}
		if c.Home != nil && !c.Tops {
			p.Lines = append(p.Lines, stock.Demand{Bucket: c.Home.Bucket})
		}
		return t.place(&p)
	}
	if m, ok := r.Command.(stock.Move); ok && (t.Hides(m.From.Bucket) || t.Hides(m.To.Bucket)) {
		return ErrMoving
	}
	if scope, ok := stock.ScopeOf(r.Command); ok && t.Hides(scope.Bucket) || r.Under != nil && t.Hides(r.Under.Bucket) {
		return ErrMoving
	}
	for _, b := range r.About {
		if t.Hides(b) {
			return ErrMoving
		}
	}
	return nil
}

// place returns why this slot's part of a reserve call cannot be decided.
func (t Stages) place(p *stock.Place) error {
	first, apart, leaving := stock.Bucket(0), false, false
	n := 0
	look := func(b stock.Bucket) bool {
		apart = apart || n > 0 && b != first
		leaving = leaving || t.stage(b) == stock.Leaving
		first, n = b, n+1
		return !t.Hides(b)
	}
	ok := true
	if p.Home != nil && len(p.Away) > 0 {
		ok = look(p.Home.Bucket)
	}
	for i := range p.Lines {
		if p.Here(i) {
			ok = look(p.Lines[i].Bucket) && ok
		}
	}
	switch {
	case !ok:
		return ErrMoving
	case apart && leaving:
		return ErrApart
	}
	return nil
}

// checkPlaces returns why the request is not carried out, when one of its locations
// is sealed or is placed in another way than its sender knew.
func (p presence) checkPlaces(r *Request) error {
	if !p.m.placed {
		return nil
	}
	switch c := r.Command.(type) {
	case stock.Place:
		for i := range c.Lines {
			if c.Here(i) {
				if err := p.m.checkPlace(c.Lines[i].Bucket, c.Lines[i].Item); err != nil {
					return err
				}
			}
		}
		return nil
	case stock.Change, stock.Relocate:
		for _, d := range stock.Demands(c) {
			if err := p.m.checkPlace(d.Bucket, d.Item); err != nil {
				return err
			}
		}
		return nil
	case stock.Move:
		return errors.Join(p.m.checkPlace(c.From.Bucket, c.From.Item), p.m.checkPlace(c.To.Bucket, c.To.Item))
	}
	reach := r.Command.Reach()
	if _, b, ok := stock.Foremost(r.Command); ok {
		for _, k := range reach.Items {
			if err := p.m.checkPlace(b, k); err != nil {
				return err
			}
		}
		return nil
	}
	return p.checkOrder(r, &reach)
}

// checkOrder is checkPlaces of a request about an earlier order. The ledger's own
// commands about lines are carried out wherever the lines are; ErrMoving when they
// are not here.
func (p presence) checkOrder(r *Request, reach *stock.Reach) error {
	if _, ok := r.Command.(interface{ Named() (stock.ItemKey, bool) }); ok { // a caller's
		for _, k := range p.fullReach(reach).Items {
			for _, b := range []stock.Bucket{stock.BucketOf(k.Tenant, k.Location), stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)} {
				if p := p.m.placement(b, k); p != nil && p.Seal != stock.Unsealed {
					return ErrSealed
				}
			}
		}
	}
	for _, b := range r.About {
		for _, k := range reach.Items {
			if p.m.checkPlace(b, k) != nil && !p.hasLine(r.Command, reach.Order, k) {
				return ErrMoving
			}
		}
	}
	if len(r.About) > 0 && p.hasOnlyEmptyHolds(reach.Order, reach.Items) {
		return ErrMoving
	}
	return nil
}

// hasLine reports whether the order's line of the item that the command is about
// is here: its home's, or one that has not followed its item yet.
func (p presence) hasLine(cmd stock.Command, order stock.OrderKey, k stock.ItemKey) bool {
	_, settles := cmd.(stock.Settle)
	return slices.ContainsFunc(p.Order(order), func(h *stock.Hold) bool {
		l := h.Find(k)
		return l != nil && (!settles || l.Follows())
	})
}

// hasOnlyEmptyHolds reports whether an order that was seen here, and for which the
// command acts on the whole order, has no line left here: its lines have gone to
// other buckets since, and with these to another slot.
func (p presence) hasOnlyEmptyHolds(order stock.OrderKey, items []stock.ItemKey) bool {
	if order == (stock.OrderKey{}) || len(items) > 0 {
		return false
	}
	holds := p.Order(order)
	return len(holds) > 0 && !slices.ContainsFunc(holds, func(h *stock.Hold) bool { return len(h.Lines) > 0 })
}

// keyAway reports whether the outcome of the request may be stored in another slot:
// the line that it names had ended when its bucket, or the home's, left the slot in
// which both were.
func (p presence) keyAway(r *Request) bool {
	item, ok := stock.NamedItem(r.Command)
	if !ok || r.Key == "" || r.Looked || !p.several {
		return false
	}
	holds := p.Order(r.Command.Reach().Order)
	h, l := stock.LineOf(holds, item)
	if l == nil {
		return false
	}
	if p.m.isRespread(h.Key.Bucket, l.Item, p.now) {
		return !l.Follows() // it was in another bucket before
	}
	home := h.Calls[l.Call].HomeBucket
	if p.m.steps[home] == nil && p.m.steps[h.Key.Bucket] == nil {
		return false
	}
	return !l.Follows() && home != h.Key.Bucket && !stock.HeldIn(holds, home)
}

// keyRespread reports whether the outcome may be stored where the request would
// have landed when the location of its item was placed the other way. With a single
// slot it is stored in this one (scopes).
func (p presence) keyRespread(r *Request) bool {
	return r.Key != "" && !r.Looked && p.several && p.m.landsRespread(r.Command, p.now)
}
