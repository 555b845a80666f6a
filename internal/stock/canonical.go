package stock

// Two requests are the same request exactly when their canonical bytes are
// equal. The bytes are the operation, then what the caller asked for, field
// by field in the order of the struct; every string has its length before it.
//
// Not part of the request is who sent it (Note.Operator: a retry may come
// through another key or terminal) and what the server adds from what it
// knows at the time, which may be something else when the request is sent
// again: buckets, Open, Demand.Known, Target.Keyed, Observe.Quotas,
// Cleanup.Expired, Place.Home and Place.Away. Lines
// stay in the order given: who sends a request again sends it as it was.

func (k ItemKey) appendCanonical(dst []byte) []byte { return appendItemKey(dst, k) }

func (k OrderKey) appendCanonical(dst []byte) []byte {
	return appendString(appendString(dst, k.Tenant), k.Order)
}

func (n Note) appendCanonical(dst []byte) []byte {
	return appendString(appendString(dst, n.Reason), n.Reference)
}

func (t Target) appendCanonical(dst []byte) []byte {
	dst = t.Order.appendCanonical(dst)
	dst = t.Item.appendCanonical(dst)
	return appendQty(dst, t.Qty)
}

func (s Spot) appendCanonical(dst []byte) []byte {
	return appendString(s.Item.appendCanonical(dst), string(s.Account))
}

func appendBool(dst []byte, b bool) []byte { return append(dst, bit[byte](b, 1)) }

// AppendCanonical appends what makes two requests the same.
func (c OpenItem) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpOpen)))
	dst = appendString(dst, c.Unit)
	dst = append(dst, c.Scale)
	dst = appendQty(dst, c.Qty)
	dst = appendQty(dst, c.Threshold)
	dst = appendBool(dst, c.Tracked)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Restock) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpRestock)))
	dst = appendQty(dst, c.Qty)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Adjust) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpAdjust)))
	dst = appendQty(dst, c.Delta)
	dst = appendBool(dst, c.Set)
	dst = appendQty(dst, c.SetTo)
	dst = appendUint(dst, c.Version)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Observe) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpObserve)))
	dst = appendQty(dst, c.Seen)
	dst = appendQty(dst, c.Booked)
	dst = appendInt(dst, int64(c.AsOf))
	dst = appendString(dst, c.Source)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c SetThreshold) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpThreshold)))
	dst = appendQty(dst, c.Threshold)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c SetSaleStatus) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpSaleStatus)))
	dst = appendString(dst, c.Channel)
	dst = appendBool(dst, c.OnSale)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Place) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(OpPlace)))
	bits := c.bits()
	dst = appendString(appendUint(dst, bits), c.Channel)
	dst = appendUint(dst, uint64(len(c.Lines)))
	for _, d := range c.Lines {
		dst = d.Item.appendCanonical(dst)
		dst = appendQty(dst, d.Qty)
	}
	dst = appendInt(dst, int64(c.TTL))
	return c.appendParts(c.Note.appendCanonical(dst), bits)
}

// AppendCanonical appends what makes two requests the same.
func (c Commit) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpCommit)))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Extend) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpExtend)))
	dst = appendInt(dst, int64(c.TTL))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Confirm) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpConfirm)))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Release) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpRelease)))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Expire) AppendCanonical(dst []byte) []byte {
	return c.Order.appendCanonical(append(dst, byte(OpExpire)))
}

// AppendCanonical appends what makes two requests the same.
func (c Move) AppendCanonical(dst []byte) []byte {
	dst = c.From.appendCanonical(append(dst, byte(OpMove)))
	dst = c.To.appendCanonical(dst)
	dst = appendQty(dst, c.Qty)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Return) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpReturn)))
	dst = appendQty(dst, c.Qty)
	dst = appendString(dst, string(c.To))
	dst = appendString(dst, c.Order)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c SoldElsewhere) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpSoldElsewhere)))
	dst = appendQty(dst, c.Qty)
	dst = appendString(dst, c.Channel)
	dst = appendString(dst, c.Order)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Shift) AppendCanonical(dst []byte) []byte {
	dst = appendUint(append(dst, byte(OpTransfer)), uint64(len(c.Lines)))
	for i := range c.Lines {
		dst = c.Lines[i].appendCanonical(dst)
	}
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Cleanup) AppendCanonical(dst []byte) []byte {
	return appendString(append(dst, byte(OpCleanup)), c.Tenant)
}

// AppendCanonical appends what makes two requests the same.
func (c Settle) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(c.What)))
	dst = append(c.Item.appendCanonical(dst), c.Call[:]...)
	dst = appendQty(dst, c.Confirmed)
	dst = appendQty(dst, c.Released)
	dst = appendInt(dst, int64(c.Deadline))
	dst = appendBool(dst, c.Undo)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c SetQuotas) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpQuota)))
	dst = append(appendSettings(dst, c.Set), byte(c.Lower))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Allot) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpAllot)))
	dst = append(appendQty(dst, c.Keep), byte(c.Mode))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c ResetSold) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpQuotaReset)))
	dst = appendStrings(dst, c.Channels)
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c SetPromises) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpPromise)))
	dst = c.Backorder.append(c.Presale.append(dst))
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Fulfil) AppendCanonical(dst []byte) []byte {
	return c.Item.appendCanonical(c.Order.appendCanonical(append(dst, byte(OpFulfil))))
}

// AppendCanonical appends what makes two requests the same.
func (c Close) AppendCanonical(dst []byte) []byte {
	return c.Order.appendCanonical(append(dst, byte(OpPlace)))
}
