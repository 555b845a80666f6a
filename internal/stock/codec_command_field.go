package stock

// This file writes and reads the commands' fields, in the order of the struct.

// commandSource reads a command.
type commandSource struct{ byteReader }

func (n Note) append(dst []byte) []byte {
	for _, text := range []string{n.Reason, n.Reference, n.Operator, n.Code, n.Denied} {
		dst = appendString(dst, text)
	}
	return append(dst, byte(n.Way))
}

func (s *commandSource) note() Note {
	n := Note{s.string(), s.string(), s.string(), s.string(), s.string(), Way(s.byte())}
	s.want(n.Way < ways)
	return n
}

func (s *commandSource) itemKey() ItemKey {
	return ItemKey{s.string(), s.string(), s.string(), s.string()}
}

func (s *commandSource) orderKey() OrderKey { return OrderKey{s.string(), s.string()} }

// The first byte of an opening, when there is one.
const (
	openPlain byte = 1 + iota
	openRecalled
)

// append writes the opening, nil as one byte.
func (o *Opening) append(dst []byte) []byte {
	if o == nil {
		return append(dst, 0)
	}
	kind := openPlain
	if len(o.Recalls) > 0 {
		kind = openRecalled
	}
	dst = append(appendString(append(dst, kind), o.Unit), o.Scale)
	if len(o.Recalls) > 0 {
		dst = appendRecalls(dst, o.Recalls, 0, appendString)
	}
	return dst
}

func (s *commandSource) opening() *Opening {
	kind := s.byte()
	if s.want(kind <= openRecalled); kind == 0 {
		return nil
	}
	o := &Opening{Unit: s.string(), Scale: s.byte()}
	if kind == openRecalled {
		o.Recalls = readRecalls(&s.byteReader, 0, s.string)
	}
	return o
}

// happened reads the moment before a command, if one is there.
func (s *commandSource) happened() (at Time, known bool) {
	if len(s.p) == 0 || s.p[0] != commandHappened {
		return 0, false
	}
	s.byte()
	at = Time(s.int())
	s.want(at != 0)
	return at, true
}

func (s *commandSource) restock() Restock {
	return Restock{Item: s.itemKey(), Bucket: s.bucket(), Qty: s.qty(), Open: s.opening(), Note: s.note()}
}

func (t Target) append(dst []byte) []byte {
	return appendBool(t.appendCanonical(dst), t.Keyed)
}

func (s *commandSource) target() Target {
	return Target{s.orderKey(), s.itemKey(), s.qty(), s.bool()}
}

func (t Spot) append(dst []byte) []byte {
	dst = appendUint(t.Item.appendCanonical(dst), uint64(t.Bucket))
	return appendString(dst, string(t.Account))
}

func (s *commandSource) spot() Spot { return Spot{s.itemKey(), s.bucket(), Account(s.string())} }

// appendItemAt writes the item and the bucket it is in.
func appendItemAt(dst []byte, k ItemKey, b Bucket) []byte {
	return appendUint(k.appendCanonical(dst), uint64(b))
}

func (s *commandSource) openItem() OpenItem {
	return OpenItem{
		Item: s.itemKey(), Bucket: s.bucket(), Unit: s.string(), Scale: s.byte(), Qty: s.qty(), Threshold: s.qty(), Tracked: s.bool(), Note: s.note(),
	}
}

func (s *commandSource) adjust() Adjust {
	return Adjust{
		Item: s.itemKey(), Bucket: s.bucket(), Delta: s.qty(), Set: s.bool(), SetTo: s.qty(), Version: s.uint(), Open: s.opening(), Note: s.note(),
	}
}

func (s *commandSource) observe() Observe {
	return Observe{s.itemKey(), s.bucket(), s.qty(), s.qty(), Time(s.int()), s.bool(), s.string(), s.names(s.string), s.opening(), s.note()}
}

func (s *commandSource) announce() Announce {
	return Announce{s.string(), s.string(), s.string(), Op(s.byte()), s.uint()}
}

func readReturn(s *commandSource) Return {
	return Return{
		Item: s.itemKey(), Bucket: s.bucket(), Qty: s.qty(), To: Account(s.string()), Ruled: s.bool(), Order: s.string(), Open: s.opening(), Note: s.note(),
	}
}

func (s *commandSource) soldElsewhere() SoldElsewhere {
	return SoldElsewhere{
		Item: s.itemKey(), Bucket: s.bucket(), Qty: s.qty(), Channel: s.string(), Order: s.string(), Open: s.opening(), Note: s.note(),
	}
}

// appendFor writes a Restock whose units are for an order.
func (c Restock) appendFor(dst []byte) []byte {
	return appendBool(appendString(c.append(dst), c.For), c.ForKnown)
}

// readRestockFor reads a Restock whose units are for an order.
func readRestockFor(s *commandSource) Restock {
	c := s.restock()
	c.For, c.ForKnown = s.string(), s.bool()
	s.want(c.For != "")
	return c
}

// isFree reports whether the return is not checked against its order, or was counted in other
// slots too.
func (c Return) isFree() bool { return c.Against != Checked || c.Away != (AwayReturn{}) }

func (c Return) appendFreely(dst []byte) []byte {
	return c.Away.append(append(c.append(dst), byte(c.Against)))
}

func readReturnFreely(s *commandSource) Return {
	c := readReturn(s)
	c.Against = Against(s.byte())
	c.Away.read(&s.byteReader)
	s.want(c.Against < againsts && c.isFree())
	return c
}

func (c SoldElsewhere) appendAt(dst []byte) []byte { return appendInt(c.append(dst), int64(c.At)) }

func readSoldElsewhereAt(s *commandSource) SoldElsewhere {
	c := s.soldElsewhere()
	c.At = Time(s.int())
	s.want(c.At != 0)
	return c
}
