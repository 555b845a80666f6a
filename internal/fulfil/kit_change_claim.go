package fulfil

import "holdfast.dev/holdfast/internal/stock"

// kitPart is what the order's lines have of one component of a kit. It follows from what the
// lines hold now. Where kits, or a plain line of the call, share the lines, the changes of the
// kits say whose the units are.
type kitPart struct {
	product string
	each    stock.Qty // in one kit
	held    stock.Qty
	left    stock.Qty // with the customer
	lines   []stock.Line
}

// claim is what one kit has of lines that it shares.
type claim struct {
	all        stock.Qty // as it was reserved
	rest, left stock.Qty // what it should still hold, and what left with its changes
	gone       stock.Qty // what went back for good, or came back without having left with a change
}

// partsOf divides the lines of the kit's components among those that share them.
func (r *plannedChoice) partsOf(kit int, own []stock.Line) []kitPart {
	k := &r.Kits[kit]
	parts := make([]kitPart, len(k.Parts))
	for i, p := range k.Parts {
		part := kitPart{product: p.Product, each: p.Qty}
		for _, l := range own {
			if l.Item.Product == p.Product {
				part.lines = append(part.lines, l)
				part.left += l.Confirmed
				if l.End == stock.Open {
					part.held += l.Quantity()
				}
			}
		}
		claims, plain := r.claims(p.Product, k.Location, part.left)
		mayHold, mayLeave := part.held-plain, part.left-plain
		for j, c := range claims {
			if j != kit {
				mayHold, mayLeave = mayHold-c.rest, mayLeave-(c.all-c.gone)
			}
		}
		part.held = min(part.held, max(claims[kit].rest, mayHold))
		part.left = min(part.left, max(claims[kit].left, mayLeave))
		parts[i] = part
	}
	return parts
}

// claims are those of each kit of the call to the lines of a product, of which so many units
// have left, and what plain lines of the call have of it.
func (r *plannedChoice) claims(product, location string, left stock.Qty) (kits []claim, plain stock.Qty) {
	for _, l := range r.Lines {
		if l.Product == product && (location == "" || l.Location == location) {
			plain += l.Qty
		}
	}
	kits = make([]claim, len(r.Kits))
	for i, k := range r.Kits {
		for _, p := range k.Parts {
			if p.Product == product && k.Location == location {
				kits[i].all += p.Qty * k.Qty
			}
		}
		kits[i].rest = kits[i].all
		plain -= kits[i].all
	}
	back := -left // of what left with changes, units that came back otherwise
	for i := range r.Changes {
		switch c := &r.Changes[i]; {
		case c.Refused:
		case c.Op == stock.OpConfirm:
			back += c.units(product, location)
		case c.Op == stock.OpWithdraw:
			back -= c.units(product, location)
		}
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		n, k := c.units(product, location), &kits[c.Kit]
		switch {
		case c.Refused:
		case c.Wish != nil:
			r.moved(c, kits, product, location)
		case c.Op == stock.OpRelease:
			k.rest, k.gone = k.rest-n, k.gone+n
		case c.Op == stock.OpConfirm:
			came := min(n, max(back, 0)) // the oldest: what came back may have left again since then
			back, n = back-came, n-came
			k.rest, k.left = k.rest-n, k.left+n
		case c.Op == stock.OpWithdraw:
			k.rest, k.left = k.rest+n, k.left-n
		}
	}
	for i := range kits {
		k := &kits[i]
		k.gone += max(-k.left, 0)
		k.rest, k.left = min(max(k.rest, 0), k.all), max(k.left, 0)
	}
	return kits, max(plain, 0)
}

// moved gives kits of a location what a change of the order moved to them, or took.
func (r *plannedChoice) moved(c *change, kits []claim, product, location string) {
	for _, m := range c.Wish.Moves {
		if m.Product != product || r.Kits[m.Kit].Location != location {
			continue
		}
		k := &kits[m.Kit]
		k.rest += m.Qty
		k.all += max(m.Qty, 0)
		k.gone += max(-m.Qty, 0)
	}
}

// units are those of a product in a change.
func (c *change) units(product, location string) (n stock.Qty) {
	for _, l := range c.Lines {
		if l.Product == product && (location == "" || l.Location == location) {
			n += l.Qty
		}
	}
	return n
}
