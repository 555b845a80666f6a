package stock

// What a bitmap of promises says.
const (
	promisesPresale uint64 = 1 << iota
	promisesBackorder
	promisesWaits
	promisesKnown = 1<<iota - 1
)

// What a bitmap of a sale says.
const (
	saleClosed  uint64 = 1 << iota // a yes
	saleInParts                    // a yes
	saleFor
	saleKnown = 1<<iota - 1
)

// minWait is the least that orders of a channel take: a name and two numbers.
const minWait = 3

// append writes what is promised; name writes the id of a channel.
func (p *Promises) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(p.Presale != Sale{}, promisesPresale)|bit(p.Backorder != Sale{}, promisesBackorder)|
		bit(len(p.Waits) > 0, promisesWaits))
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
	return dst
}

// read reads what append wrote.
func (p *Promises) read(s *source, base Time, name func() string) {
	bits := s.bitmap(promisesKnown)
	if bits&promisesPresale != 0 {
		p.Presale.read(s, base)
	}
	if bits&promisesBackorder != 0 {
		p.Backorder.read(s, base)
	}
	if bits&promisesWaits == 0 {
		return
	}
	p.Waits = make([]Wait, s.some(minWait))
	for i := 0; i < len(p.Waits) && !s.bad; i++ {
		p.Waits[i] = Wait{name(), s.qty(), s.uint32()}
		s.want(i == 0 || p.Waits[i-1].Channel < p.Waits[i].Channel)
	}
}

func (a *Sale) append(dst []byte, base Time) []byte {
	dst = appendUint(dst, bit(a.Closed, saleClosed)|bit(a.InParts, saleInParts)|bit(a.For != 0, saleFor))
	dst = appendQty(appendQty(appendQty(dst, a.Bound), a.Waiting), a.Filled)
	if a.For != 0 {
		dst = appendTime(dst, base, a.For)
	}
	return dst
}

// read reads what append wrote of a sale that says anything.
func (a *Sale) read(s *source, base Time) {
	bits := s.bitmap(saleKnown)
	a.Closed, a.InParts = bits&saleClosed != 0, bits&saleInParts != 0
	a.Bound, a.Waiting, a.Filled = s.qty(), s.qty(), s.qty()
	if bits&saleFor != 0 {
		a.For = s.someTime(base)
	}
	s.want(*a != Sale{})
}
