package stock

import "strings"

// Spot is where units are: an account of an item.
type Spot struct {
	Item    ItemKey
	Bucket  Bucket
	Account Account
}

// Move moves units between two inside accounts, of one item or of two items
// of one tenant, or writes units off that are here and not for sale: out of
// their account to ext/adjustment. Open is for the item they go to; within one item it says that
// an item nobody opened has none to move. Who may take out of an escrow account
// is for the caller to know (DESIGN §1.4).
type Move struct {
	From, To Spot
	Qty      Qty
	Open     *Opening
	Note     Note
}

// Op names the command.
func (c Move) Op() Op { return OpMove }

// Reach says what the command needs to be judged.
func (c Move) Reach() Reach {
	if c.From.Item == c.To.Item {
		return Reach{Items: []ItemKey{c.From.Item}}
	}
	return Reach{Items: []ItemKey{c.From.Item, c.To.Item}}
}

func (c Move) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	var open *Opening // an item that is opened has nothing to give to another
	if c.From.Item == c.To.Item {
		open = c.Open
	}
	from, err := orUnopened(s, c.From.Item, c.From.Bucket, open)
	if err != nil {
		return Event{}, err
	}
	if !from.Tracked {
		return Event{}, notTracked(c.From.Item)
	}
	if have := from.Of(c.From.Account); have < c.Qty {
		return Event{}, insufficient(shortOf(c.From.Item, c.Qty, have))
	}
	if c.From.Item == c.To.Item {
		e, d := about(OpMove, from, c.Note)
		d.post(c.From.Account, c.To.Account, c.Qty)
		if r := d.keep(c.To.Account, now); r != nil {
			return Event{}, r
		}
		return orNothing(e, d.done(now, "quantity"))
	}
	to, err := orUnopened(s, c.To.Item, c.To.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !to.Tracked {
		return Event{}, notTracked(c.To.Item)
	}
	// Each item sums to zero by itself, so the units leave one item and enter
	// the other by way of the adjustment account.
	e := Event{Op: OpMove, Tenant: c.From.Item.Tenant, Items: make([]ItemChange, 2), Note: c.Note}
	out, in := edit(from, &e.Items[0]), edit(to, &e.Items[1])
	out.post(c.From.Account, Adjustment, c.Qty)
	in.post(Adjustment, c.To.Account, c.Qty)
	if r := in.keep(c.To.Account, now); r != nil {
		return Event{}, r
	}
	if err := out.done(now, "quantity"); err != nil {
		return Event{}, err
	}
	return orNothing(e, in.done(now, "quantity"))
}

func (c Move) check() *Refusal {
	if r := checkQty("quantity", c.Qty, 1); r != nil {
		return r
	}
	if !c.From.Account.movable() {
		return invalid("from", "units cannot be moved out of account %q", c.From.Account)
	}
	if !c.To.Account.movable() && !c.writesOff() {
		return invalid("to", "units cannot be moved into account %q", c.To.Account)
	}
	if c.From.Item == c.To.Item && c.From.Account == c.To.Account {
		return invalid("to", "from and to are the same account")
	}
	if c.From.Item.Tenant != c.To.Item.Tenant {
		return invalid("to", "both items must be of one tenant")
	}
	return nil
}

// writesOff reports whether the units leave the books as lost or scrapped.
func (c Move) writesOff() bool {
	return c.To.Account == Adjustment && c.From.Item == c.To.Item && c.From.Account.SetAside()
}

// SetAside reports whether units in the account are here and not for sale.
func (a Account) SetAside() bool { return a == Withheld || a == Damaged || a == Quality }

// movable reports whether a move may name the account: one that has units on
// hand or in transit, but not held or set aside, which only holds fill and empty.
func (a Account) movable() bool {
	_, aside := a.origin()
	return a.Valid() && !a.Outside() && a != Held && !strings.HasPrefix(string(a), "incoming/") && !a.ahead() && !aside
}
