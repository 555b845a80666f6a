package stock

import "math"

// Flags of what is promised, and of one sale.
const (
	promisesPresale byte = 1 << iota
	promisesBackorder
	promisesUnused
)

const (
	saleClosed byte = 1 << iota
	saleInParts
	saleFor
	saleUnused
)

// minWait is the least that orders of a channel take: a name and two numbers.
const minWait = 3

// append writes what is promised; name writes the id of a channel.
func (p *Promises) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = append(dst, bit(p.Presale != Sale{}, promisesPresale)|bit(p.Backorder != Sale{}, promisesBackorder))
	if (p.Presale != Sale{}) {
		dst = p.Presale.append(dst, base)
	}
	if (p.Backorder != Sale{}) {
		dst = p.Backorder.append(dst, base)
	}
	dst = appendUint(dst, uint64(len(p.Waits)))
	for _, w := range p.Waits {
		dst = appendUint(appendQty(name(dst, w.Channel), w.Units), uint64(w.Orders))
	}
	return dst
}

func (a *Sale) append(dst []byte, base Time) []byte {
	dst = append(dst, bit(a.Closed, saleClosed)|bit(a.InParts, saleInParts)|bit(a.For != 0, saleFor))
	dst = appendQty(appendQty(appendQty(dst, a.Bound), a.Waiting), a.Filled)
	if a.For != 0 {
		dst = appendTime(dst, base, a.For)
	}
	return dst
}

// promises reads what Promises.append wrote.
func (s *source) promises(base Time, name func() string) *Promises {
	p := &Promises{}
	flags := s.byte()
	s.want(flags < promisesUnused)
	if flags&promisesPresale != 0 {
		s.sale(&p.Presale, base)
	}
	if flags&promisesBackorder != 0 {
		s.sale(&p.Backorder, base)
	}
	if n := s.count(minWait); n > 0 {
		p.Waits = make([]Wait, n)
		for i := 0; i < n && !s.bad; i++ {
			w := &p.Waits[i]
			w.Channel, w.Units = name(), s.qty()
			orders := s.uint()
			s.want(orders <= math.MaxUint32 && (i == 0 || p.Waits[i-1].Channel < w.Channel))
			w.Orders = uint32(orders & math.MaxUint32)
		}
	}
	return p
}

func (s *source) sale(a *Sale, base Time) {
	flags := s.byte()
	s.want(flags < saleUnused)
	a.Closed, a.InParts = flags&saleClosed != 0, flags&saleInParts != 0
	a.Bound, a.Waiting, a.Filled = s.qty(), s.qty(), s.qty()
	if flags&saleFor != 0 {
		a.For = s.time(base)
		s.want(a.For != 0)
	}
	s.want(*a != Sale{})
}

// append writes the setting, nil as one byte.
func (c *SaleSetting) append(dst []byte) []byte {
	if c == nil {
		return append(dst, 0)
	}
	dst = appendInt(appendQty(append(dst, 1), c.Bound), int64(c.For))
	return appendBool(dst, c.InParts)
}

func (s *source) saleSetting() *SaleSetting {
	if !s.bool() {
		return nil
	}
	return &SaleSetting{s.qty(), Time(s.int()), s.bool()}
}

func (c SetPromises) append(dst []byte) []byte {
	dst = c.Backorder.append(c.Presale.append(appendItemAt(dst, c.Item, c.Bucket)))
	return c.Note.append(c.Open.append(dst))
}

func (s *source) setPromises() SetPromises {
	return SetPromises{s.itemKey(), s.bucket(), s.saleSetting(), s.saleSetting(), s.opening(), s.note()}
}
