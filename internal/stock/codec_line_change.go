package stock

func (d *dictionary) appendLineChange(dst []byte, e *Event, i int, in *RecordHeader) []byte {
	c := &e.Lines[i]
	l := &c.Line
	at := in.At
	ofItem := i < len(e.Items) && e.Items[i].Key == l.Item && e.Items[i].Bucket == c.Bucket
	bits := l.bits() | bit(c.Changed, lineChanged) | bit(l.Channel != e.Channel, lineChannel) |
		bit(l.CreatedAt != at || l.UpdatedAt != at, lineTimes) | bit(c.Prev != 0, linePrev) | bit(!ofItem, lineItem)
	dst = appendUint(dst, bits)
	dst = appendQty(dst, l.Requested)
	if bits&lineDeadline != 0 {
		dst = appendTime(dst, at, l.Deadline)
	}
	if bits&lineChannel != 0 {
		dst = d.append(dst, l.Channel)
	}
	if bits&lineTimes != 0 {
		dst = appendTime(appendTime(dst, at, l.CreatedAt), at, l.UpdatedAt)
	}
	if bits&lineEnded != 0 {
		dst = l.appendEnded(dst)
	}
	if bits&lineDrawn != 0 {
		dst = d.appendBalances(dst, l.Drawn)
	}
	if bits&linePrev != 0 {
		dst = appendUint(dst, in.Seq-c.Prev)
	}
	if bits&lineItem != 0 {
		dst = d.append(dst, l.Item.Location)
		dst = d.append(dst, l.Item.Product)
		dst = d.append(dst, l.Item.Lot)
		dst = appendUint(dst, uint64(c.Bucket))
	}
	if bits&lineRare != 0 {
		dst = l.appendRare(dst, bits)
	}
	return dst
}

// minLineChange is the least that a line takes: its bitmap and a quantity.
const minLineChange = 2

func (s *entrySource) lineChange(e *Event, i int, in *RecordHeader) {
	c := &e.Lines[i]
	l := &c.Line
	at := in.At
	bits := s.bitmap(lineEntryKnown)
	c.Changed = bits&lineChanged != 0
	l.Requested = s.qty()
	if bits&lineDeadline != 0 {
		l.Deadline = s.time(at)
		s.want(l.Deadline != 0)
	}
	l.Channel = e.Channel
	if bits&lineChannel != 0 {
		l.Channel = s.string()
		s.want(l.Channel != e.Channel)
	}
	l.CreatedAt, l.UpdatedAt = at, at
	if bits&lineTimes != 0 {
		l.CreatedAt, l.UpdatedAt = s.time(at), s.time(at)
		s.want(l.CreatedAt != at || l.UpdatedAt != at)
	}
	if bits&lineEnded != 0 {
		l.readEnded(&s.byteReader)
	}
	switch bits & (linePlain | lineDrawn) {
	case linePlain:
		l.Drawn = []Balance{{Shared, l.Requested}}
	case lineDrawn:
		l.Drawn = s.readOptionalBalances()
		s.want(!l.isPlain())
	case linePlain | lineDrawn:
		s.spoil()
	}
	if bits&linePrev != 0 {
		c.Prev = in.Seq - s.uint()
		s.want(c.Prev != 0)
	}
	s.lineItem(e, i, bits&lineItem != 0)
	if bits&lineRare != 0 {
		l.readRare(&s.byteReader, bits)
	}
}

// lineItem reads the item of line i, when it is there to be read.
func (s *entrySource) lineItem(e *Event, i int, there bool) {
	c := &e.Lines[i]
	switch {
	case there:
		c.Line.Item = ItemKey{Tenant: e.Tenant, Location: s.string(), Product: s.string(), Lot: s.string()}
		c.Bucket = s.bucket()
		s.want(i >= len(e.Items) || e.Items[i].Key != c.Line.Item || e.Items[i].Bucket != c.Bucket)
	case i < len(e.Items):
		c.Line.Item, c.Bucket = e.Items[i].Key, e.Items[i].Bucket
	default:
		s.spoil()
	}
}
