package stock

// Recall takes lots off sale, all that have the attributes of the lot that the item's key
// names. Their free units are withheld, and so are units that come back of them or are
// received later. When there is nothing of such a lot, the recall is for the named lot, for
// when it comes. Lift ends that: withheld units are sold again, unless they have expired.
// People decide about orders that hold units.
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
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpRecall, it, c.Note)
	lots := it.lotsWith(lot)
	if len(lots) == 0 && !c.Lift {
		lots = []Lot{lot}
	}
	changes := false
	for _, lot := range lots {
		if was := it.LotRecord(lot); c.Lift != (was == nil || !was.Recalled) {
			recallLot(&d, lot, c.Lift, now)
			changes = true
		}
	}
	if !changes {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "lot"))
}

// recallLot takes the lot off sale, or puts it back on sale.
func recallLot(d *draft, lot Lot, lift bool, now Time) {
	r := d.lot(lot, now)
	r.Recalled = !lift
	pool, aside := Shared.InLot(lot), Withheld.InLot(lot)
	switch {
	case !lift:
		d.post(pool, aside, d.balance(pool))
	case r.sells(d.was.LotPolicy, now):
		d.post(aside, pool, d.balance(aside))
	}
}

// lotsWith are the item's lots that have all attributes of the wanted one.
func (i *Item) lotsWith(want Lot) []Lot {
	var lots []Lot
	for n := range i.Lots {
		if i.Lots[n].Lot.Has(want) {
			lots = append(lots, i.Lots[n].Lot)
		}
	}
	return lots
}

func (c Recall) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
