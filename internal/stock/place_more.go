package stock

// What few places ask for follows all else of them, in their canonical bytes and
// on the way between nodes, behind one byte that says what there is.
const (
	placeCustomer byte = 1 << iota
	placeAhead
	placeUnused
)

// appendMore appends nothing when there is nothing of it.
func (c Place) appendMore(dst []byte) []byte {
	flags := bit(c.Customer != "", placeCustomer) | bit(c.Ahead, placeAhead)
	if flags == 0 {
		return dst
	}
	dst = append(dst, flags)
	if c.Customer != "" {
		dst = appendString(dst, c.Customer)
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
}
