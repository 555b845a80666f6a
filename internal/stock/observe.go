package stock

import "slices"

// Observe posts what somebody saw on the shelf: Seen units at AsOf when the
// books of the observer said Booked (what is on hand less what is oversold:
// the shelf lacks those too). Quotas lists the channels whose quotas
// give way after the shared pool, first to give first. Of which lot units are
// missing nobody can see who counts the item as a whole: then it is refused.
type Observe struct {
	Item         ItemKey
	Bucket       Bucket
	Seen, Booked Qty
	AsOf         Time
	Source       string
	Quotas       []string
	Open         *Opening
	Note         Note
}

// Op names the command.
func (c Observe) Op() Op { return OpObserve }

// Reach says what the command needs to be judged.
func (c Observe) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// An observation that is not newer than the latest one that counted is kept
// as an event that changes nothing.
func (c Observe) decide(s State, now Time) (Event, error) {
	if r := checkQty("seen", c.Seen, 0); r != nil {
		return Event{}, r
	}
	if r := checkQty("booked", c.Booked, 0); r != nil {
		return Event{}, r
	}
	if c.AsOf <= 0 {
		return Event{}, invalid("as_of", "as_of is missing")
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, notTracked(c.Item)
	}
	e, d := about(OpObserve, it, c.Note)
	// A clock that runs ahead must not shut out the looks that follow
	// (FAULTS F33: never later than receipt).
	asOf := min(c.AsOf, now)
	if asOf <= it.Seen.AsOf {
		d.show()
		return e, nil
	}
	d.to.Seen = Seen{AsOf: asOf, Source: c.Source}
	if diff := c.Seen - c.Booked; diff > 0 {
		// Found units first cover what was promised beyond the shelf.
		d.post(Adjustment, Shared, d.settle(diff, Adjustment))
	} else {
		missing := d.take(-diff, Adjustment, c.givers(it)...)
		if missing > 0 && len(it.Lots) > 0 {
			return Event{}, lotsRefused(c.Item, "lacks %d units more than are of no lot: adjust the lots that lack them", missing)
		}
		d.post(Oversold, Adjustment, missing)
	}
	return orNothing(e, d.done(now, "seen"))
}

// givers lists the accounts a shortfall meets: the shared pool, the quotas in
// the order of the command, then quotas that it does not name.
func (c Observe) givers(it *Item) []Account {
	from := []Account{Shared}
	for _, channel := range c.Quotas {
		from = append(from, Quota(channel))
	}
	for _, a := range it.quotas() {
		if !slices.Contains(from, a) {
			from = append(from, a)
		}
	}
	return from
}

// quotas lists the item's quota accounts by name.
func (i *Item) quotas() []Account {
	var names []Account
	for _, b := range i.Balances {
		if _, ok := b.Account.Channel(); ok {
			names = append(names, b.Account)
		}
	}
	return names
}

// AppendCanonical appends what makes two requests the same.
func (c Observe) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpObserve)))
	dst = appendQty(dst, c.Seen)
	dst = appendQty(dst, c.Booked)
	dst = appendInt(dst, int64(c.AsOf))
	dst = appendString(dst, c.Source)
	return c.Note.appendCanonical(dst)
}

func (c Observe) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Seen)
	dst = appendInt(appendQty(dst, c.Booked), int64(c.AsOf))
	dst = appendStrings(appendString(dst, c.Source), c.Quotas)
	return c.Note.append(c.Open.append(dst))
}

func (c Observe) foremost() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
