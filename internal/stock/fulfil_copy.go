package stock

// FulfilCopy brings the home's copy of a line that waits to what its leg has got: units
// arrive where the leg is, and the home decides for the line. It says what the leg had
// drawn, and by what it had followed the home until then. A leg with the same figures only
// ever waits for less, so a message that comes twice, late or out of order changes nothing.
type FulfilCopy struct {
	Order OrderKey
	Item  ItemKey
	// Call is the key of the reserve call that the leg belongs to (Leg.Key).
	Call                [16]byte
	Confirmed, Released Qty
	Drawn               []Balance
}

// Op names the command.
func (c FulfilCopy) Op() Op { return OpFulfil }

// Reach says what the command needs to be judged.
func (c FulfilCopy) Reach() Reach { return Reach{Order: c.Order} }

// If the home has no such line, or has decided about it since, nothing happens.
func (c FulfilCopy) decide(s State, now Time) (Event, error) {
	if r := checkOrder(c.Order); r != nil {
		return Event{}, r
	}
	e := Event{Op: OpFulfil, Tenant: c.Order.Tenant, Order: c.Order.Order}
	leg := Line{Item: c.Item, Leg: &Leg{Key: c.Call}, Confirmed: c.Confirmed, Released: c.Released, Drawn: c.Drawn}
	e.fillCopy(s.Order(c.Order), &leg, now)
	return e, nil
}

// fillCopy brings the copy of the leg among the holds to what the leg has drawn.
func (e *Event) fillCopy(holds []*Hold, leg *Line, now Time) {
	if !leg.Follows() {
		return
	}
	for _, h := range holds {
		l := h.Find(leg.Item)
		if l == nil || l.Due(now) {
			continue
		}
		if leg := leg.KnownBy(l); l.Lags(leg) {
			to := LineChange{Bucket: h.Key.Bucket, Changed: true, Line: *l}
			to.Line.Drawn, to.Line.UpdatedAt = leg.Drawn, now
			e.Lines = append(e.Lines, to)
		}
	}
}

// ShowFilled shows the lines of an order with the units that their legs have got. all are
// the order's holds in all slots. shown are some of them; holds that change are copied.
func ShowFilled(shown, all []*Hold) {
	for n, h := range shown {
		for i := range h.Lines {
			if !h.Lines[i].AwaitsAway() {
				continue
			}
			for _, o := range all {
				leg := o.Find(h.Lines[i].Item)
				if leg == nil {
					continue
				}
				if leg = leg.KnownBy(&h.Lines[i]); h.Lines[i].Lags(leg) {
					h = h.Clone()
					h.Lines[i].Drawn = leg.Drawn
					shown[n] = h
				}
			}
		}
	}
}

// AppendCanonical appends what makes two requests the same.
func (c FulfilCopy) AppendCanonical(dst []byte) []byte { return c.append(append(dst, byte(OpFulfil))) }

func (c FulfilCopy) append(dst []byte) []byte {
	dst = append(c.Item.appendCanonical(c.Order.appendCanonical(dst)), c.Call[:]...)
	return appendBalances(appendQty(appendQty(dst, c.Confirmed), c.Released), c.Drawn)
}

func (s *commandSource) fulfilCopy() FulfilCopy {
	c := FulfilCopy{Order: s.orderKey(), Item: s.itemKey()}
	s.fill(c.Call[:])
	c.Confirmed, c.Released, c.Drawn = s.qty(), s.qty(), s.readBalances()
	return c
}
