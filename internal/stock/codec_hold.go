package stock

import "fmt"

// The bits of a hold's bitmap. A hold of no call has neither.
const (
	// holdPlainCall, a yes: there is one call, its home is the first line, and it
	// has no legs.
	holdPlainCall uint64 = 1 << iota
	holdCalls
	holdKnown = 1<<iota - 1
)

// AppendHold appends the packed form of the hold: everything but its key, and
// a checksum over key and content.
func AppendHold(dst []byte, h *Hold) []byte {
	start := len(dst)
	plain := h.isPlainCall()
	dst = appendUint(append(dst, rowVersion), bit(plain, holdPlainCall)|bit(!plain && len(h.Calls) > 0, holdCalls))
	dst = appendUint(dst, uint64(len(h.Lines)))
	var base Time
	for i := range h.Lines {
		l := &h.Lines[i]
		dst = appendRowLine(dst, l, base)
		base = l.CreatedAt
	}
	if !plain && len(h.Calls) > 0 {
		dst = appendUint(dst, uint64(len(h.Calls)))
		for i := range h.Calls {
			c := &h.Calls[i]
			dst = c.append(dst, h.homeLine(c), appendString)
		}
	}
	end := len(dst)
	return appendSum(appendHoldKey(dst, h.Key), start, end)
}

// isPlainCall reports whether one bit encodes all of the calls.
func (h *Hold) isPlainCall() bool {
	return len(h.Calls) == 1 && len(h.Calls[0].Legs) == 0 && len(h.Lines) > 0 && h.Calls[0].homeAt(&h.Lines[0], h.Key.Bucket)
}

// homeLine is the number, from 1, of the first line that is the home of the
// call, 0 when none is.
func (h *Hold) homeLine(c *Call) int {
	for i := range h.Lines {
		if c.homeAt(&h.Lines[i], h.Key.Bucket) {
			return i + 1
		}
	}
	return 0
}

// appendRowLine writes the line; base is when the line before was made.
func appendRowLine(dst []byte, l *Line, base Time) []byte {
	bits := l.bits() | bit(l.Channel != "", lineChannel) | bit(l.UpdatedAt != l.CreatedAt, lineTimes) | bit(l.Item.Lot != "", lineLot)
	dst = appendUint(dst, bits)
	dst = appendString(dst, l.Item.Location)
	dst = appendString(dst, l.Item.Product)
	dst = appendQty(dst, l.Requested)
	dst = appendTime(dst, base, l.CreatedAt)
	if bits&lineDeadline != 0 {
		dst = appendTime(dst, l.CreatedAt, l.Deadline)
	}
	if bits&lineChannel != 0 {
		dst = appendString(dst, l.Channel)
	}
	if bits&lineTimes != 0 {
		dst = appendTime(dst, l.CreatedAt, l.UpdatedAt)
	}
	if bits&lineEnded != 0 {
		dst = l.appendEnded(dst)
	}
	if bits&lineDrawn != 0 {
		dst = appendBalances(dst, l.Drawn)
	}
	if bits&lineLot != 0 {
		dst = appendString(dst, l.Item.Lot)
	}
	if bits&lineRare != 0 {
		dst = l.appendRare(dst, bits)
	}
	return dst
}

// DecodeHold returns the hold of the row. The error wraps ErrMalformed when
// the bytes are not what AppendHold wrote for this key, and is a VersionError or
// ErrNewer when another version did.
func DecodeHold(key HoldKey, packed []byte) (*Hold, error) {
	body, sum := cutSum(packed)
	if sum != keyedSum(body, appendHoldKey(make([]byte, 0, 128), key)) {
		return nil, fmt.Errorf("decode hold: checksum: %w", ErrMalformed)
	}
	if err := checkVersion("row of a hold", body, rowVersion); err != nil {
		return nil, fmt.Errorf("decode hold: %w", err)
	}
	h := &Hold{Key: key}
	s := rowSource{byteReader: byteReader{p: body[1:]}}
	s.hold(h)
	if !s.done() {
		return nil, fmt.Errorf("decode hold: %w", s.fault())
	}
	return h, nil
}

// minRowLine is the least a line takes: its bitmap, two lengths, a quantity and a
// time.
const minRowLine = 5

// hold reads what follows the version.
func (s *rowSource) hold(h *Hold) {
	bits := s.bitmap(holdKnown)
	if n := s.count(minRowLine); n > 0 {
		h.Lines = make([]Line, n)
		var base Time
		for i := 0; i < n && !s.bad; i++ {
			s.rowLine(&h.Lines[i], h.Key.Tenant, base)
			base = h.Lines[i].CreatedAt
		}
	}
	if bits&holdPlainCall != 0 {
		if bits&holdCalls != 0 || len(h.Lines) == 0 {
			s.spoil()
			return
		}
		h.Calls = make([]Call, 1)
		h.Calls[0].setHome(&h.Lines[0], h.Key.Bucket)
	}
	if bits&holdCalls != 0 {
		h.Calls = make([]Call, s.optionalCount(1))
		for i := 0; i < len(h.Calls) && !s.bad; i++ {
			s.call(h, &h.Calls[i])
		}
		s.want(!h.isPlainCall())
	}
	for i := range h.Lines {
		s.want(h.Lines[i].Call < len(h.Calls))
	}
}

func (s *rowSource) call(h *Hold, c *Call) {
	number := c.read(&s.byteReader, s.string)
	if number > len(h.Lines) {
		s.spoil()
		return
	}
	if number > 0 {
		c.setHome(&h.Lines[number-1], h.Key.Bucket)
	}
	s.want(h.homeLine(c) == number)
}

// rowLine reads a line over l, reusing the memory of l.Drawn.
func (s *rowSource) rowLine(l *Line, tenant string, base Time) {
	bits := s.bitmap(lineRowKnown)
	drawn := l.Drawn[:0]
	*l = Line{Item: ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}}
	l.Requested = s.qty()
	l.CreatedAt = s.time(base)
	l.UpdatedAt = l.CreatedAt
	if bits&lineDeadline != 0 {
		l.Deadline = s.time(l.CreatedAt)
		s.want(l.Deadline != 0)
	}
	if bits&lineChannel != 0 {
		l.Channel = s.string()
		s.want(l.Channel != "")
	}
	if bits&lineTimes != 0 {
		l.UpdatedAt = s.time(l.CreatedAt)
		s.want(l.UpdatedAt != l.CreatedAt)
	}
	if bits&lineEnded != 0 {
		l.readEnded(&s.byteReader)
	}
	switch bits & (linePlain | lineDrawn) {
	case linePlain:
		l.Drawn = append(drawn, Balance{Shared, l.Requested})
	case lineDrawn:
		l.Drawn = s.balances(drawn)
		s.want(len(l.Drawn) > 0 && !l.isPlain())
	case linePlain | lineDrawn:
		s.spoil()
	}
	if bits&lineLot != 0 {
		l.Item.Lot = s.string()
		s.want(l.Item.Lot != "")
	}
	if bits&lineRare != 0 {
		l.readRare(&s.byteReader, bits)
	}
}

func appendHoldKey(dst []byte, k HoldKey) []byte {
	dst = appendString(dst, k.Tenant)
	dst = appendString(dst, k.Order)
	return appendUint(dst, uint64(k.Bucket))
}
