package stock

import (
	"cmp"
	"slices"
)

// Observe posts what somebody saw on the shelf: Seen units at AsOf, when the books of the
// observer had Booked units (those on hand less those oversold: the shelf lacks those too).
// Quotas lists the channels whose quotas give way after the shared pool, the first to give
// first. A count of the whole item cannot show of which lot units are missing: then it is
// refused. When the item's key names a lot, its units were counted, now.
type Observe struct {
	Item         ItemKey
	Bucket       Bucket
	Seen, Booked Qty
	AsOf         Time // 0: when it is decided
	// Reckoned says that the observer named no booked figure: Booked is the journal's
	// figure for AsOf, below zero when units were owed then; without a journal it is the
	// figure of the books at the decision.
	Reckoned bool
	Source   string
	Quotas   []string
	Open     *Opening
	Note     Note
}

// Op names the command.
func (c Observe) Op() Op { return OpObserve }

// Reach says what the command needs to be judged.
func (c Observe) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

// An observation that is not newer than the latest one that counted is stored as an event
// that changes nothing.
func (c Observe) decide(s State, now Time) (Event, error) {
	if r := checkQty("seen", c.Seen, 0); r != nil {
		return Event{}, r
	}
	least := Qty(0)
	if c.Reckoned {
		least = -MaxQty // more were owed than there were
	}
	if r := checkQty("booked", c.Booked, least); r != nil {
		return Event{}, r
	}
	lot := c.Item.LotOf()
	if r := lot.check(c.Item); r != nil {
		return Event{}, r
	}
	if c.AsOf < 0 || c.AsOf > 0 && lot != "" {
		return Event{}, invalid("as_of", "as_of must be a moment, and is left out where a lot is counted")
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpObserve, it, c.Note)
	if lot == "" {
		// A clock that runs ahead must not shut out later looks (FAULTS F33: never later
		// than receipt).
		asOf := min(c.AsOf, now)
		if asOf == 0 {
			asOf = max(now, it.Seen.AsOf+1)
		}
		if asOf <= it.Seen.AsOf {
			d.show()
			return e, nil
		}
		d.to.Seen = Seen{AsOf: asOf, Source: c.Source}
	}
	if diff := c.Seen - c.booked(it, lot); diff > 0 {
		// Found units first cover what was promised beyond the shelf.
		d.postArrival(Adjustment, Shared.InLot(lot), diff, now)
	} else {
		missing := d.take(-diff, Adjustment, c.givers(it, lot)...)
		if missing > 0 && lot == "" && len(it.Lots) > 0 {
			return Event{}, lotsRefused(c.Item, "lacks %d units more than are of no lot: observe or adjust the lots that lack them", missing)
		}
		d.post(Oversold, Adjustment, missing)
	}
	if lot != "" && len(d.to.Postings) == 0 {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "seen"))
}

// booked is the figure of the books at the time of the look.
func (c Observe) booked(it *Item, lot Lot) Qty {
	switch {
	case !c.Reckoned || c.AsOf > 0:
		return c.Booked
	case lot != "":
		return it.countOnHand(lot) // oversold units are of no lot
	}
	return it.Figures().OnHand + it.Of(Oversold)
}

// givers lists the accounts that cover a shortfall: the shared pool, the quotas in the
// order of the command, then quotas that it does not name; for a lot its pool.
func (c Observe) givers(it *Item, lot Lot) []Account {
	from := []Account{Shared.InLot(lot)}
	if lot != "" {
		return from
	}
	for _, channel := range c.Quotas {
		from = append(from, Quota(channel))
	}
	return it.lacking(from...)
}

// quotas lists the item's quota accounts in the order in which they give units that are gone: the
// lowest priority first, as quotas that are lent, and equal ones by name.
func (i *Item) quotas() []Account {
	var names []Account
	for _, b := range i.Balances {
		if _, ok := b.Account.Channel(); ok {
			names = append(names, b.Account)
		}
	}
	if len(i.Rules) > 0 {
		slices.SortStableFunc(names, func(a, b Account) int { return cmp.Compare(i.priority(a), i.priority(b)) })
	}
	return names
}

// priority is that of the rule of the channel whose quota the account is, 0 when it has none.
func (i *Item) priority(quota Account) uint32 {
	if id, ok := quota.Channel(); ok {
		if r := i.Rule(id); r != nil {
			return r.Priority
		}
	}
	return 0
}

// AppendCanonical appends what makes two requests the same.
func (c Observe) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpObserve)))
	dst = appendQty(dst, c.Seen)
	if c.Reckoned {
		dst = appendBool(dst, true)
	} else {
		dst = appendQty(appendBool(dst, false), c.Booked)
	}
	dst = appendInt(dst, int64(c.AsOf))
	dst = appendString(dst, c.Source)
	return c.Note.appendCanonical(dst)
}

func (c Observe) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Seen)
	dst = appendBool(appendInt(appendQty(dst, c.Booked), int64(c.AsOf)), c.Reckoned)
	dst = appendStrings(appendString(dst, c.Source), c.Quotas)
	return c.Note.append(c.Open.append(dst))
}

func (c Observe) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
