package stock

// The bits of a refusal's bitmap.
const (
	refusalDetail uint64 = 1 << iota
	refusalField
	refusalState
	refusalVersion
	refusalShort
	refusalHolders
	refusalKnown = 1<<iota - 1
)

// The bits of a shortage's bitmap.
const (
	shortNotOnSale uint64 = 1 << iota // a yes
	shortOverLimit                    // a yes
	shortKnown     = 1<<iota - 1
)

// minShortage is the least that a shortage takes: its bitmap, location, product
// and two quantities.
const minShortage = 5

func (d *dictionary) appendRefusal(dst []byte, r *Refusal) []byte {
	dst = appendUint(dst, bit(r.Detail != "", refusalDetail)|bit(r.Field != "", refusalField)|bit(r.State != "", refusalState)|
		bit(r.Version != 0, refusalVersion)|bit(len(r.Shortages) > 0, refusalShort)|bit(len(r.Holders) > 0, refusalHolders))
	dst = append(dst, byte(r.Code))
	if r.Detail != "" {
		dst = appendString(dst, r.Detail)
	}
	if r.Field != "" {
		dst = d.append(dst, r.Field)
	}
	if r.State != "" {
		dst = d.append(dst, r.State)
	}
	if r.Version != 0 {
		dst = appendUint(dst, r.Version)
	}
	if len(r.Shortages) > 0 {
		dst = d.appendShortages(dst, r.Shortages)
	}
	if len(r.Holders) > 0 {
		dst = appendUint(dst, uint64(len(r.Holders)))
		for _, h := range r.Holders {
			dst = d.append(dst, h)
		}
	}
	return dst
}

// refusal reads what appendRefusal wrote.
func (s *entrySource) refusal() *Refusal {
	bits := s.bitmap(refusalKnown)
	r := &Refusal{Code: Code(s.byte())}
	s.want(r.Code != 0)
	if bits&refusalDetail != 0 {
		r.Detail = s.byteReader.string()
		s.want(r.Detail != "")
	}
	if bits&refusalField != 0 {
		r.Field = s.string()
		s.want(r.Field != "")
	}
	if bits&refusalState != 0 {
		r.State = s.string()
		s.want(r.State != "")
	}
	if bits&refusalVersion != 0 {
		r.Version = s.uint()
		s.want(r.Version != 0)
	}
	if bits&refusalShort != 0 {
		r.Shortages = s.shortages()
	}
	if bits&refusalHolders != 0 {
		r.Holders = make([]string, s.optionalCount(1))
		for i := range r.Holders {
			r.Holders[i] = s.string()
		}
	}
	return r
}

func (d *dictionary) appendShortages(dst []byte, short []Shortage) []byte {
	dst = appendUint(dst, uint64(len(short)))
	for i := range short {
		s := &short[i]
		dst = appendUint(dst, bit(s.NotOnSale, shortNotOnSale)|bit(s.OverLimit, shortOverLimit))
		dst = d.append(dst, s.Location)
		dst = d.append(dst, s.Product)
		dst = appendQty(dst, s.Requested)
		dst = appendQty(dst, s.Available)
	}
	return dst
}

// shortages reads what appendShortages wrote, of a list that is not empty.
func (s *entrySource) shortages() []Shortage {
	short := make([]Shortage, s.optionalCount(minShortage))
	for i := range short {
		bits := s.bitmap(shortKnown)
		short[i] = Shortage{
			Location: s.string(), Product: s.string(),
			Requested: s.qty(), Available: s.qty(),
			NotOnSale: bits&shortNotOnSale != 0, OverLimit: bits&shortOverLimit != 0,
		}
	}
	return short
}
