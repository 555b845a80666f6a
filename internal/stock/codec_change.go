package stock

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
	// lineLeg: the line's units are in another slot than its home, it counts in
	// the figures of its channel, it was sold ahead for a date, or units of chosen
	// lots were asked for.
	lineLeg
	lineUnused
)

func (d *dictionary) appendItemChange(dst []byte, c *ItemChange, at Time) []byte {
	flags := bit(c.Changed, itemChanged) | bit(c.Tracked, itemTracked) | bit(c.OnSale, itemOnSale) |
		bit(c.Key.Lot != "", itemLot) | bit(c.Unit != "" || c.Scale != 0, itemUnit) |
		bit(len(c.Off) > 0, itemOff) | bit(c.Seen != Seen{}, itemSeen) | bit(c.Threshold != 0, itemThreshold)
	dst = append(dst, flags)
	dst = d.append(dst, c.Key.Location)
	dst = d.append(dst, c.Key.Product)
	if flags&itemLot != 0 {
		dst = d.append(dst, c.Key.Lot)
	}
	more := c.beside()
	dst = appendBucketBeside(dst, c.Bucket, len(c.Channels) > 0, more.some())
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
	dst = appendQty(dst, c.Figures.OnHand-guess.OnHand)
	if len(c.Channels) > 0 {
		dst = appendUint(dst, uint64(len(c.Channels)))
		for i := range c.Channels {
			dst = c.Channels[i].append(d.append(dst, c.Channels[i].ID), at)
		}
	}
	if more.some() {
		dst = more.append(dst, at, d.append)
	}
	if c.Rest != nil {
		dst = d.appendRest(dst, c.Rest, at)
	}
	return dst
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
	flags := bit(c.Changed, lineChanged) | bit(ofItem, lineOfItem) |
		bit(l.Channel != e.Channel, lineChannel) | bit(l.ended(), lineEnded) |
		bit(l.Deadline != 0, lineDeadline) | bit(l.CreatedAt == at && l.UpdatedAt == at, lineNew) |
		bit(l.plain(), linePlain) | bit(l.Call != 0, lineCall) | bit(c.Prev != 0, linePrev) |
		bit(l.besides(), lineLeg)
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
	if flags&lineLeg != 0 {
		dst = l.appendLeg(dst)
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
