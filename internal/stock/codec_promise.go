package stock

// The bits of the bitmap of promises.
const (
	promisesPresale uint64 = 1 << iota
	promisesBackorder
	promisesWaits
	promisesPresaleShares
	promisesBackorderShares
	promisesKnown = 1<<iota - 1
)

// The bits of a sale's bitmap.
const (
	saleClosed  uint64 = 1 << iota // a yes
	saleInParts                    // a yes
	saleFor
	saleOver
	saleKnown = 1<<iota - 1
)

// minWait is the least that orders of a channel take: a name and two numbers.
const minWait = 3

// append writes what is promised; name writes the id of a channel.
func (p *Promises) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(p.Presale != Sale{}, promisesPresale)|bit(p.Backorder != Sale{}, promisesBackorder)|
		bit(len(p.Waits) > 0, promisesWaits)|
		bit(len(p.PresaleShares) > 0, promisesPresaleShares)|bit(len(p.BackorderShares) > 0, promisesBackorderShares))
	if (p.Presale != Sale{}) {
		dst = p.Presale.append(dst, base)
	}
	if (p.Backorder != Sale{}) {
		dst = p.Backorder.append(dst, base)
	}
	if len(p.Waits) > 0 {
		dst = appendUint(dst, uint64(len(p.Waits)))
	}
	for _, w := range p.Waits {
		dst = appendUint(appendQty(name(dst, w.Channel), w.Units), uint64(w.Orders))
	}
	dst = appendShares(dst, p.PresaleShares, name)
	return appendShares(dst, p.BackorderShares, name)
}

// appendShares writes the shares. The limit is written as 0 where there is none, otherwise
// as limit + 1. For an empty list it writes nothing.
func appendShares(dst []byte, shares []ChannelShare, name func([]byte, string) []byte) []byte {
	if len(shares) == 0 {
		return dst
	}
	dst = appendUint(dst, uint64(len(shares)))
	for _, c := range shares {
		limit := uint64(0)
		if c.Limited {
			limit = uint64(c.Limit) + 1
		}
		dst = appendUint(appendQty(name(dst, c.Channel), c.Taken), limit)
	}
	return dst
}

// readShares reads what appendShares wrote; the list is not empty.
func readShares(s *byteReader, name func() string) []ChannelShare {
	shares := make([]ChannelShare, s.optionalCount(minWait))
	for i := 0; i < len(shares) && !s.bad; i++ {
		c := &shares[i]
		c.Channel, c.Taken = name(), s.qty()
		if limit := s.uint(); limit > 0 {
			c.Limit, c.Limited = Qty(limit-1), true
		}
		s.want(i == 0 || shares[i-1].Channel < c.Channel)
	}
	return shares
}

// read reads what append wrote.
func (p *Promises) read(s *byteReader, base Time, name func() string) {
	bits := s.bitmap(promisesKnown)
	if bits&promisesPresale != 0 {
		p.Presale.read(s, base)
	}
	if bits&promisesBackorder != 0 {
		p.Backorder.read(s, base)
	}
	if bits&promisesWaits != 0 {
		p.Waits = make([]Wait, s.optionalCount(minWait))
	}
	for i := 0; i < len(p.Waits) && !s.bad; i++ {
		p.Waits[i] = Wait{name(), s.qty(), s.uint32()}
		s.want(i == 0 || p.Waits[i-1].Channel < p.Waits[i].Channel)
	}
	if bits&promisesPresaleShares != 0 {
		p.PresaleShares = readShares(s, name)
	}
	if bits&promisesBackorderShares != 0 {
		p.BackorderShares = readShares(s, name)
	}
}

func (a *Sale) append(dst []byte, base Time) []byte {
	dst = appendUint(dst, bit(a.Closed, saleClosed)|bit(a.InParts, saleInParts)|bit(a.For != 0, saleFor)|bit(a.Over != 0, saleOver))
	dst = appendQty(appendQty(appendQty(dst, a.Bound), a.Waiting), a.Filled)
	if a.For != 0 {
		dst = appendTime(dst, base, a.For)
	}
	if a.Over != 0 {
		dst = appendQty(dst, a.Over)
	}
	return dst
}

// read reads what append wrote of a sale that is not empty.
func (a *Sale) read(s *byteReader, base Time) {
	bits := s.bitmap(saleKnown)
	a.Closed, a.InParts = bits&saleClosed != 0, bits&saleInParts != 0
	a.Bound, a.Waiting, a.Filled = s.qty(), s.qty(), s.qty()
	if bits&saleFor != 0 {
		a.For = s.readOptionalTime(base)
	}
	if bits&saleOver != 0 {
		a.Over = s.readOptionalQty()
	}
	s.want(*a != Sale{})
}
