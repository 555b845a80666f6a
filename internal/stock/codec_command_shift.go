package stock

// append writes the line as it is asked for: all but the opening, which the server adds.
func (l *ShiftLine) append(dst []byte) []byte {
	dst = appendUint(l.Item.appendCanonical(dst), uint64(len(l.Postings)))
	for _, p := range l.Postings {
		dst = appendString(appendString(dst, string(p.From)), string(p.To))
		dst = appendQty(dst, p.Qty)
	}
	return appendQty(appendString(dst, string(l.Mark)), l.Was)
}

func (c Shift) append(dst []byte) []byte {
	dst = appendUint(appendUint(dst, uint64(c.Bucket)), uint64(len(c.Lines)))
	for i := range c.Lines {
		dst = c.Lines[i].Open.append(c.Lines[i].append(dst))
	}
	return c.Note.append(dst)
}

// The least bytes that a line and a posting take: a byte for each field.
const (
	minShiftLine    = 8
	minShiftPosting = 3
)

func (s *commandSource) shift() Shift {
	c := Shift{Bucket: s.bucket()}
	if n := s.count(minShiftLine); n > 0 {
		c.Lines = make([]ShiftLine, n)
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Item = s.itemKey()
		if n := s.count(minShiftPosting); n > 0 {
			l.Postings = make([]Posting, n)
		}
		for j := range l.Postings {
			l.Postings[j] = Posting{Account(s.string()), Account(s.string()), s.qty()}
		}
		l.Mark, l.Was, l.Open = Account(s.string()), s.qty(), s.opening()
	}
	c.Note = s.note()
	return c
}

// appendFor writes a shift that is for an order, or takes an earlier one back.
func (c Shift) appendFor(dst []byte) []byte { return appendString(c.append(dst), c.For) }

func readShiftFor(s *commandSource) Shift {
	c := s.shift()
	c.For = s.string()
	s.want(c.For != "")
	return c
}

func readShiftUndo(s *commandSource) Shift {
	c := s.shift()
	c.For, c.Undo = s.string(), true
	return c
}

// first is the item that comes first in byte order of (location, product).
func (c Shift) first() ItemKey {
	first := c.Lines[0].Item
	for i := range c.Lines[1:] {
		k := c.Lines[i+1].Item
		if k.Location < first.Location || k.Location == first.Location && k.Product < first.Product {
			first = k
		}
	}
	return first
}
