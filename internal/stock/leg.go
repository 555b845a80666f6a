package stock

import "slices"

// Home names where a reserve call over several slots is decided: the bucket of its first
// line in byte order of (location, product), and the idempotency key under which the
// decision is stored.
type Home struct {
	Bucket            Bucket
	Location, Product string
	Key, Print        [16]byte
}

// Away is what another slot has judged of a call, on its way to the home.
type Away struct {
	// Bucket is the bucket that the item is in.
	Bucket Bucket
	// Line is the line in that slot; if nothing was granted it has its Item only.
	Line Line
	// Earlier says that the line is of an earlier call and is only shown.
	Earlier bool
	// NotOnSale says why nothing was granted.
	NotOnSale bool
	// Refusal is why the slot refused, when the reason is not a shortage.
	Refusal *Refusal
}

// judgedAway returns what another slot judged of the item, nil when the item is in this one.
func (c Place) judgedAway(item ItemKey) *Away {
	for i := range c.Away {
		if c.Away[i].Line.Item == item {
			return &c.Away[i]
		}
	}
	return nil
}

// leg marks a line of a call over several slots. The home's own lines are not marked.
func (c Place) leg(a *ask) *Leg {
	if c.Home == nil || len(c.Away) > 0 && a.away == nil {
		return nil
	}
	return &Leg{Copy: a.away != nil, Key: c.Home.Key, Print: c.Home.Print}
}

// homeOfOpenLeg returns the home of an open leg that is there instead of a new line. If the leg
// is of another call, nothing is known until that home is known to have granted it. If it
// is of this very call, it is no line of its home before the home grants it; it must be
// shown to the home (Away). It is nil when there is none.
func (c Place) homeOfOpenLeg(a *ask, holds []*Hold) error {
	l := a.has.line
	if a.away != nil || l == nil || !l.Follows() || l.End != Open ||
		c.Home != nil && l.Leg.Key == c.Home.Key && len(c.Away) == 0 || slices.Contains(c.Decided, l.Leg.Key) {
		return nil
	}
	for _, h := range holds {
		if h.Key.Bucket == a.has.bucket {
			return &Elsewhere{Homes: []Bucket{h.Calls[l.Call].HomeBucket}}
		}
	}
	return nil
}

// call is the call that new lines in this slot belong to. Its legs are the other buckets of
// its lines, wherever they are.
func (h *Home) call(asks []ask) *Call {
	c := &Call{HomeBucket: h.Bucket, HomeLocation: h.Location, HomeProduct: h.Product}
	for i := range asks {
		a := &asks[i]
		b := a.Bucket
		if a.away != nil {
			b = a.away.Bucket
		}
		if a.adds() && b != h.Bucket && !slices.Contains(c.Legs, b) {
			c.Legs = append(c.Legs, b)
		}
	}
	slices.Sort(c.Legs)
	return c
}

// judgeAway takes over what the slot of the item has judged.
func (a *ask) judgeAway(now Time, c *Place) *Refusal {
	if a.isNew() && a.away.Refusal != nil {
		return a.away.Refusal
	}
	if a.isNew() && a.away.Earlier {
		a.has = placed{a.away.Bucket, &a.away.Line}
	}
	if a.isNew() {
		a.gets = a.away.Line.Quantity()
		return nil
	}
	a.gets = a.has.line.Granted()
	return a.judgeRepeat(now, c)
}

// HereItem reports whether the item is in the slot that the call is for.
func (c Place) HereItem(k ItemKey) bool { return len(c.Away) == 0 || c.judgedAway(k) == nil }
