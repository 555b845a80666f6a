package stock

import "slices"

// The bits of a place's bitmap, in its canonical bytes and on the way between nodes.
const (
	placePartial uint64 = 1 << iota // a yes
	placeAhead                      // a yes
	placeCustomer
	// placeLots: the choice of lots of each line, in their order.
	placeLots
	placeFenced // a yes
	placeDefault
	placeKnown = 1<<iota - 1
)

func (c *Place) bits() uint64 {
	return bit(c.Partial, placePartial) | bit(c.Ahead, placeAhead) | bit(c.Fenced, placeFenced) | bit(c.Customer != "", placeCustomer) | bit(c.Default != "", placeDefault) |
		bit(slices.ContainsFunc(c.Lines, func(d Demand) bool { return d.Lot != "" }), placeLots)
}

// appendParts writes the parts that few places have.
func (c *Place) appendParts(dst []byte, bits uint64) []byte {
	if bits&placeCustomer != 0 {
		dst = appendString(dst, c.Customer)
	}
	if bits&placeLots != 0 {
		for i := range c.Lines {
			dst = appendString(dst, string(c.Lines[i].Lot))
		}
	}
	if bits&placeDefault != 0 {
		dst = appendString(dst, c.Default)
	}
	return dst
}

// placeParts reads what appendParts wrote.
func (s *commandSource) placeParts(c *Place, bits uint64) {
	if bits&placeCustomer != 0 {
		c.Customer = s.string()
		s.want(c.Customer != "")
	}
	if bits&placeLots != 0 {
		for i := range c.Lines {
			c.Lines[i].Lot = Lot(s.string())
		}
		s.want(c.bits()&placeLots != 0)
	}
	if bits&placeDefault != 0 {
		c.Default = s.string()
		s.want(c.Default != "")
	}
}
