package stock

import "fmt"

// Flags of a line in a row.
const (
	rowLineLot byte = 1 << iota
	rowLineChannel
	rowLineEnded
	rowLineCall
	rowLineDeadline
	// rowLineUpdated: the line was changed after it was made.
	rowLineUpdated
	// rowLinePlain: all that was asked is drawn, from the shared pool.
	rowLinePlain
	// rowLineLeg: the line's units are in another slot than its home, it counts
	// in the figures of its channel, it was sold ahead for a date, or units of
	// chosen lots were asked for.
	rowLineLeg
)

// AppendHold appends the packed form of the hold: everything but its key, and
// a checksum over key and content.
func AppendHold(dst []byte, h *Hold) []byte {
	start := len(dst)
	dst = append(dst, rowVersion)
	dst = appendUint(dst, uint64(len(h.Lines)))
	var base Time
	for i := range h.Lines {
		l := &h.Lines[i]
		dst = appendRowLine(dst, l, base)
		base = l.CreatedAt
	}
	dst = appendUint(dst, uint64(len(h.Calls)))
	for i := range h.Calls {
		dst = h.appendRowCall(dst, i)
	}
	end := len(dst)
	return appendSum(appendHoldKey(dst, h.Key), start, end)
}

// appendRowLine writes the line; base is when the line before was made.
func appendRowLine(dst []byte, l *Line, base Time) []byte {
	flags := bit(l.Item.Lot != "", rowLineLot) | bit(l.Channel != "", rowLineChannel) |
		bit(l.ended(), rowLineEnded) | bit(l.Call != 0, rowLineCall) |
		bit(l.Deadline != 0, rowLineDeadline) | bit(l.UpdatedAt != l.CreatedAt, rowLineUpdated) |
		bit(l.plain(), rowLinePlain) | bit(l.besides(), rowLineLeg)
	dst = append(dst, flags)
	dst = appendString(dst, l.Item.Location)
	dst = appendString(dst, l.Item.Product)
	if flags&rowLineLot != 0 {
		dst = appendString(dst, l.Item.Lot)
	}
	if flags&rowLineChannel != 0 {
		dst = appendString(dst, l.Channel)
	}
	if flags&rowLineCall != 0 {
		dst = appendUint(dst, uint64(l.Call))
	}
	dst = appendQty(dst, l.Requested)
	if flags&rowLinePlain == 0 {
		dst = appendBalances(dst, l.Drawn)
	}
	if flags&rowLineEnded != 0 {
		dst = l.appendEnded(dst)
	}
	dst = appendTime(dst, base, l.CreatedAt)
	if flags&rowLineDeadline != 0 {
		dst = appendTime(dst, l.CreatedAt, l.Deadline)
	}
	if flags&rowLineUpdated != 0 {
		dst = appendTime(dst, l.CreatedAt, l.UpdatedAt)
	}
	if flags&rowLineLeg != 0 {
		dst = l.appendLeg(dst)
	}
	return dst
}

// Flags of a leg.
const (
	legCopy byte = 1 << iota
	legUndone
	// legTallied: the line counts in the figures of its channel.
	legTallied
	// legNone: the line is no leg, only what the other flags say.
	legNone
	// legCustomer: the customer follows, and the period in which the line counts
	// for what the customer may have.
	legCustomer
	// legPromised: when its units were to be there follows.
	legPromised
	// legLot: the choice of lots follows.
	legLot
	legUnused
)

// appendLeg writes which of the two lines of a leg it is, and the key of its
// call; whether the line counts in the figures of its channel; when its units
// were to be there; and which lots were asked for.
func (l *Line) appendLeg(dst []byte) []byte {
	g := l.Leg
	flags := bit(l.Tallied, legTallied) | bit(l.Customer != "", legCustomer) | bit(l.PromisedFor != 0, legPromised) |
		bit(l.Lot != "", legLot)
	if g == nil {
		dst = append(dst, flags|legNone)
	} else {
		dst = append(dst, flags|bit(g.Copy, legCopy)|bit(g.Undone, legUndone))
		dst = append(dst, g.Key[:]...)
		dst = append(dst, g.Print[:]...)
	}
	if l.Customer != "" {
		dst = appendInt(appendString(dst, l.Customer), int64(l.Period))
	}
	if l.PromisedFor != 0 {
		dst = appendTime(dst, l.CreatedAt, l.PromisedFor)
	}
	if l.Lot != "" {
		dst = appendString(dst, string(l.Lot))
	}
	return dst
}

// besides reports whether the line has what few lines have.
func (l *Line) besides() bool {
	return l.Leg != nil || l.Tallied || l.Customer != "" || l.PromisedFor != 0 || l.Lot != ""
}

// leg reads what appendLeg wrote.
func (s *source) leg(l *Line) {
	flags := s.byte()
	s.want(flags < legUnused)
	l.Tallied = flags&legTallied != 0
	if flags&legNone != 0 {
		s.want(flags&(legCopy|legUndone) == 0 && flags != legNone)
	} else {
		l.Leg = &Leg{Copy: flags&legCopy != 0, Undone: flags&legUndone != 0}
		copy(l.Leg.Key[:], s.take(uint64(len(l.Leg.Key))))
		copy(l.Leg.Print[:], s.take(uint64(len(l.Leg.Print))))
	}
	if flags&legCustomer != 0 {
		l.Customer = s.string()
		l.Period = Time(s.int())
		s.want(l.Customer != "")
	}
	if flags&legPromised != 0 {
		l.PromisedFor = s.time(l.CreatedAt)
		s.want(l.PromisedFor != 0)
	}
	if flags&legLot != 0 {
		l.Lot = s.lot()
	}
}

