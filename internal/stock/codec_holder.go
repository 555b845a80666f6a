package stock

// The bits of the bitmap of an escrow's record. Without an epoch the item no longer keeps a
// record of the holder.
const (
	escrowEpoch uint64 = 1 << iota
	escrowAdded
	escrowCapped // a yes, with how many may stay
	escrowKnown  = 1<<iota - 1
)

// minEscrow is the least that a record takes: its bitmap and the holder.
const minEscrow = 2

// append writes the record; name writes the holder.
func (e *EscrowRecord) append(dst []byte, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, bit(e.Epoch != 0, escrowEpoch)|bit(e.Added != 0, escrowAdded)|bit(e.Capped, escrowCapped))
	dst = name(dst, e.Holder)
	if e.Epoch != 0 {
		dst = appendUint(dst, e.Epoch)
	}
	if e.Added != 0 {
		dst = appendQty(dst, e.Added)
	}
	if e.Capped {
		dst = appendQty(dst, e.Keep)
	}
	return dst
}

// read reads what append wrote.
func (e *EscrowRecord) read(s *byteReader, name func() string) {
	bits := s.bitmap(escrowKnown)
	s.want(bits == 0 || bits&escrowEpoch != 0)
	e.Holder = name()
	s.want(e.Holder != "")
	if bits&escrowEpoch != 0 {
		e.Epoch = s.uint()
		s.want(e.Epoch != 0)
	}
	if bits&escrowAdded != 0 {
		e.Added = s.readOptionalQty()
	}
	if e.Capped = bits&escrowCapped != 0; e.Capped {
		e.Keep = s.qty()
	}
}

func appendEscrows(dst []byte, escrows []EscrowRecord, name func([]byte, string) []byte) []byte {
	dst = appendUint(dst, uint64(len(escrows)))
	for i := range escrows {
		dst = escrows[i].append(dst, name)
	}
	return dst
}

// readEscrows reads what appendEscrows wrote, of a list that is not empty.
func readEscrows(s *byteReader, name func() string) []EscrowRecord {
	escrows := make([]EscrowRecord, s.optionalCount(minEscrow))
	for i := 0; i < len(escrows) && !s.bad; i++ {
		escrows[i].read(s, name)
	}
	return escrows
}

// The bits of a holder's bitmap.
const (
	holderOpen   uint64 = 1 << iota // a yes
	holderTicket                    // with the era
	holderSeq                       // with the hash
	holderDone
	holderKnown = 1<<iota - 1
)

func (h *Holder) append(dst []byte) []byte {
	dst = appendUint(dst, bit(h.Open, holderOpen)|bit(h.Ticket != 0, holderTicket)|bit(h.Seq != 0, holderSeq)|bit(h.Done != 0, holderDone))
	dst = appendUint(dst, h.Epoch)
	if h.Ticket != 0 {
		dst = appendUint(appendUint(dst, h.Ticket), h.Era)
	}
	if h.Seq != 0 {
		dst = append(appendUint(dst, h.Seq), h.Hash[:]...)
	}
	if h.Done != 0 {
		dst = appendUint(dst, uint64(h.Done))
	}
	return dst
}

// read reads what append wrote.
func (h *Holder) read(s *byteReader) {
	bits := s.bitmap(holderKnown)
	h.Open, h.Epoch = bits&holderOpen != 0, s.uint()
	s.want(h.Epoch != 0)
	if bits&holderTicket != 0 {
		h.Ticket, h.Era = s.uint(), s.uint()
		s.want(h.Ticket != 0)
	}
	if bits&holderSeq != 0 {
		h.Seq = s.uint()
		s.fill(h.Hash[:])
		s.want(h.Seq != 0)
	}
	if bits&holderDone != 0 {
		h.Done = s.uint32()
		s.want(h.Done != 0)
	}
}

// append writes which holder keeps a line, when it was asked to cancel it, and whether it
// refused.
func (k *Kept) append(dst []byte) []byte {
	return appendBool(appendInt(appendString(dst, k.Holder), int64(k.Asked)), k.Refused)
}

// readKept reads what append wrote.
func readKept(s *byteReader) *Kept {
	k := &Kept{Holder: s.string(), Asked: Time(s.int()), Refused: s.bool()}
	s.want(k.Asked >= 0 && (k.Asked != 0 || !k.Refused))
	return k
}
