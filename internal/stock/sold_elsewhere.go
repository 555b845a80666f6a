package stock

// SoldElsewhere records a sale that has already happened: it cannot be refused. Units that
// the pools do not have come from the oversold account. When the item's key names a lot,
// units of that lot were sold.
type SoldElsewhere struct {
	Item    ItemKey
	Bucket  Bucket
	Qty     Qty
	Channel string
	Order   string
	Open    *Opening
	Note    Note
}

// Op names the command.
func (c SoldElsewhere) Op() Op { return OpSoldElsewhere }

// Reach says what the command needs to be judged.
func (c SoldElsewhere) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

func (c SoldElsewhere) decide(s State, now Time) (Event, error) {
	if r := checkQty("quantity", c.Qty, 1); r != nil {
		return Event{}, r
	}
	lot := c.Item.LotOf()
	if r := lot.check(c.Item); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpSoldElsewhere, it, c.Note)
	e.Order, e.Channel = c.Order, c.Channel
	if it.Tracked {
		missing := c.Qty
		as := Line{Channel: c.Channel, Tallied: it.Channel(c.Channel) != nil}
		from := it.reaches(c.Channel, now, true) // whichever orders wait: it was sold
		if from == nil {
			from = []Account{Shared} // the campaign does not run, but the units were sold
		}
		switch {
		case lot != "":
			from = []Account{Shared.InLot(lot)}
		case len(it.Lots) > 0:
			from = it.reachesLots(from, "", now)
		}
		for _, a := range from {
			rest := d.take(missing, Customer, a)
			if id, ok := as.CountsIn(a); ok && missing > rest {
				_, sold := d.channel(id).figures(a)
				*sold += missing - rest
			}
			missing = rest
		}
		d.post(Oversold, Customer, missing)
	}
	return orNothing(e, d.end(now, "quantity"))
}

// AppendCanonical appends what makes two requests the same.
func (c SoldElsewhere) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpSoldElsewhere)))
	dst = appendQty(dst, c.Qty)
	dst = appendString(dst, c.Channel)
	dst = appendString(dst, c.Order)
	return c.Note.appendCanonical(dst)
}

func (c SoldElsewhere) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	dst = appendString(appendString(dst, c.Channel), c.Order)
	return c.Note.append(c.Open.append(dst))
}

func (c SoldElsewhere) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
