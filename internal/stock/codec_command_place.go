package stock

func (c Place) append(dst []byte) []byte {
	dst = appendString(c.Order.appendCanonical(dst), c.Channel)
	dst = appendUint(dst, uint64(len(c.Lines)))
	for _, d := range c.Lines {
		dst = appendQty(appendItemAt(dst, d.Item, d.Bucket), d.Qty)
		dst = appendBool(dst, d.Known)
	}
	dst = appendBool(appendInt(dst, int64(c.TTL)), c.Partial)
	dst = c.Home.append(c.Note.append(dst))
	dst = appendUint(dst, uint64(len(c.Away)))
	for i := range c.Away {
		dst = c.Away[i].append(dst)
	}
	return dst
}

// minDemand is the least a line takes: four lengths, a bucket, a quantity and
// a flag; minAway is the least of what another slot said.
const (
	minDemand = 7
	minAway   = 9
)

func (s *source) place() Place {
	c := Place{Order: s.orderKey(), Channel: s.string()}
	if n := s.count(minDemand); n > 0 {
		c.Lines = make([]Demand, n)
		for i := range c.Lines {
			c.Lines[i] = Demand{s.itemKey(), s.bucket(), s.qty(), s.bool()}
		}
	}
	c.TTL, c.Partial, c.Note, c.Home = Time(s.int()), s.bool(), s.note(), s.home()
	if n := s.count(minAway); n > 0 {
		c.Away = make([]Away, n)
		for i := 0; i < n && !s.bad; i++ {
			c.Away[i] = s.away()
		}
	}
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

func (s *source) home() *Home {
	if !s.bool() {
		return nil
	}
	h := &Home{Bucket: s.bucket(), Location: s.string(), Product: s.string()}
	copy(h.Key[:], s.take(uint64(len(h.Key))))
	copy(h.Print[:], s.take(uint64(len(h.Print))))
	return h
}

// append writes the line as a row has it, with the tenant that a row has in
// its key.
func (a *Away) append(dst []byte) []byte {
	dst = appendString(appendUint(dst, uint64(a.Bucket)), a.Line.Item.Tenant)
	dst = appendRowLine(dst, &a.Line, 0)
	return appendBool(appendBool(dst, a.Earlier), a.NotOnSale)
}

func (s *source) away() Away {
	a := Away{Bucket: s.bucket()}
	tenant := s.string()
	row := rowSource{source: *s}
	row.rowLine(&a.Line, tenant, 0)
	*s = row.source
	a.Earlier, a.NotOnSale = s.bool(), s.bool()
	if len(a.Line.Drawn) == 0 {
		a.Line.Drawn = nil
	}
	return a
}

func (c Settle) append(dst []byte) []byte {
	dst = c.Item.appendCanonical(c.Order.appendCanonical(dst))
	dst = append(dst, byte(c.What))
	dst = appendQty(appendQty(dst, c.Confirmed), c.Released)
	return c.Note.append(appendBool(appendInt(dst, int64(c.Deadline)), c.Undo))
}

func (s *source) settle() Settle {
	return Settle{s.orderKey(), s.itemKey(), Op(s.byte()), s.qty(), s.qty(), Time(s.int()), s.bool(), s.note()}
}
