package stock

// The bits of a line's bitmap, in an entry and in the row of a hold alike.
const (
	lineChanged uint64 = 1 << iota // a yes; of entries only
	// linePlain, a yes: all that was asked is drawn, from the shared pool.
	linePlain
	lineDeadline
	// lineChannel: in an entry, one that is not the event's.
	lineChannel
	// lineTimes: in an entry, the line was not made and changed at the time of the
	// record; in a row, it was changed after it was made.
	lineTimes
	// lineEnded: something of the line has left or was given back.
	lineEnded
	lineDrawn
	linePrev // of entries only: the hold was there before
	// lineItem, of entries only: the line is not of the event's item with the same
	// number.
	lineItem
	lineLot  // of rows only
	lineCall // not the first
	// lineTallied, a yes: the line counts in the figures of its channel.
	lineTallied
	lineCustomer
	linePromised
	lineChosen // the choice of lots
	lineLeg
	lineLeft
	lineWithdrawn
	lineKept // a till keeps it, of an order of the centre
	// lineCounted, a yes: the units that a till drew count in figures of channels.
	lineCounted
	lineReturned
	lineKnown = 1<<iota - 1

	lineRare = lineKnown &^ (lineCall - 1)
	// lineEntryKnown and lineRowKnown are the bits of a line in an entry and in a row.
	lineEntryKnown = lineKnown &^ lineLot
	lineRowKnown   = lineKnown &^ (lineChanged | linePrev | lineItem)
)

// The bits of a leg's bitmap.
const (
	legCopy   uint64 = 1 << iota // a yes
	legUndone                    // a yes
	legJoined                    // of copies only
	legMore                      // of legs only
	legKnown  = 1<<iota - 1
)

// bits are those that mean the same in an entry and in a row.
func (l *Line) bits() uint64 {
	drawn := bit(len(l.Drawn) > 0, lineDrawn)
	if l.isPlain() {
		drawn = linePlain
	}
	return drawn | bit(l.Deadline != 0, lineDeadline) | bit(l.hasEndedUnits(), lineEnded) | bit(l.Call != 0, lineCall) |
		bit(l.Tallied, lineTallied) | bit(l.Customer != "", lineCustomer) | bit(l.PromisedFor != 0, linePromised) |
		bit(l.Lot != "", lineChosen) | bit(l.Leg != nil, lineLeg) | bit(len(l.Left) > 0, lineLeft) |
		bit(l.Withdrawn != 0, lineWithdrawn) | bit(l.Kept != nil, lineKept) |
		bit(l.Counted, lineCounted) | bit(l.Returned != 0, lineReturned)
}

// hasEndedUnits reports whether anything of the line has left or was given back.
func (l *Line) hasEndedUnits() bool {
	return l.End != Open || l.Confirmed != 0 || l.Released != 0 || l.LastConfirmed != 0 || l.LastReleased != 0
}

// isPlain reports whether all that was asked is drawn from the shared pool.
func (l *Line) isPlain() bool {
	return len(l.Drawn) == 1 && l.Drawn[0] == Balance{Shared, l.Requested}
}

func (l *Line) appendEnded(dst []byte) []byte {
	dst = append(dst, byte(l.End))
	dst = appendQty(dst, l.Confirmed)
	dst = appendQty(dst, l.Released)
	dst = appendQty(dst, l.LastConfirmed)
	return appendQty(dst, l.LastReleased)
}

// readEnded reads what appendEnded wrote.
func (l *Line) readEnded(s *byteReader) {
	l.End = End(s.byte())
	l.Confirmed, l.Released = s.qty(), s.qty()
	l.LastConfirmed, l.LastReleased = s.qty(), s.qty()
	s.want(l.End <= EndExpired && l.hasEndedUnits())
}

// appendRare writes what few lines have: the parts from lineCall on.
func (l *Line) appendRare(dst []byte, bits uint64) []byte {
	if bits&lineCall != 0 {
		dst = appendUint(dst, uint64(l.Call))
	}
	if bits&lineCustomer != 0 {
		dst = appendInt(appendString(dst, l.Customer), int64(l.Period))
	}
	if bits&linePromised != 0 {
		dst = appendTime(dst, l.CreatedAt, l.PromisedFor)
	}
	if bits&lineChosen != 0 {
		dst = appendString(dst, string(l.Lot))
	}
	if bits&lineLeg != 0 {
		dst = l.Leg.append(dst)
	}
	if bits&lineLeft != 0 {
		dst = appendBalances(dst, l.Left)
	}
	if bits&lineWithdrawn != 0 {
		dst = appendQty(dst, l.Withdrawn)
	}
	if bits&lineKept != 0 {
		dst = l.Kept.append(dst)
	}
	if bits&lineReturned != 0 {
		dst = appendQty(dst, l.Returned)
	}
	return dst
}

// readRare reads what appendRare wrote.
func (l *Line) readRare(s *byteReader, bits uint64) {
	l.Tallied, l.Counted = bits&lineTallied != 0, bits&lineCounted != 0
	if bits&lineCall != 0 {
		l.Call = s.index()
		s.want(l.Call != 0)
	}
	if bits&lineCustomer != 0 {
		l.Customer, l.Period = s.string(), Time(s.int())
		s.want(l.Customer != "")
	}
	if bits&linePromised != 0 {
		l.PromisedFor = s.readOptionalTime(l.CreatedAt)
	}
	if bits&lineChosen != 0 {
		l.Lot = readLot(s, s.string)
	}
	if bits&lineLeg != 0 {
		l.Leg = s.leg()
	}
	if bits&lineLeft != 0 {
		l.Left = s.readBalances()
	}
	if bits&lineWithdrawn != 0 {
		l.Withdrawn = s.qty()
		s.want(l.Withdrawn > 0)
	}
	if bits&lineKept != 0 {
		l.Kept = readKept(s)
	}
	if bits&lineReturned != 0 {
		l.Returned = s.qty()
		s.want(l.Returned > 0)
	}
}
