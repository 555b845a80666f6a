package stock

import "math"

// Flags of a lot's record. One that is gone has nothing else.
const (
	lotHeld byte = 1 << iota
	lotRecalled
	lotGone
	lotUnused
)

// minLot is the least that a record takes: the lot and its flags; and so do units
// of a lot.
const minLot = 2

// append writes the policy.
func (p LotPolicy) append(dst []byte) []byte {
	return appendUint(append(dst, byte(p.Draw)), uint64(p.LeadDays))
}

// lotPolicy reads what LotPolicy.append wrote.
func (s *source) lotPolicy() LotPolicy {
	draw, lead := DrawOrder(s.byte()), s.uint()
	s.want(draw < drawUnused && lead <= MaxLeadDays)
	return LotPolicy{draw, uint16(lead & math.MaxUint16)}
}

// appendLots writes records of lots; times are told from base, and name writes a
// lot.
func appendLots(dst []byte, lots []LotRecord, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(lots)))
	for i := range lots {
		r := &lots[i]
		dst = name(dst, string(r.Lot))
		dst = append(dst, bit(r.Held != 0, lotHeld)|bit(r.Recalled, lotRecalled)|bit(r.Since == 0, lotGone))
		if r.Since != 0 {
			dst = appendTime(dst, base, r.Since)
		}
		if r.Held != 0 {
			dst = appendQty(dst, r.Held)
		}
	}
	return dst
}

// lots reads what appendLots wrote. In a row they stand in order, and none is gone.
func (s *source) lots(base Time, row bool, name func() string) []LotRecord {
	n := s.count(minLot)
	if n == 0 {
		return nil
	}
	lots := make([]LotRecord, n)
	for i := 0; i < n && !s.bad; i++ {
		r := &lots[i]
		r.Lot = Lot(name())
		_, ok := r.Lot.Attributes()
		s.want(ok && (!row || i == 0 || lots[i-1].Lot < r.Lot))
		flags := s.byte()
		gone := flags&lotGone != 0
		s.want(flags < lotUnused && (!gone || !row && flags == lotGone))
		if s.bad || gone {
			continue
		}
		r.Recalled, r.Expires = flags&lotRecalled != 0, r.Lot.Expires()
		r.Since = s.time(base)
		s.want(r.Since != 0)
		if flags&lotHeld != 0 {
			r.Held = s.qty()
			s.want(r.Held != 0)
		}
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

// lotUnits reads what appendLotUnits wrote.
func (s *source) lotUnits(name func() string) []LotUnits {
	n := s.count(minLot)
	if n == 0 {
		return nil
	}
	units := make([]LotUnits, n)
	for i := 0; i < n && !s.bad; i++ {
		u := &units[i]
		u.Lot, u.Qty = Lot(name()), s.qty()
		_, ok := u.Lot.Attributes()
		s.want(ok && u.Qty > 0)
	}
	return units
}

// lot reads a lot where there must be one.
func (s *source) lot() Lot {
	l := Lot(s.string())
	_, ok := l.Attributes()
	s.want(ok)
	return l
}

func (c SetLotPolicy) append(dst []byte) []byte {
	return c.Note.append(c.Open.append(c.Policy.append(appendItemAt(dst, c.Item, c.Bucket))))
}

func (c Recall) append(dst []byte) []byte {
	return c.Note.append(appendBool(appendItemAt(dst, c.Item, c.Bucket), c.Lift))
}
