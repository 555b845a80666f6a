package stock

import (
	"fmt"
	"slices"
)

// The bits of an entry's bitmap. Those from entryExpired on are of some operations only.
const (
	entryNote uint64 = 1 << iota
	entryOrder
	entryChannel
	entryItems
	entryLines
	entryCall
	entryRefusal
	entryShort
	entryExpired
	entryStep
	entryOrigin
	entrySpread
	entryLeaves
	entryReason
	entryHappened
	entryBack
	entryKnown = 1<<iota - 1
)

// encodable reports what in the event cannot be encoded. Rules never return such an event.
func (e *Event) encodable() error {
	switch {
	case e.Op == 0:
		return fmt.Errorf("event without an operation")
	case e.Refusal != nil && e.Refusal.Code == 0:
		return fmt.Errorf("%s: refusal without a code", e.Op)
	case !e.partsFit():
		return fmt.Errorf("%s: it has a part that only other operations have, or lacks one of its own", e.Op)
	case e.Handover != nil && (e.Handover.Bucket >= Buckets || e.Handover.Stage >= stages):
		return fmt.Errorf("%s: there is no such bucket or stage", e.Op)
	case e.Spread != nil && (e.Spread.Tenant != e.Tenant || e.Spread.Seal >= seals):
		return fmt.Errorf("%s: there is no such seal, or the location is of another tenant", e.Op)
	case e.Leaves != nil && *e.Leaves >= Buckets:
		return fmt.Errorf("%s: its lines leave no bucket", e.Op)
	}
	if e.Happened < 0 {
		return fmt.Errorf("%s: it happened at no moment", e.Op)
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

// partsFit reports whether the parts that belong to an operation are there with
// it, and with no other.
func (e *Event) partsFit() bool {
	return (e.Expired == 0 || e.Op == OpCleanup) &&
		(e.Handover != nil) == (e.Op == OpHandover) &&
		(e.From != nil) == (e.Op == OpArrive || e.Op == OpRecallKey) &&
		(e.Spread != nil) == (e.Op == OpSpread) &&
		(e.Back == nil || e.Op == OpReturn) &&
		(e.Leaves != nil) == (e.Op == OpRehouse && len(e.Lines) > 0)
}

// appendEntry writes the event without its tenant and the free text of its note,
// which the block keeps. Note is the note's number in the block from 1, 0 for none.
// Times and seqs are written as differences to those of the record.
func (d *dictionary) appendEntry(dst []byte, e *Event, note int, in *RecordHeader) []byte {
	dst = appendUint(dst, bit(note > 0, entryNote)|bit(e.Order != "", entryOrder)|bit(e.Channel != "", entryChannel)|
		bit(len(e.Items) > 0, entryItems)|bit(len(e.Lines) > 0, entryLines)|bit(e.Call != nil, entryCall)|
		bit(e.Refusal != nil, entryRefusal)|bit(len(e.Short) > 0, entryShort)|
		bit(e.Expired != 0, entryExpired)|bit(e.Handover != nil, entryStep)|bit(e.From != nil, entryOrigin)|
		bit(e.Spread != nil, entrySpread)|bit(e.Leaves != nil, entryLeaves)|
		bit(e.Note.Code != "", entryReason)|bit(e.Happened != 0, entryHappened)|
		bit(e.Back != nil, entryBack))
	dst = append(dst, byte(e.Op))
	if note > 0 {
		dst = appendUint(dst, uint64(note))
	}
	if e.Order != "" {
		dst = appendString(dst, e.Order)
	}
	if e.Channel != "" {
		dst = d.append(dst, e.Channel)
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
		dst = e.Call.append(dst, e.homeLine(), d.append)
	}
	if e.Refusal != nil {
		dst = d.appendRefusal(dst, e.Refusal)
	}
	if len(e.Short) > 0 {
		dst = d.appendShortages(dst, e.Short)
	}
	if e.Expired != 0 {
		dst = appendUint(dst, e.Expired)
	}
	if e.Handover != nil {
		dst = e.Handover.append(dst)
	}
	if e.From != nil {
		dst = e.From.append(dst)
	}
	if e.Spread != nil {
		dst = e.Spread.append(dst)
	}
	if e.Leaves != nil {
		dst = appendUint(dst, uint64(*e.Leaves))
	}
	if e.Note.Code != "" {
		dst = d.append(dst, e.Note.Code)
	}
	if e.Happened != 0 {
		dst = appendInt(dst, int64(e.Happened-in.At))
	}
	if e.Back != nil {
		dst = e.Back.append(dst)
	}
	return dst
}

// homeLine is the number, from 1, of the first line that is the home of the
// event's call, 0 when none is.
func (e *Event) homeLine() int {
	for i := range e.Lines {
		if e.Call.homeAt(&e.Lines[i].Line, e.Lines[i].Bucket) {
			return i + 1
		}
	}
	return 0
}
