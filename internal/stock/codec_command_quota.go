package stock

// The bits of the bitmap of a quota's setting.
const (
	settingQuota uint64 = 1 << iota
	settingWeight
	settingLevel
	settingRule
	settingMends // a yes
	settingKnown = 1<<iota - 1
)

func appendSettings(dst []byte, set []QuotaSetting) []byte {
	dst = appendUint(dst, uint64(len(set)))
	for i := range set {
		q := &set[i]
		dst = appendUint(dst, bit(q.Quota != nil, settingQuota)|bit(q.Weight != nil, settingWeight)|bit(q.Level != nil, settingLevel)|
			bit(q.Rule != nil, settingRule)|bit(q.Mends, settingMends))
		dst = appendString(dst, q.Channel)
		if q.Quota != nil {
			dst = appendQty(dst, *q.Quota)
		}
		if q.Weight != nil {
			dst = appendUint(dst, uint64(*q.Weight))
		}
		if q.Level != nil {
			dst = appendQty(dst, *q.Level)
		}
		if q.Rule != nil {
			dst = q.Rule.append(dst, 0)
		}
	}
	return dst
}

func (s *commandSource) settings() []QuotaSetting {
	n := s.count(2)
	if n == 0 {
		return nil
	}
	set := make([]QuotaSetting, n)
	for i := 0; i < n && !s.bad; i++ {
		q := &set[i]
		bits := s.bitmap(settingKnown)
		q.Channel, q.Mends = s.string(), bits&settingMends != 0
		if bits&settingQuota != 0 {
			q.Quota = new(Qty)
			*q.Quota = s.qty()
		}
		if bits&settingWeight != 0 {
			q.Weight = new(uint32)
			*q.Weight = s.uint32()
		}
		if bits&settingLevel != 0 {
			q.Level = new(Qty)
			*q.Level = s.qty()
		}
		if bits&settingRule != 0 {
			q.Rule = new(Rule)
			q.Rule.read(&s.byteReader, 0)
		}
	}
	return set
}

func (c SetQuotas) append(dst []byte) []byte {
	dst = append(appendSettings(appendItemAt(dst, c.Item, c.Bucket), c.Set), byte(c.Lower))
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) setQuotas() SetQuotas {
	return SetQuotas{s.itemKey(), s.bucket(), s.settings(), Lowering(s.byte()), s.opening(), s.note()}
}

func (c Allot) append(dst []byte) []byte {
	dst = append(appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Keep), byte(c.Mode))
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) allot() Allot {
	return Allot{s.itemKey(), s.bucket(), s.qty(), AllotMode(s.byte()), s.opening(), s.note()}
}

func (c ResetSold) append(dst []byte) []byte {
	dst = appendStrings(appendItemAt(dst, c.Item, c.Bucket), c.Channels)
	return c.Note.append(c.Open.append(dst))
}
