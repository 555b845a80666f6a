package stock

// The bits of a call's bitmap. The home of a call is the first line that can be it; the
// number of that line is left out when it is the first.
const (
	callLine uint64 = 1 << iota // the number of the line, from 2
	callHome                    // no line: the home itself
	callLegs
	callKnown = 1<<iota - 1
)

// append writes the call. Its home is line number, from 1, or none of the lines:
// 0. Name writes a location or product.
func (c *Call) append(dst []byte, number int, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(number > 1, callLine)|bit(number == 0, callHome)|bit(len(c.Legs) > 0, callLegs))
	if number > 1 {
		dst = appendUint(dst, uint64(number))
	}
	if number == 0 {
		dst = appendUint(name(name(dst, c.HomeLocation), c.HomeProduct), uint64(c.HomeBucket))
	}
	if len(c.Legs) > 0 {
		dst = appendUint(dst, uint64(len(c.Legs)))
	}
	for _, b := range c.Legs {
		dst = appendUint(dst, uint64(b))
	}
	return dst
}

// read reads what append wrote; if the home is a line it returns the line's number.
func (c *Call) read(s *byteReader, name func() string) (number int) {
	number = 1
	bits := s.bitmap(callKnown)
	if bits&callLine != 0 {
		number = s.index()
		s.want(number > 1)
	}
	if bits&callHome != 0 {
		s.want(bits&callLine == 0)
		number = 0
		c.HomeLocation, c.HomeProduct, c.HomeBucket = name(), name(), s.bucket()
	}
	if bits&callLegs != 0 {
		c.Legs = make([]Bucket, s.optionalCount(1))
		for i := range c.Legs {
			c.Legs[i] = s.bucket()
		}
	}
	return number
}

// homeAt reports whether the line, which is in the bucket, is the home.
func (c *Call) homeAt(l *Line, b Bucket) bool {
	return l.Item.Product == c.HomeProduct && l.Item.Location == c.HomeLocation && b == c.HomeBucket
}

// setHome makes the line, which is in the bucket, the home.
func (c *Call) setHome(l *Line, b Bucket) {
	c.HomeLocation, c.HomeProduct, c.HomeBucket = l.Item.Location, l.Item.Product, b
}
