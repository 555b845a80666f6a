package stock

import "math"

// minChannel is the least that a channel's record takes: its name, six figures,
// a weight and a time.
const minChannel = 9

// append writes what follows the channel's id.
func (c *Channel) append(dst []byte, base Time) []byte {
	dst = appendUint(dst, uint64(c.Weight))
	for _, q := range [...]Qty{c.Level, c.Held, c.Sold, c.PoolHeld, c.PoolSold, c.Pending} {
		dst = appendQty(dst, q)
	}
	return appendTime(dst, base, c.Since)
}

// channel reads what Channel.append wrote.
func (s *source) channel(c *Channel, base Time) {
	w := s.uint()
	s.want(w <= math.MaxUint32)
	c.Weight = uint32(w & math.MaxUint32)
	for _, q := range [...]*Qty{&c.Level, &c.Held, &c.Sold, &c.PoolHeld, &c.PoolSold, &c.Pending} {
		*q = s.qty()
	}
	c.Since = s.time(base)
}

// channels reads the records of a row.
func (s *source) channels(it *Item) {
	n := s.count(minChannel)
	s.want(n > 0)
	it.Channels = make([]Channel, n)
	for i := 0; i < n && !s.bad; i++ {
		c := &it.Channels[i]
		c.ID = s.string()
		s.want(i == 0 || it.Channels[i-1].ID < c.ID)
		s.channel(c, it.UpdatedAt)
	}
}

// Flags of a quota setting: which fields are there.
const (
	settingQuota byte = 1 << iota
	settingWeight
	settingLevel
	settingRule
	settingUnused
)

func appendSettings(dst []byte, set []QuotaSetting) []byte {
	dst = appendUint(dst, uint64(len(set)))
	for i := range set {
		q := &set[i]
		dst = appendString(dst, q.Channel)
		dst = append(dst, bit(q.Quota != nil, settingQuota)|bit(q.Weight != nil, settingWeight)|bit(q.Level != nil, settingLevel)|
			bit(q.Rule != nil, settingRule))
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

func (s *source) settings() []QuotaSetting {
	n := s.count(2)
	if n == 0 {
		return nil
	}
	set := make([]QuotaSetting, n)
	for i := 0; i < n && !s.bad; i++ {
		q := &set[i]
		q.Channel = s.string()
		flags := s.byte()
		s.want(flags < settingUnused)
		if flags&settingQuota != 0 {
			q.Quota = new(Qty)
			*q.Quota = s.qty()
		}
		if flags&settingWeight != 0 {
			w := s.uint()
			s.want(w <= math.MaxUint32)
			q.Weight = new(uint32)
			*q.Weight = uint32(w & math.MaxUint32)
		}
		if flags&settingLevel != 0 {
			q.Level = new(Qty)
			*q.Level = s.qty()
		}
		if flags&settingRule != 0 {
			q.Rule = new(Rule)
			*q.Rule = s.rule(0)
		}
	}
	return set
}

func appendStrings(dst []byte, list []string) []byte {
	dst = appendUint(dst, uint64(len(list)))
	for _, v := range list {
		dst = appendString(dst, v)
	}
	return dst
}

func (s *source) strings() []string {
	n := s.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = s.string()
	}
	return list
}

func (c SetQuotas) append(dst []byte) []byte {
	dst = append(appendSettings(appendItemAt(dst, c.Item, c.Bucket), c.Set), byte(c.Lower))
	return c.Note.append(c.Open.append(dst))
}

func (s *source) setQuotas() SetQuotas {
	return SetQuotas{s.itemKey(), s.bucket(), s.settings(), Lowering(s.byte()), s.opening(), s.note()}
}

func (c Allot) append(dst []byte) []byte {
	dst = append(appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Keep), byte(c.Mode))
	return c.Note.append(c.Open.append(dst))
}

func (s *source) allot() Allot {
	return Allot{s.itemKey(), s.bucket(), s.qty(), AllotMode(s.byte()), s.opening(), s.note()}
}

func (c ResetSold) append(dst []byte) []byte {
	dst = appendStrings(appendItemAt(dst, c.Item, c.Bucket), c.Channels)
	return c.Note.append(c.Open.append(dst))
}
