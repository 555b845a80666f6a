package stock

// Two requests are the same request exactly when their canonical bytes are
// equal. The bytes are the operation, then what the caller asked for, field
// by field in the order of the struct; every string has its length before it.
//
// Not part of the request is who sent it (Note.Operator: a retry may come
// through another key or terminal) and what the server adds from what it
// knows at the time, which may be something else when the request is sent
// again: buckets, Open, Demand.Known, Demand.Inactive, Target.Keyed, Observe.Quotas,
// Observe.Booked where it is Reckoned, what is found of a reason's code,
// Cleanup.Expired, Place.Home and Place.Away. Lines
// stay in the order given: who sends a request again sends it as it was.

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

// noCode comes before what follows a note and is not always there: the code that ends
// some notes is never empty, so that the two cannot be taken for one another.
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
