package stock

import "math"

// What stands beside an item that few items have follows its channels, behind
// one byte that says which of these parts there are, in this order.
const (
	besideRules byte = 1 << iota
	besidePromises
	besideLots
	besideSoldOut   // of entries only
	besideConfirmed // of entries only
	besideRest      // of entries only; it comes behind all others
	besideUnused
)

// besideMore is added to the bucket when that byte follows.
const besideMore = 2 * Buckets

// appendBucketBeside writes the bucket, Buckets higher when channels stand
// beside the item and twice that when something else does: the flags of items
// are all in use.
func appendBucketBeside(dst []byte, b Bucket, channels, more bool) []byte {
	return appendUint(dst, uint64(b)|bit[uint64](channels, Buckets)|bit[uint64](more, besideMore))
}

// bucketBeside reads what appendBucketBeside wrote.
func (s *source) bucketBeside() (b Bucket, channels, more bool) {
	n := s.uint()
	s.want(n < 4*Buckets)
	return Bucket(n % Buckets), n&Buckets != 0, n&besideMore != 0
}

// beside is what stands beside an item.
type beside struct {
	rules    []Rule
	promises *Promises
	lots     []LotRecord
	policy   LotPolicy
	// soldOut and inStock are channels.
	soldOut, inStock []string
	confirmed        []LotUnits
	rest             bool
}

func (i *Item) beside() beside {
	return beside{rules: i.Rules, promises: i.Promises, lots: i.Lots, policy: i.LotPolicy}
}

func (c *ItemChange) beside() beside {
	return beside{c.Rules, c.Promises, c.Lots, c.LotPolicy, c.SoldOut, c.InStock, c.Confirmed, c.Rest != nil}
}

// some reports whether there is anything of it.
func (b *beside) some() bool {
	return len(b.rules) > 0 || b.promises != nil || b.lotted() || b.turned() || len(b.confirmed) > 0 || b.rest
}

// lotted reports whether it says anything about lots.
func (b *beside) lotted() bool { return len(b.lots) > 0 || b.policy != LotPolicy{} }

// turned reports whether channels are sold out since, or are not any more.
func (b *beside) turned() bool { return len(b.soldOut)+len(b.inStock) > 0 }

// append writes what stands beside an item, but for its rest; times are told from base, and name
// writes the id of a channel that waits, or a lot.
func (b *beside) append(dst []byte, base Time, name func([]byte, string) []byte) []byte {
	dst = append(dst, bit(len(b.rules) > 0, besideRules)|bit(b.promises != nil, besidePromises)|bit(b.lotted(), besideLots)|
		bit(b.turned(), besideSoldOut)|bit(len(b.confirmed) > 0, besideConfirmed)|bit(b.rest, besideRest))
	if len(b.rules) > 0 {
		dst = appendUint(dst, uint64(len(b.rules)))
		for i := range b.rules {
			dst = b.rules[i].append(dst, base)
		}
	}
	if b.promises != nil {
		dst = b.promises.append(dst, base, name)
	}
	if b.lotted() {
		dst = appendLots(b.policy.append(dst), b.lots, base, name)
	}
	if b.turned() {
		for _, channels := range [...][]string{b.soldOut, b.inStock} {
			dst = appendUint(dst, uint64(len(channels)))
			for _, channel := range channels {
				dst = name(dst, channel)
			}
		}
	}
	if len(b.confirmed) > 0 {
		dst = appendLotUnits(dst, b.confirmed, name)
	}
	return dst
}

// beside reads what beside.append wrote. In a row nothing is without content.
func (s *source) beside(base Time, row bool, name func() string) (b beside) {
	parts := s.byte()
	s.want(parts != 0 && parts < besideUnused)
	if parts&besideRules != 0 {
		n := s.count(minRule)
		s.want(n > 0)
		b.rules = make([]Rule, n)
		for i := 0; i < n && !s.bad; i++ {
			b.rules[i] = s.rule(base)
			s.want(!row || !b.rules[i].none() && (i == 0 || b.rules[i-1].Channel < b.rules[i].Channel))
		}
	}
	if parts&besidePromises != 0 {
		b.promises = s.promises(base, name)
		s.want(!row || !b.promises.empty())
	}
	if parts&besideLots != 0 {
		b.policy = s.lotPolicy()
		b.lots = s.lots(base, row, name)
		s.want(b.lotted())
	}
	if parts&besideSoldOut != 0 {
		b.soldOut, b.inStock = s.names(name), s.names(name)
		s.want(!row && b.turned())
	}
	if parts&besideConfirmed != 0 {
		b.confirmed = s.lotUnits(name)
		s.want(!row && len(b.confirmed) > 0)
	}
	b.rest = parts&besideRest != 0
	s.want(!row || !b.rest)
	return b
}

// names reads how many names follow, and them.
func (s *source) names(name func() string) []string {
	n := s.count(1)
	if n == 0 {
		return nil
	}
	names := make([]string, n)
	for i := range names {
		names[i] = name()
	}
	return names
}

// Flags of a rule: which fields are there, and those that are yes or no.
const (
	ruleStarts uint64 = 1 << iota
	ruleEnds
	rulePriority
	ruleMaxOrder
	ruleMaxCustomer
	ruleMaxHolds
	ruleLends
	ruleLendsAll
	ruleAlone
	ruleEnded
	ruleUnused
)

// minRule is the least that a rule takes: its name and its flags.
const minRule = 2

// append writes the rule.
func (r *Rule) append(dst []byte, base Time) []byte {
	dst = appendString(dst, r.Channel)
	dst = appendUint(dst, bit(r.Starts != 0, ruleStarts)|bit(r.Ends != 0, ruleEnds)|bit(r.Priority != 0, rulePriority)|
		bit(r.MaxOrder != 0, ruleMaxOrder)|bit(r.MaxCustomer != 0, ruleMaxCustomer)|bit(r.MaxHolds != 0, ruleMaxHolds)|
		bit(len(r.Lends) > 0, ruleLends)|bit(r.LendsAll, ruleLendsAll)|bit(r.Alone, ruleAlone)|bit(r.Ended, ruleEnded))
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
	return dst
}

// rule reads what Rule.append wrote.
func (s *source) rule(base Time) Rule {
	r := Rule{Channel: s.string()}
	flags := s.uint()
	s.want(flags < ruleUnused)
	r.LendsAll, r.Alone, r.Ended = flags&ruleLendsAll != 0, flags&ruleAlone != 0, flags&ruleEnded != 0
	if flags&ruleStarts != 0 {
		r.Starts = s.time(base)
		s.want(r.Starts != 0)
	}
	if flags&ruleEnds != 0 {
		r.Ends = s.time(base)
		s.want(r.Ends != 0)
	}
	if flags&rulePriority != 0 {
		r.Priority = s.uint32()
	}
	if flags&ruleMaxOrder != 0 {
		r.MaxOrder = s.qty()
		s.want(r.MaxOrder != 0)
	}
	if flags&ruleMaxCustomer != 0 {
		r.MaxCustomer = s.qty()
		s.want(r.MaxCustomer != 0)
	}
	if flags&ruleMaxHolds != 0 {
		r.MaxHolds = s.uint32()
	}
	if flags&ruleLends != 0 {
		r.Lends = s.strings()
		s.want(len(r.Lends) > 0)
	}
	return r
}

// uint32 reads a number above 0 that fits.
func (s *source) uint32() uint32 {
	n := s.uint()
	s.want(n > 0 && n <= math.MaxUint32)
	return uint32(n & math.MaxUint32)
}
