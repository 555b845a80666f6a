package stock

// The bits of the bitmap of a channel's record. Each is a figure that is not 0.
const (
	channelWeight uint64 = 1 << iota
	channelLevel
	channelHeld
	channelSold
	channelPoolHeld
	channelPoolSold
	channelPending
	channelKnown = 1<<iota - 1
)

// minChannel is the least that a channel's record takes: its bitmap, its name and
// a time.
const minChannel = 3

// quantities are those of the record in the order of their bits, from
// channelLevel on.
func (c *Channel) quantities() [6]*Qty {
	return [...]*Qty{&c.Level, &c.Held, &c.Sold, &c.PoolHeld, &c.PoolSold, &c.Pending}
}

// append writes the record; name writes the channel's id.
func (c *Channel) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(c.Weight != 0, channelWeight)|bit(c.Level != 0, channelLevel)|
		bit(c.Held != 0, channelHeld)|bit(c.Sold != 0, channelSold)|
		bit(c.PoolHeld != 0, channelPoolHeld)|bit(c.PoolSold != 0, channelPoolSold)|bit(c.Pending != 0, channelPending))
	dst = appendTime(name(dst, c.ID), base, c.Since)
	if c.Weight != 0 {
		dst = appendUint(dst, uint64(c.Weight))
	}
	for _, q := range c.quantities() {
		if *q != 0 {
			dst = appendQty(dst, *q)
		}
	}
	return dst
}

// read reads what append wrote.
func (c *Channel) read(s *byteReader, base Time, name func() string) {
	bits := s.bitmap(channelKnown)
	c.ID, c.Since = name(), s.time(base)
	if bits&channelWeight != 0 {
		c.Weight = s.uint32()
		s.want(c.Weight != 0)
	}
	for i, q := range c.quantities() {
		if bits&(channelLevel<<i) != 0 {
			*q = s.readOptionalQty()
		}
	}
}

func appendChannels(dst []byte, channels []Channel, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(channels)))
	for i := range channels {
		dst = channels[i].append(dst, base, name)
	}
	return dst
}

// readChannels reads what appendChannels wrote, of a list that is not empty.
func readChannels(s *byteReader, base Time, name func() string) []Channel {
	channels := make([]Channel, s.optionalCount(minChannel))
	for i := 0; i < len(channels) && !s.bad; i++ {
		channels[i].read(s, base, name)
	}
	return channels
}
