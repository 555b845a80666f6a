package stock

// Relocate moves what an order holds of a product from one location to another, in one
// step: the units there are drawn before those here are given back, and the line there
// is as the one here was. Both are decided in one slot.
type Relocate struct {
	Order      OrderKey
	From, To   ItemKey
	FromBucket Bucket
	ToBucket   Bucket
	// Known says that the product and the location exist where the units go to.
	Known bool
	// Inactive says that the location there takes no new orders.
	Inactive bool
	// Qty is how many units, 0 for all that is held. A part needs Keyed.
	Qty   Qty
	Note  Note
	Keyed bool
}

// Op names the command.
func (c Relocate) Op() Op { return OpRelocate }

// Reach says what the command needs to be judged.
func (c Relocate) Reach() Reach { return Reach{Items: []ItemKey{c.From, c.To}, Order: c.Order} }

// One that was carried out may be asked for again: nothing is held here, and something
// is there.
func (c Relocate) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	from := Target{Order: c.Order, Item: c.From, Qty: c.Qty, Keyed: c.Keyed}
	lines, err := from.lines(s)
	if err != nil {
		return Event{}, err
	}
	holds := s.Order(c.Order)
	line := lines[0].line.At(now)
	var there Qty
	if _, l := LineOf(holds, c.To); l != nil {
		at := l.At(now)
		there = at.Quantity()
	}
	again := line.End == EndReleased && there > 0
	if line.End != Open && !again {
		return Event{}, ended(&line)
	}
	var n Qty
	if !again {
		var r *Refusal
		if n, r = from.units(&line); r != nil {
			return Event{}, r
		}
	}
	ch := &changing{op: OpRelocate, from: &line, s: s, now: now, holds: holds, Change: Change{Order: c.Order, Note: c.Note, Lines: []Wanted{
		{Demand: Demand{Item: c.From, Bucket: c.FromBucket, Qty: line.Quantity() - n}},
		{Demand: Demand{Item: c.To, Bucket: c.ToBucket, Qty: there + n, Known: c.Known, Inactive: c.Inactive, Lot: line.Lot}, Channel: line.Channel},
	}}}
	return ch.decide()
}

func (c Relocate) check() *Refusal {
	if r := (Target{Order: c.Order, Item: c.From, Qty: c.Qty}).check(); r != nil {
		return r
	}
	if r := checkItem(c.To); r != nil {
		return r
	}
	for _, k := range []ItemKey{c.From, c.To} {
		if r := checkWhole(k); r != nil {
			return r
		}
	}
	switch {
	case c.To.Tenant != c.Order.Tenant || c.To.Product != c.From.Product:
		return invalid("product_id", "a hold stays one of the same product")
	case c.To == c.From:
		return invalid("to_location_id", "a hold is relocated to another location")
	}
	return nil
}

func (c Relocate) foremost() (ItemKey, Bucket, bool) {
	if c.To.Location < c.From.Location {
		return c.To, c.ToBucket, true
	}
	return c.From, c.FromBucket, true
}

// AppendCanonical appends what makes two requests the same.
func (c Relocate) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(OpRelocate)))
	dst = c.To.appendCanonical(c.From.appendCanonical(dst))
	return c.Note.appendCanonical(appendQty(dst, c.Qty))
}

func (c Relocate) append(dst []byte) []byte {
	dst = appendItemAt(appendItemAt(c.Order.appendCanonical(dst), c.From, c.FromBucket), c.To, c.ToBucket)
	dst = c.Note.append(appendQty(appendBool(appendBool(dst, c.Known), c.Inactive), c.Qty))
	return appendBool(dst, c.Keyed)
}

func (s *commandSource) relocate() Relocate {
	c := Relocate{Order: s.orderKey(), From: s.itemKey(), FromBucket: s.bucket(), To: s.itemKey(), ToBucket: s.bucket()}
	c.Known, c.Inactive, c.Qty, c.Note, c.Keyed = s.bool(), s.bool(), s.qty(), s.note(), s.bool()
	return c
}
