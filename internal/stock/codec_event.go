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

// Flags of an item in an entry and in a row. itemChanged is of entries only.
const (
	itemChanged byte = 1 << iota
	itemTracked
	itemOnSale
	itemLot
	itemUnit
	itemOff
	itemSeen
	itemThreshold
)

// Flags of a line in an entry, written as a number: what is usual for a new
// line takes one byte.
const (
	lineChanged uint64 = 1 << iota
	// lineOfItem: the line is of the event's item with the same number.
	lineOfItem
	// lineChannel: the line has another channel than the event.
	lineChannel
	// lineEnded: something of the line has left or was given back.
	lineEnded
	lineDeadline
	// lineNew: the line was made and changed at the time of the record.
	lineNew
	// linePlain: all that was asked is drawn, from the shared pool.
	linePlain
	// lineCall: the line belongs to another call than the first.
	lineCall
	// linePrev: the hold was there before.
	linePrev
	lineUnused
)

// encodable reports what in the event has no encoding. Rules never return
// such an event.
func (e *Event) encodable() error {
	switch {
	case e.Op == 0:
		return fmt.Errorf("event without an operation")
	case e.Refusal != nil && e.Refusal.Code == 0:
		return fmt.Errorf("%s: refusal without a code", e.Op)
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
		flag(e.Order != "", entryOrder)|flag(e.Channel != "", entryChannel)|
			flag(len(e.Items) > 0, entryItems)|flag(len(e.Lines) > 0, entryLines)|
			flag(e.Call != nil, entryCall)|flag(len(e.Short) > 0, entryShort)|
			flag(e.Refusal != nil, entryRefusal)|flag(note > 0, entryNote))
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
	return dst
}

func (d *dictionary) appendItemChange(dst []byte, c *ItemChange, at Time) []byte {
	flags := flag(c.Changed, itemChanged) | flag(c.Tracked, itemTracked) | flag(c.OnSale, itemOnSale) |
		flag(c.Key.Lot != "", itemLot) | flag(c.Unit != "" || c.Scale != 0, itemUnit) |
		flag(len(c.Off) > 0, itemOff) | flag(c.Seen != Seen{}, itemSeen) | flag(c.Threshold != 0, itemThreshold)
	dst = append(dst, flags)
	dst = d.append(dst, c.Key.Location)
	dst = d.append(dst, c.Key.Product)
	if flags&itemLot != 0 {
		dst = d.append(dst, c.Key.Lot)
	}
	dst = appendUint(dst, uint64(c.Bucket))
	if flags&itemUnit != 0 {
		dst = d.append(dst, c.Unit)
		dst = append(dst, c.Scale)
	}
	if flags&itemThreshold != 0 {
		dst = appendQty(dst, c.Threshold)
	}
	if flags&itemOff != 0 {
		dst = appendUint(dst, uint64(len(c.Off)))
		for _, channel := range c.Off {
			dst = d.append(dst, channel)
		}
	}
	if flags&itemSeen != 0 {
		dst = appendTime(dst, at, c.Seen.AsOf)
		dst = d.append(dst, c.Seen.Source)
	}
	dst = appendUint(dst, c.Version)
	dst = appendTime(dst, at, c.UpdatedAt)
	dst = appendUint(dst, uint64(len(c.Postings)))
	for _, p := range c.Postings {
		dst = d.appendAccount(dst, p.From)
		dst = d.appendAccount(dst, p.To)
		dst = appendQty(dst, p.Qty)
	}
	dst = d.appendBalances(dst, c.Touched)
	guess := guessFigures(c.Touched)
	dst = appendQty(dst, c.Figures.Available-guess.Available)
	dst = appendQty(dst, c.Figures.Held-guess.Held)
	return appendQty(dst, c.Figures.OnHand-guess.OnHand)
}

// guessFigures is what the figures are when the item has no accounts but the
// ones touched and the usual two. Figures are written as differences to it.
// It is part of the format.
func guessFigures(touched []Balance) Figures {
	var f Figures
	for _, b := range touched {
		switch {
		case b.Account == Held:
			f.Held = b.Qty
		case b.Account.Sellable():
			f.Available += b.Qty
		}
	}
	f.OnHand = f.Available + f.Held
	return f
}

func (d *dictionary) appendLineChange(dst []byte, e *Event, i int, in *RecordHeader) []byte {
	c := &e.Lines[i]
	l := &c.Line
	at := in.At
	ofItem := i < len(e.Items) && e.Items[i].Key == l.Item && e.Items[i].Bucket == c.Bucket
	flags := flag(c.Changed, lineChanged) | flag(ofItem, lineOfItem) |
		flag(l.Channel != e.Channel, lineChannel) | flag(l.ended(), lineEnded) |
		flag(l.Deadline != 0, lineDeadline) | flag(l.CreatedAt == at && l.UpdatedAt == at, lineNew) |
		flag(l.plain(), linePlain) | flag(l.Call != 0, lineCall) | flag(c.Prev != 0, linePrev)
	dst = appendUint(dst, flags)
	if !ofItem {
		dst = d.append(dst, l.Item.Location)
		dst = d.append(dst, l.Item.Product)
		dst = d.append(dst, l.Item.Lot)
		dst = appendUint(dst, uint64(c.Bucket))
	}
	if flags&lineChannel != 0 {
		dst = d.append(dst, l.Channel)
	}
	if flags&lineCall != 0 {
		dst = appendUint(dst, uint64(l.Call))
	}
	if flags&linePrev != 0 {
		dst = appendUint(dst, in.Seq-c.Prev)
	}
	dst = appendQty(dst, l.Requested)
	if flags&linePlain == 0 {
		dst = d.appendBalances(dst, l.Drawn)
	}
	if flags&lineEnded != 0 {
		dst = l.appendEnded(dst)
	}
	if flags&lineDeadline != 0 {
		dst = appendTime(dst, at, l.Deadline)
	}
	if flags&lineNew == 0 {
		dst = appendTime(dst, at, l.CreatedAt)
		dst = appendTime(dst, at, l.UpdatedAt)
	}
	return dst
}

// ended reports whether anything of the line has left or was given back.
func (l *Line) ended() bool {
	return l.End != Open || l.Confirmed != 0 || l.Released != 0 || l.LastConfirmed != 0 || l.LastReleased != 0
}

// plain reports whether all that was asked is drawn from the shared pool.
func (l *Line) plain() bool {
	return len(l.Drawn) == 1 && l.Drawn[0] == Balance{Shared, l.Requested}
}

func (l *Line) appendEnded(dst []byte) []byte {
	dst = append(dst, byte(l.End))
	dst = appendQty(dst, l.Confirmed)
	dst = appendQty(dst, l.Released)
	dst = appendQty(dst, l.LastConfirmed)
	return appendQty(dst, l.LastReleased)
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
		dst = append(dst, flag[byte](s.NotOnSale, 1))
	}
	return dst
}
