package stock

import "slices"

// What few places ask for follows all else of them, in their canonical bytes and
// on the way between nodes, behind one byte that says what there is.
const (
	placeCustomer byte = 1 << iota
	placeAhead
	// placeLots: the choice of lots of each line follows, in their order.
	placeLots
	placeUnused
)

// appendMore appends nothing when there is nothing of it.
func (c Place) appendMore(dst []byte) []byte {
	flags := bit(c.Customer != "", placeCustomer) | bit(c.Ahead, placeAhead) |
		bit(slices.ContainsFunc(c.Lines, func(d Demand) bool { return d.Lot != "" }), placeLots)
	if flags == 0 {
		return dst
	}
	dst = append(dst, flags)
	if c.Customer != "" {
		dst = appendString(dst, c.Customer)
	}
	if flags&placeLots != 0 {
		for i := range c.Lines {
			dst = appendString(dst, string(c.Lines[i].Lot))
		}
	}
	return dst
}

// placeMore reads what appendMore wrote.
func (s *source) placeMore(c *Place) {
	flags := s.byte()
	s.want(flags != 0 && flags < placeUnused)
	if flags&placeCustomer != 0 {
		c.Customer = s.string()
		s.want(c.Customer != "")
	}
	c.Ahead = flags&placeAhead != 0
	if flags&placeLots != 0 {
		some := false
		for i := range c.Lines {
			c.Lines[i].Lot = Lot(s.string())
			some = some || c.Lines[i].Lot != ""
		}
		s.want(some)
	}
}
