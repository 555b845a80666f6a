package stock

import (
	"fmt"
	"slices"
)

// Flags of an entry: which optional parts follow.
const (
	entryOrder byte = 1 << iota
	entryChannel
	entryItems
	entryLines
	entryCall
	entryShort
	entryRefusal
	entryNote
)

// encodable reports what in the event has no encoding. Rules never return
// such an event.
func (e *Event) encodable() error {
	switch {
	case e.Op == 0:
		return fmt.Errorf("event without an operation")
	case e.Refusal != nil && e.Refusal.Code == 0:
		return fmt.Errorf("%s: refusal without a code", e.Op)
	case e.Expired != 0 && e.Op != OpCleanup:
		return fmt.Errorf("%s: only a cleanup counts expired lines", e.Op)
	case (e.Op == OpHandover) != (e.Handover != nil) || (e.Op == OpArrive || e.Op == OpRecallKey) != (e.From != nil):
		return fmt.Errorf("%s: it must, and only it may, say where a bucket comes from or goes to", e.Op)
	case e.Handover != nil && (e.Handover.Bucket >= Buckets || e.Handover.Stage >= stages):
		return fmt.Errorf("%s: there is no such bucket or stage", e.Op)
	case (e.Op == OpSpread) != (e.Spread != nil) || e.Spread != nil && (e.Spread.Tenant != e.Tenant || e.Spread.Seal >= seals):
		return fmt.Errorf("%s: it must, and only it may, say how a location of the tenant is placed", e.Op)
	case (e.Op == OpRehouse && len(e.Lines) > 0) != (e.Leaves != nil) || e.Leaves != nil && *e.Leaves >= Buckets:
		return fmt.Errorf("%s: its lines must, and only they may, leave a bucket", e.Op)
	}
	for i := range e.Items {
		if c := &e.Items[i]; c.Key.Tenant != e.Tenant || c.Bucket >= Buckets {
			return fmt.Errorf("%s: item %d is of another tenant or of no bucket", e.Op, i)
		}
	}
	for i := range e.Lines {
		c := &e.Lines[i]
		if c.Line.Item.Tenant != e.Tenant || c.Bucket >= Buckets {
			return fmt.Errorf("%s: line %d is of another tenant or of no bucket", e.Op, i)
		}
		if c.Line.End > EndExpired || c.Line.Call < 0 || c.Line.Call != int(int32(c.Line.Call)) {
			return fmt.Errorf("%s: line %d has no such end or call", e.Op, i)
		}
	}
	if c := e.Call; c != nil {
		if c.HomeBucket >= Buckets || slices.ContainsFunc(c.Legs, func(b Bucket) bool { return b >= Buckets }) {
			return fmt.Errorf("%s: the call reaches into no bucket", e.Op)
		}
	}
	return nil
}

// appendEntry writes the event without its tenant and its note, which the
// block keeps. Note is the note's number in the block from 1, 0 for none.
// Times and seqs are written as differences to those of the record.
func (d *dictionary) appendEntry(dst []byte, e *Event, note int, in *RecordHeader) []byte {
	dst = append(dst, byte(e.Op),
		bit(e.Order != "", entryOrder)|bit(e.Channel != "", entryChannel)|
			bit(len(e.Items) > 0, entryItems)|bit(len(e.Lines) > 0, entryLines)|
			bit(e.Call != nil, entryCall)|bit(len(e.Short) > 0, entryShort)|
			bit(e.Refusal != nil, entryRefusal)|bit(note > 0, entryNote))
	if e.Order != "" {
		dst = appendString(dst, e.Order)
	}
	if e.Channel != "" {
		dst = d.append(dst, e.Channel)
	}
	if note > 0 {
		dst = appendUint(dst, uint64(note))
	}
	if len(e.Items) > 0 {
		dst = appendUint(dst, uint64(len(e.Items)))
		for i := range e.Items {
			dst = d.appendItemChange(dst, &e.Items[i], in.At)
		}
	}
	if len(e.Lines) > 0 {
		dst = appendUint(dst, uint64(len(e.Lines)))
		for i := range e.Lines {
			dst = d.appendLineChange(dst, e, i, in)
		}
	}
	if e.Call != nil {
		dst = d.appendCall(dst, e)
	}
	if len(e.Short) > 0 {
		dst = d.appendShortages(dst, e.Short)
	}
	if r := e.Refusal; r != nil {
		dst = append(dst, byte(r.Code))
		dst = appendString(dst, r.Detail)
		dst = d.append(dst, r.Field)
		dst = d.append(dst, r.State)
		dst = appendUint(dst, r.Version)
		dst = d.appendShortages(dst, r.Shortages)
	}
	switch e.Op {
	case OpCleanup:
		dst = appendUint(dst, e.Expired)
	case OpHandover:
		dst = e.Handover.append(dst)
	case OpArrive, OpRecallKey:
		dst = e.From.append(dst)
	case OpSpread:
		dst = e.Spread.append(dst)
	case OpRehouse:
		if e.Leaves != nil {
			dst = appendUint(dst, uint64(*e.Leaves))
		}
	}
	return dst
}

// appendCall writes the call. Its home is the number, from 1, of the first
// line of the event that is it, or 0 and the home itself.
func (d *dictionary) appendCall(dst []byte, e *Event) []byte {
	c := e.Call
	home := e.homeLine()
	dst = appendUint(dst, uint64(home))
	if home == 0 {
		dst = d.append(dst, c.HomeLocation)
		dst = d.append(dst, c.HomeProduct)
		dst = appendUint(dst, uint64(c.HomeBucket))
	}
	return appendLegs(dst, c.Legs)
}

func (e *Event) homeLine() int {
	for i := range e.Lines {
		if e.Call.homeAt(&e.Lines[i].Line, e.Lines[i].Bucket) {
			return i + 1
		}
	}
	return 0
}

// homeAt reports whether the line, which lies in the bucket, is the home.
func (c *Call) homeAt(l *Line, b Bucket) bool {
	return l.Item.Product == c.HomeProduct && l.Item.Location == c.HomeLocation && b == c.HomeBucket
}

func appendLegs(dst []byte, legs []Bucket) []byte {
	dst = appendUint(dst, uint64(len(legs)))
	for _, b := range legs {
		dst = appendUint(dst, uint64(b))
	}
	return dst
}

func (d *dictionary) appendShortages(dst []byte, short []Shortage) []byte {
	dst = appendUint(dst, uint64(len(short)))
	for i := range short {
		s := &short[i]
		dst = d.append(dst, s.Location)
		dst = d.append(dst, s.Product)
		dst = appendQty(dst, s.Requested)
		dst = appendQty(dst, s.Available)
		dst = append(dst, bit[byte](s.NotOnSale, 1))
	}
	return dst
}
