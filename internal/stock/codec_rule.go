package stock

// The bits of a rule's bitmap.
const (
	ruleStarts uint64 = 1 << iota
	ruleEnds
	rulePriority
	ruleMaxOrder
	ruleMaxCustomer
	ruleMaxHolds
	ruleLends
	ruleLendsAll // a yes
	ruleAlone    // a yes
	ruleEnded    // a yes
	ruleWants
	ruleKnown = 1<<iota - 1
)

// minRule is the least that a rule takes: its bitmap and its channel.
const minRule = 2

func (r *Rule) append(dst []byte, base Time) []byte {
	dst = appendUint(dst, bit(r.Starts != 0, ruleStarts)|bit(r.Ends != 0, ruleEnds)|bit(r.Priority != 0, rulePriority)|
		bit(r.MaxOrder != 0, ruleMaxOrder)|bit(r.MaxCustomer != 0, ruleMaxCustomer)|bit(r.MaxHolds != 0, ruleMaxHolds)|
		bit(len(r.Lends) > 0, ruleLends)|bit(r.LendsAll, ruleLendsAll)|bit(r.Alone, ruleAlone)|bit(r.Ended, ruleEnded)|bit(r.Wants != 0, ruleWants))
	dst = appendString(dst, r.Channel)
	for _, t := range [...]Time{r.Starts, r.Ends} {
		if t != 0 {
			dst = appendTime(dst, base, t)
		}
	}
	if r.Priority != 0 {
		dst = appendUint(dst, uint64(r.Priority))
	}
	for _, q := range [...]Qty{r.MaxOrder, r.MaxCustomer} {
		if q != 0 {
			dst = appendQty(dst, q)
		}
	}
	if r.MaxHolds != 0 {
		dst = appendUint(dst, uint64(r.MaxHolds))
	}
	if len(r.Lends) > 0 {
		dst = appendStrings(dst, r.Lends)
	}
	if r.Wants != 0 {
		dst = appendQty(dst, r.Wants)
	}
	return dst
}

// read reads what append wrote.
func (r *Rule) read(s *byteReader, base Time) {
	bits := s.bitmap(ruleKnown)
	*r = Rule{Channel: s.string(), LendsAll: bits&ruleLendsAll != 0, Alone: bits&ruleAlone != 0, Ended: bits&ruleEnded != 0}
	if bits&ruleStarts != 0 {
		r.Starts = s.readOptionalTime(base)
	}
	if bits&ruleEnds != 0 {
		r.Ends = s.readOptionalTime(base)
	}
	if bits&rulePriority != 0 {
		r.Priority = s.uint32()
		s.want(r.Priority != 0)
	}
	if bits&ruleMaxOrder != 0 {
		r.MaxOrder = s.readOptionalQty()
	}
	if bits&ruleMaxCustomer != 0 {
		r.MaxCustomer = s.readOptionalQty()
	}
	if bits&ruleMaxHolds != 0 {
		r.MaxHolds = s.uint32()
		s.want(r.MaxHolds != 0)
	}
	if bits&ruleLends != 0 {
		r.Lends = s.readOptionalNames(s.string)
	}
	if bits&ruleWants != 0 {
		r.Wants = s.readOptionalQty()
	}
}

func appendRules(dst []byte, rules []Rule, base Time) []byte {
	dst = appendUint(dst, uint64(len(rules)))
	for i := range rules {
		dst = rules[i].append(dst, base)
	}
	return dst
}

// readRules reads what appendRules wrote, of a list that is not empty.
func readRules(s *byteReader, base Time) []Rule {
	rules := make([]Rule, s.optionalCount(minRule))
	for i := 0; i < len(rules) && !s.bad; i++ {
		rules[i].read(s, base)
	}
	return rules
}