// appendRowCall writes call i. Its home is the number, from 1, of the first
// line of the hold that is it, or 0 and the home itself; one byte then says
// that, in the usual case, there are no legs either.
func (h *Hold) appendRowCall(dst []byte, i int) []byte {
	c := &h.Calls[i]
	home := h.homeLine(c)
	dst = appendUint(dst, uint64(home)<<1|bit[uint64](len(c.Legs) > 0, 1))
	if home == 0 {
		dst = appendString(dst, c.HomeLocation)
		dst = appendString(dst, c.HomeProduct)
		dst = appendUint(dst, uint64(c.HomeBucket))
	}
	if len(c.Legs) > 0 {
		dst = appendLegs(dst, c.Legs)
	}
	return dst
}

func (h *Hold) homeLine(c *Call) int {
	for i := range h.Lines {
		if c.homeAt(&h.Lines[i], h.Key.Bucket) {
			return i + 1
		}
	}
	return 0
}

// DecodeHold returns the hold of the row. The error wraps ErrMalformed when
// the bytes are not what AppendHold wrote for this key.
func DecodeHold(key HoldKey, packed []byte) (*Hold, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, appendHoldKey(make([]byte, 0, 128), key)) {
		return nil, fmt.Errorf("decode hold: checksum: %w", ErrMalformed)
	}
	h := &Hold{Key: key}
	s := rowSource{source: source{p: body}}
	s.want(s.byte() == rowVersion)
	if n := s.count(minRowLine); n > 0 {
		h.Lines = make([]Line, n)
		var base Time
		for i := 0; i < n && !s.bad; i++ {
			s.rowLine(&h.Lines[i], key.Tenant, base)
			base = h.Lines[i].CreatedAt
		}
	}
	if n := s.count(1); n > 0 {
		h.Calls = make([]Call, n)
		for i := 0; i < n && !s.bad; i++ {
			s.rowCall(h, &h.Calls[i])
		}
	}
	for i := range h.Lines {
		s.want(h.Lines[i].Call < len(h.Calls))
	}
	if !s.done() {
		return nil, fmt.Errorf("decode hold: %w", ErrMalformed)
	}
	return h, nil
}

// minRowLine is the least a line takes: flags, two lengths, a quantity, a time.
const minRowLine = 5

// rowSource reads the lines of a hold. Names keeps each string once when it
// is set.
type rowSource struct {
	source
	names map[string]string
}

func (s *rowSource) string() string {
	b := s.take(s.uint())
	if s.names == nil || len(b) == 0 {
		return string(b)
	}
	name, ok := s.names[string(b)]
	if !ok {
		name = string(b)
		s.names[name] = name
	}
	return name
}

// rowLine reads a line over l, reusing the memory of l.Drawn.
func (s *rowSource) rowLine(l *Line, tenant string, base Time) {
	flags := s.byte()
	drawn := l.Drawn[:0]
	*l = Line{Item: ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}}
	if flags&rowLineLot != 0 {
		l.Item.Lot = s.string()
		s.want(l.Item.Lot != "")
	}
	if flags&rowLineChannel != 0 {
		l.Channel = s.string()
		s.want(l.Channel != "")
	}
	if flags&rowLineCall != 0 {
		l.Call = s.index()
		s.want(l.Call != 0)
	}
	l.Requested = s.qty()
	if flags&rowLinePlain != 0 {
		l.Drawn = append(drawn, Balance{Shared, l.Requested})
	} else {
		l.Drawn = s.balancesInto(drawn)
		s.want(!l.plain())
	}
	if flags&rowLineEnded != 0 {
		s.ended(l)
	}
	l.CreatedAt = s.time(base)
	if flags&rowLineDeadline != 0 {
		l.Deadline = s.time(l.CreatedAt)
		s.want(l.Deadline != 0)
	}
	l.UpdatedAt = l.CreatedAt
	if flags&rowLineUpdated != 0 {
		l.UpdatedAt = s.time(l.CreatedAt)
		s.want(l.UpdatedAt != l.CreatedAt)
	}
	if flags&rowLineLeg != 0 {
		s.leg(l)
	}
}

func (s *rowSource) rowCall(h *Hold, c *Call) {
	n := s.uint()
	switch home := n >> 1; {
	case home == 0:
		c.HomeLocation, c.HomeProduct = s.string(), s.string()
		c.HomeBucket = s.bucket()
		s.want(h.homeLine(c) == 0)
	case home <= uint64(len(h.Lines)):
		l := &h.Lines[home-1]
		c.HomeLocation, c.HomeProduct, c.HomeBucket = l.Item.Location, l.Item.Product, h.Key.Bucket
		s.want(h.homeLine(c) == int(home))
	default:
		s.spoil()
	}
	if n&1 != 0 {
		c.Legs = s.legs()
		s.want(len(c.Legs) > 0)
	}
}

func appendHoldKey(dst []byte, k HoldKey) []byte {
	dst = appendString(dst, k.Tenant)
	dst = appendString(dst, k.Order)
	return appendUint(dst, uint64(k.Bucket))
}
