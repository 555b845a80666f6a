package stock

// This file writes and reads the commands' fields, in the order of the struct.

// commandSource reads a command.
type commandSource struct{ source }

func (n Note) append(dst []byte) []byte {
	return appendString(n.appendCanonical(dst), n.Operator)
}

func (s *commandSource) note() Note { return Note{s.string(), s.string(), s.string()} }

func (s *commandSource) itemKey() ItemKey {
	return ItemKey{s.string(), s.string(), s.string(), s.string()}
}

func (s *commandSource) orderKey() OrderKey { return OrderKey{s.string(), s.string()} }

// append writes the opening, nil as one byte.
func (o *Opening) append(dst []byte) []byte {
	if o == nil {
		return append(dst, 0)
	}
	return append(appendString(append(dst, 1), o.Unit), o.Scale)
}

func (s *commandSource) opening() *Opening {
	if !s.bool() {
		return nil
	}
	return &Opening{s.string(), s.byte()}
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

// appendItemAt writes the item and the bucket it lies in.
func appendItemAt(dst []byte, k ItemKey, b Bucket) []byte {
	return appendUint(k.appendCanonical(dst), uint64(b))
}

func (c OpenItem) append(dst []byte) []byte {
	dst = appendString(appendItemAt(dst, c.Item, c.Bucket), c.Unit)
	dst = append(dst, c.Scale)
	dst = appendQty(dst, c.Qty)
	dst = appendQty(dst, c.Threshold)
	return c.Note.append(appendBool(dst, c.Tracked))
}

func (s *commandSource) openItem() OpenItem {
	return OpenItem{s.itemKey(), s.bucket(), s.string(), s.byte(), s.qty(), s.qty(), s.bool(), s.note()}
}

func (c Restock) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	return c.Note.append(c.Open.append(dst))
}

func (c Adjust) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Delta)
	dst = appendQty(appendBool(dst, c.Set), c.SetTo)
	dst = appendUint(dst, c.Version)
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) adjust() Adjust {
	return Adjust{s.itemKey(), s.bucket(), s.qty(), s.bool(), s.qty(), s.uint(), s.opening(), s.note()}
}

func (c Observe) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Seen)
	dst = appendInt(appendQty(dst, c.Booked), int64(c.AsOf))
	dst = appendStrings(appendString(dst, c.Source), c.Quotas)
	return c.Note.append(c.Open.append(dst))
}

func (s *commandSource) observe() Observe {
	return Observe{s.itemKey(), s.bucket(), s.qty(), s.qty(), Time(s.int()), s.string(), s.names(s.string), s.opening(), s.note()}
}

func (c SetThreshold) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Threshold)
	return c.Note.append(c.Open.append(dst))
}

func (c SetSaleStatus) append(dst []byte) []byte {
	dst = appendString(appendItemAt(dst, c.Item, c.Bucket), c.Channel)
	return c.Note.append(c.Open.append(appendBool(dst, c.OnSale)))
}

func (c Move) append(dst []byte) []byte {
	dst = appendQty(c.To.append(c.From.append(dst)), c.Qty)
	return c.Note.append(c.Open.append(dst))
}

func (c Return) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	dst = appendString(appendString(dst, string(c.To)), c.Order)
	return c.Note.append(c.Open.append(dst))
}

func (c SoldElsewhere) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	dst = appendString(appendString(dst, c.Channel), c.Order)
	return c.Note.append(c.Open.append(dst))
}
