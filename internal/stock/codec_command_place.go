package stock

func (c Place) append(dst []byte) []byte {
	bits := c.bits()
	dst = appendString(c.Order.appendCanonical(appendUint(dst, bits)), c.Channel)
	dst = appendUint(dst, uint64(len(c.Lines)))
	for _, d := range c.Lines {
		dst = appendQty(appendItemAt(dst, d.Item, d.Bucket), d.Qty)
		dst = append(dst, d.flags())
	}
	dst = c.Home.append(c.Note.append(appendInt(dst, int64(c.TTL))))
	dst = appendUint(dst, uint64(len(c.Away)))
	for i := range c.Away {
		dst = c.Away[i].append(dst)
	}
	dst = appendUint(dst, uint64(len(c.Decided)))
	for i := range c.Decided {
		dst = append(dst, c.Decided[i][:]...)
	}
	return c.appendParts(dst, bits)
}

// The bits of a line's byte.
const (
	demandKnown byte = 1 << iota
	demandInactive
	// wantedAway and wantedNew, of a change only, are its sender's assumptions.
	wantedAway
	wantedNew
)

func (d *Demand) flags() byte { return bit(d.Known, demandKnown) | bit(d.Inactive, demandInactive) }

// flags reads the flags of a line; other are the flags that may be set in addition.
func (s *commandSource) flags(d *Demand, other byte) (bits byte) {
	bits = s.byte()
	s.want(bits&^(demandKnown|demandInactive|other) == 0)
	d.Known, d.Inactive = bits&demandKnown != 0, bits&demandInactive != 0
	return bits
}

// minDemand is the least a line takes: four lengths, a bucket, a quantity and its flags;
// minAway is the least that an Away takes.
const (
	minDemand = 7
	minAway   = 10
)

func (s *commandSource) place() Place {
	bits := s.bitmap(placeKnown)
	c := Place{Order: s.orderKey(), Channel: s.string(), Partial: bits&placePartial != 0, Ahead: bits&placeAhead != 0, Fenced: bits&placeFenced != 0}
	if n := s.count(minDemand); n > 0 {
		c.Lines = make([]Demand, n)
		for i := range c.Lines {
			d := Demand{Item: s.itemKey(), Bucket: s.bucket(), Qty: s.qty()}
			s.flags(&d, 0)
			c.Lines[i] = d
		}
	}
	c.TTL, c.Note, c.Home = Time(s.int()), s.note(), s.home()
	if n := s.count(minAway); n > 0 {
		c.Away = make([]Away, n)
		for i := 0; i < n && !s.bad; i++ {
			c.Away[i] = s.readAway()
		}
	}
	if n := s.count(16); n > 0 {
		c.Decided = make([][16]byte, n)
		for i := range c.Decided {
			s.fill(c.Decided[i][:])
		}
	}
	s.placeParts(&c, bits)
	return c
}

// append writes the home, nil as one byte.
func (h *Home) append(dst []byte) []byte {
	if h == nil {
		return append(dst, 0)
	}
	dst = appendUint(append(dst, 1), uint64(h.Bucket))
	dst = appendString(appendString(dst, h.Location), h.Product)
	return append(append(dst, h.Key[:]...), h.Print[:]...)
}

func (s *commandSource) home() *Home {
	if !s.bool() {
		return nil
	}
	h := &Home{Bucket: s.bucket(), Location: s.string(), Product: s.string()}
	s.fill(h.Key[:])
	s.fill(h.Print[:])
	return h
}

// append writes the line as a row has it, with the tenant that a row has in
// its key.
func (a *Away) append(dst []byte) []byte {
	dst = appendString(appendUint(dst, uint64(a.Bucket)), a.Line.Item.Tenant)
	dst = appendRowLine(dst, &a.Line, 0)
	dst = appendBool(appendBool(dst, a.Earlier), a.NotOnSale)
	return a.Refusal.append(dst)
}

// append writes the refusal, nil as a zero byte.
func (r *Refusal) append(dst []byte) []byte {
	if r == nil {
		return append(dst, 0)
	}
	dst = appendString(appendString(appendString(append(dst, byte(r.Code)), r.Detail), r.Field), r.State)
	dst = appendUint(appendUint(dst, r.Version), uint64(len(r.Shortages)))
	for i := range r.Shortages {
		h := &r.Shortages[i]
		dst = appendQty(appendQty(appendString(appendString(dst, h.Location), h.Product), h.Requested), h.Available)
		dst = appendBool(dst, h.NotOnSale)
	}
	return dst
}

func (s *commandSource) refusal() *Refusal {
	code := s.byte()
	if code == 0 {
		return nil
	}
	r := &Refusal{Code: Code(code), Detail: s.string(), Field: s.string(), State: s.string(), Version: s.uint()}
	if n := s.count(5); n > 0 {
		r.Shortages = make([]Shortage, n)
		for i := range r.Shortages {
			r.Shortages[i] = Shortage{Location: s.string(), Product: s.string(), Requested: s.qty(), Available: s.qty(), NotOnSale: s.bool()}
		}
	}
	return r
}

func (s *commandSource) readAway() Away {
	a := Away{Bucket: s.bucket()}
	tenant := s.string()
	row := rowSource{byteReader: s.byteReader}
	row.rowLine(&a.Line, tenant, 0)
	s.byteReader = row.byteReader
	a.Earlier, a.NotOnSale = s.bool(), s.bool()
	a.Refusal = s.refusal()
	if len(a.Line.Drawn) == 0 {
		a.Line.Drawn = nil
	}
	return a
}

func (c Settle) append(dst []byte) []byte {
	dst = c.Item.appendCanonical(c.Order.appendCanonical(dst))
	dst = append(append(dst, c.Call[:]...), byte(c.What))
	dst = appendQty(appendQty(appendQty(dst, c.Confirmed), c.Released), c.Withdrawn)
	dst = appendBool(appendBool(appendInt(dst, int64(c.Deadline)), c.Undo), c.ByLot)
	dst = append(dst, c.Joined[:]...)
	if c.ByLot {
		dst = appendBalances(appendBalances(dst, c.Drawn), c.Left)
	}
	return c.Note.append(dst)
}

func (s *commandSource) settle() Settle {
	c := Settle{Order: s.orderKey(), Item: s.itemKey()}
	s.fill(c.Call[:])
	c.What, c.Confirmed, c.Released, c.Withdrawn = Op(s.byte()), s.qty(), s.qty(), s.qty()
	c.Deadline, c.Undo, c.ByLot = Time(s.int()), s.bool(), s.bool()
	s.fill(c.Joined[:])
	if c.ByLot {
		row := rowSource{byteReader: s.byteReader}
		c.Drawn, c.Left = row.balances(nil), row.balances(nil)
		s.byteReader = row.byteReader
	}
	c.Note = s.note()
	return c
}
