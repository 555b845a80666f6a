package stock

import "slices"

// Part comes before the bucket leaves the slot. A reserve call may hold lines in this bucket and in
// others of the slot, and it must still be decided in one place. So Part makes home and legs of
// these lines. Nothing else about them changes.
type Part struct {
	Order  OrderKey
	Bucket Bucket
}

// Op names the command.
func (c Part) Op() Op { return OpPart }

// Reach says what the command needs to be judged.
func (c Part) Reach() Reach { return Reach{Order: c.Order} }

// AppendCanonical appends what makes two requests the same.
func (c Part) AppendCanonical(dst []byte) []byte {
	return appendUint(c.Order.appendCanonical(append(dst, byte(OpPart))), uint64(c.Bucket))
}

func (c Part) decide(s State, _ Time) (Event, error) {
	e := Event{Op: OpPart, Tenant: c.Order.Tenant, Order: c.Order.Order}
	holds := s.Order(c.Order)
	for _, h := range holds {
		for i := range h.Lines {
			l := &h.Lines[i]
			if !h.crosses(l) || h.Key.Bucket != c.Bucket && h.Calls[l.Call].HomeBucket != c.Bucket {
				continue
			}
			home, call := homeOf(holds, &h.Calls[l.Call])
			if home == nil {
				continue // long ended and dropped: the line is decided by itself
			}
			key := c.key(&home.Calls[call])
			leg, own := *l, *l
			leg.Leg = &Leg{Key: key}
			own.Leg, own.Call, own.Tallied, own.Period = &Leg{Copy: true, Key: key}, call, false, 0
			e.Lines = append(e.Lines,
				LineChange{Bucket: h.Key.Bucket, Changed: true, Line: leg},
				LineChange{Bucket: home.Key.Bucket, Changed: true, Line: own})
		}
	}
	return e, nil
}

// Crosses reports whether lines of the hold may be decided together with lines in another
// bucket of its slot: an open line whose home is there, or open lines there whose home is
// here, even if the lines here have ended.
func (h *Hold) Crosses() bool {
	for i := range h.Lines {
		if h.crosses(&h.Lines[i]) {
			return true
		}
	}
	return slices.ContainsFunc(h.Calls, func(c Call) bool { return c.HomeBucket == h.Key.Bucket && len(c.Legs) > 0 })
}

func (h *Hold) crosses(l *Line) bool {
	return l.End == Open && l.Leg == nil && h.Calls[l.Call].HomeBucket != h.Key.Bucket
}

// homeOf returns the hold that is home of the call, and the call's number there.
func homeOf(holds []*Hold, c *Call) (*Hold, int) {
	for _, h := range holds {
		if h.Key.Bucket != c.HomeBucket {
			continue
		}
		at := slices.IndexFunc(h.Calls, func(o Call) bool {
			return o.HomeBucket == c.HomeBucket && o.HomeLocation == c.HomeLocation && o.HomeProduct == c.HomeProduct
		})
		if at >= 0 {
			return h, at
		}
	}
	return nil, 0
}

// key is the key of the call in the legs (Leg.Key). No request has it.
func (c Part) key(call *Call) [16]byte {
	scope := ScopeAt(c.Order.Tenant, call.HomeLocation, call.HomeProduct, call.HomeBucket)
	return KeyID(c.Order.Tenant, OpPart, scope, c.Order.Order+"\x00"+call.HomeProduct)
}
