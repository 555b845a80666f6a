package stock

// Look notes in the books of a till what somebody saw on the shelf: Seen units at AsOf. The
// till's books have only a part of the stock, so nothing is posted in them. The centre
// finds out what its books had then, and posts the difference.
type Look struct {
	Item   ItemKey
	Bucket Bucket
	Seen   Qty
	AsOf   Time // 0: when it is decided
	Source string
	Open   *Opening
	Note   Note
}

// Op names the command.
func (c Look) Op() Op { return OpObserve }

// Reach says what the command needs to be judged.
func (c Look) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// A look that is not newer than the latest one changes nothing.
func (c Look) decide(s State, now Time) (Event, error) {
	if r := checkQty("seen", c.Seen, 0); r != nil {
		return Event{}, r
	}
	if c.AsOf < 0 {
		return Event{}, invalid("as_of", "as_of must be a moment")
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpObserve, it, c.Note)
	asOf := c.AsOf
	if asOf == 0 {
		asOf = max(now, it.Seen.AsOf+1)
	}
	if asOf <= it.Seen.AsOf {
		d.show()
		return e, nil
	}
	seen := c.Seen
	d.to.Seen, d.to.Shelf = Seen{AsOf: asOf, Source: c.Source}, &seen
	return orNothing(e, d.done(now, "seen"))
}

// look posts what somebody saw at the till: the units that the shelf has more, or less,
// than these books had at that moment, which the caller has to find out. The difference
// goes to the shared pool and the quotas; what they lack is oversold.
func (m *mirroring) look(d *draft, there *ItemChange) *Refusal {
	asOf, seen := min(there.Seen.AsOf, m.now), *there.Shelf
	if r := checkQty("seen", seen, 0); r != nil {
		return r
	}
	if asOf <= d.was.Seen.AsOf || !d.was.Tracked {
		return nil
	}
	d.to.Seen = Seen{AsOf: asOf, Source: there.Seen.Source}
	if diff := seen - m.Booked; diff > 0 {
		d.postArrival(Adjustment, Shared, diff, m.now)
	} else {
		missing := d.take(-diff, Adjustment, d.was.lacking()...)
		d.post(Oversold, Adjustment, missing)
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c Look) AppendCanonical(dst []byte) []byte {
	dst = appendQty(c.Item.appendCanonical(append(dst, byte(OpObserve), 0)), c.Seen)
	return c.Note.appendCanonical(appendString(appendInt(dst, int64(c.AsOf)), c.Source))
}

func (c Look) append(dst []byte) []byte {
	dst = appendInt(appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Seen), int64(c.AsOf))
	return c.Note.append(c.Open.append(appendString(dst, c.Source)))
}

func (c Look) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
