package stock

import "slices"

// SoldElsewhere records a sale that has already happened: it cannot be refused. First go
// the units that the channel may draw, then those of the pool and of other quotas: there is one
// shelf. Units that none of them has come from the oversold account. When the item's key names a lot,
// units of that lot were sold.
type SoldElsewhere struct {
	Item    ItemKey
	Bucket  Bucket
	Qty     Qty
	Channel string
	Order   string
	// At is when it was sold; 0: nobody has said. It is no part of what makes two requests the
	// same: the caller has it in the note.
	At   Time
	Open *Opening
	Note Note
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
		from := it.drawsAnyway(c.Channel, now)
		if lot != "" {
			from = []Account{Shared.InLot(lot)}
		}
		sale{&d, c.Channel}.take(from, c.Qty)
		noteMoment(&e, &d, c.At, now)
	}
	return orNothing(e, d.end(now, "quantity"))
}

// drawsAnyway is Draws for a sale that has happened, whichever orders wait.
func (i *Item) drawsAnyway(channel string, now Time) []Account {
	from := i.reaches(channel, now, true)
	if from == nil {
		from = []Account{Shared} // the campaign does not run, but the units were sold
	}
	if len(i.Lots) > 0 {
		from = i.reachesLots(from, "", now)
	}
	return from
}

// sale is units that left on a channel, and no line holds.
type sale struct {
	*draft
	channel string
}

// take posts n units from the accounts, first to last, then from the pool and from quotas of others,
// which shrink: nobody sold of them. What they have not is oversold.
func (s sale) take(from []Account, n Qty) {
	all := from
	if !slices.ContainsFunc(from, func(a Account) bool { _, _, of := a.Lot(); return of }) {
		all = s.was.lacking(from...)
	}
	for i, a := range all {
		rest := s.draft.take(n, Customer, a)
		if id, quota := a.Channel(); i < len(from) || !quota || id == s.channel {
			s.count(a, n-rest)
		}
		n = rest
	}
	s.post(Oversold, Customer, n)
}

// count counts units of the account as sold: of the quota that they are of, or of the pool on
// the channel.
func (s sale) count(from Account, n Qty) {
	as := Line{Channel: s.channel, Tallied: s.was.keepsChannel(s.channel), Counted: true}
	if id, ok := as.CountsIn(from); ok && n > 0 && s.was.Channel(id) != nil {
		_, sold := s.draft.channel(id).figures(from)
		*sold += n
	}
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
