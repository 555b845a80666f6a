package stock

// Recall takes the lot that the item's key names off sale: what is free of it is
// withheld, and so is what comes back of it or is received of it later, also when
// nothing is there of it now. Lift ends that: what is withheld of the lot is sold
// again, unless it has expired. Orders that hold units of it are left to people.
type Recall struct {
	Item   ItemKey
	Bucket Bucket
	Lift   bool
	Note   Note
}

// Op names the command.
func (c Recall) Op() Op { return OpRecall }

// Reach says what the command needs to be judged.
func (c Recall) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

// AppendCanonical appends what makes two requests the same.
func (c Recall) AppendCanonical(dst []byte) []byte {
	dst = appendBool(c.Item.appendCanonical(append(dst, byte(OpRecall))), c.Lift)
	return c.Note.appendCanonical(dst)
}

func (c Recall) decide(s State, now Time) (Event, error) {
	lot := c.Item.LotOf()
	if lot == "" {
		return Event{}, invalid("lot", "lot is missing")
	}
	if r := lot.check(c.Item); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, nil)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, notTracked(c.Item)
	}
	e, d := about(OpRecall, it, c.Note)
	if was := it.LotRecord(lot); c.Lift == (was == nil || !was.Recalled) {
		d.show()
		return e, nil
	}
	r := d.lot(lot, now)
	r.Recalled = !c.Lift
	pool, aside := Shared.InLot(lot), Withheld.InLot(lot)
	switch {
	case !c.Lift:
		d.post(pool, aside, d.of(pool))
	case r.sells(it.LotPolicy, now):
		d.post(aside, pool, d.of(aside))
	}
	return orNothing(e, d.done(now, "lot"))
}
