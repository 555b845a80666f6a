package stock

// The bits of the bitmap of a recall. Without any bit the item no longer keeps it.
const (
	recallSince uint64 = 1 << iota
	recallExcept
	recallKnown = 1<<iota - 1
)

// append writes the recall; name writes a lot.
func (r *RecallRule) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(r.Since != 0, recallSince)|bit(len(r.Except) > 0, recallExcept))
	dst = name(dst, string(r.Lot))
	if r.Since != 0 {
		dst = appendTime(dst, base, r.Since)
	}
	if len(r.Except) > 0 {
		dst = appendLotNames(dst, r.Except, name)
	}
	return dst
}

// read reads what append wrote.
func (r *RecallRule) read(s *byteReader, base Time, name func() string) {
	bits := s.bitmap(recallKnown)
	s.want(bits == 0 || bits&recallSince != 0)
	r.Lot = readLot(s, name)
	if s.bad || bits == 0 {
		return
	}
	r.Since = s.readOptionalTime(base)
	if bits&recallExcept != 0 {
		r.Except = readLotNames(s, name)
	}
}

func appendRecalls(dst []byte, rules []RecallRule, base Time, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(rules)))
	for i := range rules {
		dst = rules[i].append(dst, base, name)
	}
	return dst
}

// readRecalls reads what appendRecalls wrote, of a list that is not empty.
func readRecalls(s *byteReader, base Time, name func() string) []RecallRule {
	rules := make([]RecallRule, s.optionalCount(minLot))
	for i := 0; i < len(rules) && !s.bad; i++ {
		rules[i].read(s, base, name)
	}
	return rules
}

func appendLotNames(dst []byte, lots []Lot, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(lots)))
	for _, lot := range lots {
		dst = name(dst, string(lot))
	}
	return dst
}

// readLotNames reads what appendLotNames wrote, of a list that is not empty.
func readLotNames(s *byteReader, name func() string) []Lot {
	lots := make([]Lot, s.optionalCount(1))
	for i := 0; i < len(lots) && !s.bad; i++ {
		lots[i] = readLot(s, name)
		s.want(i == 0 || lots[i-1] < lots[i])
	}
	return lots
}

// appendExact writes what the command says of the one recall. Recalls that are set have a begin.
func (c Recall) appendExact(dst []byte) []byte {
	dst = appendBool(appendInt(appendInt(dst, int64(c.Since)), int64(c.Was)), c.Unruled)
	return appendLotNames(dst, c.Except, appendString)
}

func readRecall(s *commandSource) Recall {
	return Recall{Item: s.itemKey(), Bucket: s.bucket(), Lift: s.bool(), Note: s.note()}
}

func readRecallExact(s *commandSource) Recall {
	c := readRecall(s)
	c.Exact, c.Since, c.Was, c.Unruled = true, Time(s.int()), Time(s.int()), s.bool()
	for range s.count(1) {
		c.Except = append(c.Except, readLot(&s.byteReader, s.string))
	}
	return c
}

func (c OpenItem) appendRecalled(dst []byte) []byte {
	return appendRecalls(c.append(dst), c.Recalls, 0, appendString)
}

// readOpenRecalled reads an OpenItem with recalls.
func readOpenRecalled(s *commandSource) OpenItem {
	c := s.openItem()
	c.Recalls = readRecalls(&s.byteReader, 0, s.string)
	return c
}
