package stock

import "math"

// The bits of the bitmap of a lot's record. Without any bit the item no longer keeps a
// record of the lot.
const (
	lotSince    uint64 = 1 << iota
	lotRecalled        // a yes
	lotHeld
	lotKnown = 1<<iota - 1
)

// minLot is the least that a record takes: its bitmap and the lot; and so do units
// of a lot.
const minLot = 2

// append writes the policy.
func (p LotPolicy) append(dst []byte) []byte {
	return appendUint(append(dst, byte(p.Draw)), uint64(p.LeadDays))
}

// read reads what append wrote.
func (p *LotPolicy) read(s *byteReader) {
	draw, lead := DrawOrder(s.byte()), s.uint()
	s.want(draw < drawUnused && lead <= MaxLeadDays)
	*p = LotPolicy{draw, uint16(lead & math.MaxUint16)}
}

// readLot reads a lot with name, where there must be one.
func readLot(s *byteReader, name func() string) Lot {
	l := Lot(name())
	_, ok := l.Attributes()
	s.want(ok)
	return l
}

// append writes the record; name writes the lot.
func (r *LotRecord) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(r.Since != 0, lotSince)|bit(r.Recalled, lotRecalled)|bit(r.Held != 0, lotHeld))
	dst = name(dst, string(r.Lot))
	if r.Since != 0 {
		dst = appendTime(dst, base, r.Since)
	}
	if r.Held != 0 {
		dst = appendQty(dst, r.Held)
	}
	return dst
}

// read reads what append wrote.
func (r *LotRecord) read(s *byteReader, base Time, name func() string) {
	bits := s.bitmap(lotKnown)
	s.want(bits == 0 || bits&lotSince != 0)
	r.Lot = readLot(s, name)
	if s.bad || bits == 0 {
		return
	}
	r.Since, r.Recalled, r.Expires = s.readOptionalTime(base), bits&lotRecalled != 0, r.Lot.Expires()
	if bits&lotHeld != 0 {
		r.Held = s.readOptionalQty()
	}
}

func appendLots(dst []byte, lots []LotRecord, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(lots)))
	for i := range lots {
		dst = lots[i].append(dst, base, name)
	}
	return dst
}

// readLots reads what appendLots wrote, of a list that is not empty.
func readLots(s *byteReader, base Time, name func() string) []LotRecord {
	lots := make([]LotRecord, s.optionalCount(minLot))
	for i := 0; i < len(lots) && !s.bad; i++ {
		lots[i].read(s, base, name)
	}
	return lots
}

// appendLotUnits writes how many units of which lots; name writes a lot.
func appendLotUnits(dst []byte, units []LotUnits, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(units)))
	for _, u := range units {
		dst = appendQty(name(dst, string(u.Lot)), u.Qty)
	}
	return dst
}

// readLotUnits reads what appendLotUnits wrote, of a list that is not empty.
func readLotUnits(s *byteReader, name func() string) []LotUnits {
	units := make([]LotUnits, s.optionalCount(minLot))
	for i := 0; i < len(units) && !s.bad; i++ {
		units[i] = LotUnits{readLot(s, name), s.qty()}
		s.want(units[i].Qty > 0)
	}
	return units
}
