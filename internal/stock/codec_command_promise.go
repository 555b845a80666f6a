package stock

// append writes the setting, nil as one byte.
func (c *SaleSetting) append(dst []byte) []byte {
	if c == nil {
		return append(dst, 0)
	}
	dst = appendInt(appendQty(append(dst, 1), c.Bound), int64(c.For))
	return appendBool(dst, c.InParts)
}

func (s *commandSource) saleSetting() *SaleSetting {
	if !s.bool() {
		return nil
	}
	return &SaleSetting{Bound: s.qty(), For: Time(s.int()), InParts: s.bool()}
}

func (c SetPromises) append(dst []byte) []byte {
	dst = c.Backorder.append(c.Presale.append(appendItemAt(dst, c.Item, c.Bucket)))
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) setPromises() SetPromises {
	return SetPromises{
		Item: s.itemKey(), Bucket: s.bucket(), Presale: s.saleSetting(), Backorder: s.saleSetting(),
		Open: s.opening(), Note: s.note(),
	}
}

// limits reports whether the command limits channels or lowers a bound that waits.
func (c SetPromises) limits() bool {
	return len(c.Presale.channels())+len(c.Backorder.channels()) > 0 || c.Lower != LowerRefuse
}

// appendLimits writes the channels of both sales and what a lower bound does.
func (c SetPromises) appendLimits(dst []byte) []byte {
	for _, channels := range [...][]ChannelLimit{c.Presale.channels(), c.Backorder.channels()} {
		dst = appendUint(dst, uint64(len(channels)))
		for _, l := range channels {
			dst = appendQty(appendString(dst, l.Channel), l.Most)
		}
	}
	return append(dst, byte(c.Lower))
}

func (c *SaleSetting) channels() []ChannelLimit {
	if c == nil {
		return nil
	}
	return c.Channels
}

// minChannelLimit is the least that a limit takes: the length of a name and a number.
const minChannelLimit = 2

// readLimitPromises reads a SetPromises and what appendLimits wrote of some.
func readLimitPromises(s *commandSource) SetPromises {
	c := s.setPromises()
	for _, sale := range [...]*SaleSetting{c.Presale, c.Backorder} {
		n := s.count(minChannelLimit)
		s.want(n == 0 || sale != nil)
		for i := 0; i < n && !s.bad; i++ {
			sale.Channels = append(sale.Channels, ChannelLimit{s.string(), s.qty()})
		}
	}
	c.Lower = Lowering(s.byte())
	s.want(c.limits())
	return c
}

func (c SetLotPolicy) append(dst []byte) []byte {
	return c.Note.append(c.Open.append(c.Policy.append(appendItemAt(dst, c.Item, c.Bucket))))
}

func (s *commandSource) setLotPolicy() SetLotPolicy {
	c := SetLotPolicy{Item: s.itemKey(), Bucket: s.bucket()}
	c.Policy.read(&s.byteReader)
	c.Open, c.Note = s.opening(), s.note()
	return c
}

func (c Recall) append(dst []byte) []byte {
	return c.Note.append(appendBool(appendItemAt(dst, c.Item, c.Bucket), c.Lift))
}
