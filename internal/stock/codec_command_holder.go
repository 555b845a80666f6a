package stock

func (s *commandSource) greetHolder() GreetHolder {
	c := GreetHolder{s.itemKey(), s.bucket(), s.uint(), s.uint(), s.uint(), s.uint(), s.uint(), [32]byte{}}
	s.fill(c.Hash[:])
	return c
}

func (s *commandSource) grant() Grant {
	return Grant{s.itemKey(), s.bucket(), s.string(), s.uint(), s.qty(), s.qty(), s.string(), s.note()}
}

func (s *commandSource) recallGrant() RecallGrant {
	return RecallGrant{s.itemKey(), s.bucket(), s.string(), s.uint(), s.qty(), s.note()}
}

func (s *commandSource) reclaim() Reclaim {
	return Reclaim{s.itemKey(), s.bucket(), s.string(), s.bool(), s.note()}
}

// append writes the entry as a record of its own.
func (c Mirror) append(dst []byte) []byte {
	dst = appendItemAt(dst, c.Holder, c.Bucket)
	for _, v := range [...]uint64{c.Epoch, c.Ticket, c.After, uint64(c.Done), c.Seq, uint64(c.Upto)} {
		dst = appendUint(dst, v)
	}
	dst = appendQty(append(dst, c.Hash[:]...), c.Booked)
	if c.Event == nil {
		return append(dst, 0)
	}
	b := NewRecordBuilder()
	b.Reset(RecordHeader{})
	if _, err := b.Add(c.Event); err != nil {
		return append(dst, 2) // no reader accepts it
	}
	body, _, text := b.Finish([saltSize]byte{})
	return appendString(appendString(append(dst, 1), string(body)), string(text))
}

// mirror reads what append wrote.
func (s *commandSource) mirror() Mirror {
	c := Mirror{
		Holder: s.itemKey(), Bucket: s.bucket(), Epoch: s.uint(), Ticket: s.uint(), After: s.uint(),
		Done: s.uint32(), Seq: s.uint(), Upto: s.uint32(),
	}
	s.fill(c.Hash[:])
	c.Booked = s.qty()
	if !s.bool() {
		return c
	}
	body, text := []byte(s.string()), []byte(s.string())
	r, err := ParseRecord(body)
	if err != nil || r.Len() != 1 || r.Attach(text) != nil {
		s.spoil()
		return c
	}
	if c.Event, err = r.Event(0); err != nil {
		s.spoil()
	}
	return c
}

func (s *commandSource) writeBack() WriteBack {
	return WriteBack{
		Item: s.itemKey(), Bucket: s.bucket(), Epoch: s.uint(), Seq: s.uint(), Kind: WriteBackKind(s.byte()), Order: s.orderKey(), Qty: s.qty(),
		Channel: s.string(), Customer: s.string(), Deadline: Time(s.int()), Note: s.note(),
	}
}

// appendOn writes a Mirror of an entry that has a channel.
func (c Mirror) appendOn(dst []byte) []byte { return c.append(appendString(dst, c.Channel)) }

// readMirrorOn reads a Mirror of an entry that has a channel.
func readMirrorOn(s *commandSource) Mirror {
	channel := s.string()
	s.want(channel != "")
	c := s.mirror()
	c.Channel = channel
	return c
}

// offer reads what appendOffer wrote.
func (s *commandSource) offer() Offer {
	o := Offer{Order: s.orderKey(), Channel: s.string(), Customer: s.string()}
	if n := s.count(minOffered); n > 0 {
		o.Lines = make([]Demand, n)
		for i := range o.Lines {
			o.Lines[i] = Demand{Item: s.itemKey(), Bucket: s.bucket(), Qty: s.qty()}
		}
	}
	return o
}

// minOffered is the least that a line of an offer takes: the four parts of its item, its bucket
// and a quantity.
const minOffered = 6

// repair reads what append wrote.
func (s *commandSource) repair() Repair {
	c := Repair{Item: s.itemKey(), Bucket: s.bucket(), Version: s.uint()}
	c.Lines.Held = s.qty()
	for n := s.count(3); n > 0 && !s.bad; n-- {
		c.Lines.Channels = append(c.Lines.Channels, ChannelHeld{s.string(), s.qty(), s.qty()})
	}
	c.Note = s.note()
	return c
}
