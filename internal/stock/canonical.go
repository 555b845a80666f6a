package stock

// Two requests are the same request exactly when their canonical bytes are
// equal. The bytes are the operation, then what the caller asked for, field
// by field in the order of the struct; every string has its length before it.
//
// Some things are not part of the request. One is the sender (Note.Operator: a retry may
// come through another key or terminal). The others are what the server adds from its
// knowledge at the time, which may differ when the request is sent again: buckets, Open,
// Demand.Known, Demand.Inactive, Target.Keyed, Observe.Quotas, Observe.Booked where it is
// Reckoned, what is found of a reason's code, Cleanup.Expired, Place.Home and Place.Away.
// Lines stay in the order given: a client that sends a request again sends it unchanged.

func (k ItemKey) appendCanonical(dst []byte) []byte { return appendItemKey(dst, k) }

func (k OrderKey) appendCanonical(dst []byte) []byte {
	return appendString(appendString(dst, k.Tenant), k.Order)
}

func (n Note) appendCanonical(dst []byte) []byte {
	dst = appendString(appendString(dst, n.Reason), n.Reference)
	if n.Code != "" { // what has none has the bytes of before there were codes
		dst = appendString(dst, n.Code)
	}
	return dst
}

// noCode comes before fields that follow a note and are not always there. The code that
// ends some notes is never empty, so the two cannot be mistaken for one another.
const noCode = ""

func (t Target) appendCanonical(dst []byte) []byte {
	dst = t.Order.appendCanonical(dst)
	dst = t.Item.appendCanonical(dst)
	return appendQty(dst, t.Qty)
}

func (s Spot) appendCanonical(dst []byte) []byte {
	return appendString(s.Item.appendCanonical(dst), string(s.Account))
}

func appendBool(dst []byte, b bool) []byte { return append(dst, bit[byte](b, 1)) }
