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
	return &SaleSetting{s.qty(), Time(s.int()), s.bool()}
}

func (c SetPromises) append(dst []byte) []byte {
	dst = c.Backorder.append(c.Presale.append(appendItemAt(dst, c.Item, c.Bucket)))
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) setPromises() SetPromises {
	return SetPromises{s.itemKey(), s.bucket(), s.saleSetting(), s.saleSetting(), s.opening(), s.note()}
}

func (c SetLotPolicy) append(dst []byte) []byte {
	return c.Note.append(c.Open.append(c.Policy.append(appendItemAt(dst, c.Item, c.Bucket))))
}

func (s *commandSource) setLotPolicy() SetLotPolicy {
	c := SetLotPolicy{Item: s.itemKey(), Bucket: s.bucket()}
	c.Policy.read(&s.source)
	c.Open, c.Note = s.opening(), s.note()
	return c
}

func (c Recall) append(dst []byte) []byte {
	return c.Note.append(appendBool(appendItemAt(dst, c.Item, c.Bucket), c.Lift))
}
