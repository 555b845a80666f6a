package stock

import "strings"

// Spot is where units are: an account of an item.
type Spot struct {
	Item    ItemKey
	Bucket  Bucket
	Account Account
}

// Move moves units between two inside accounts, of one item or of two items of one tenant.
// Or it writes off units that are here and not for sale: out of their account to
// ext/adjustment. An item's key may name a lot: then the account is that of the lot. Open
// is for the item that the units go to; within one item it says that an item that was never
// opened has no units to move. The caller has to know who may take units out of an escrow
// account (DESIGN §1.4).
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
	from, to := c.From.Item.Whole(), c.To.Item.Whole()
	if from == to {
		return Reach{Items: []ItemKey{from}}
	}
	return Reach{Items: []ItemKey{from, to}}
}

func (c Move) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	if r := c.toLots(); r != nil {
		return Event{}, r
	}
	var open *Opening // an item that is not opened has nothing to give to another
	if c.From.Item == c.To.Item {
		open = c.Open
	}
	from, err := orUnopened(s, c.From.Item, c.From.Bucket, open)
	if err != nil {
		return Event{}, err
	}
	if !from.Tracked {
		return Event{}, refuseUntracked(c.From.Item)
	}
	if have := from.Of(c.From.Account); have < c.Qty {
		short := insufficient(shortOf(c.From.Item, c.Qty, have))
		if c.From.Account == Shared {
			short = short.orKept(from, c.Qty-have)
		}
		return Event{}, short.explainNoLot(from, c.From.Item, c.From.Account)
	}
	if c.From.Item == c.To.Item {
		e, d := beginEvent(OpMove, from, c.Note)
		d.postArrival(c.From.Account, c.To.Account, c.Qty, now)
		givenByHand(&d, c.From.Account, c.To.Account)
		if r := takesInto(&d, c.To.Account, now); r != nil {
			return Event{}, r
		}
		return orNothing(e, d.done(now, "quantity"))
	}
	to, err := orUnopened(s, c.To.Item, c.To.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !to.Tracked {
		return Event{}, refuseUntracked(c.To.Item)
	}
	// Each item sums to zero by itself, so the units leave one item and enter the other
	// through the adjustment account.
	e := Event{Op: OpMove, Tenant: c.From.Item.Tenant, Items: make([]ItemChange, 2), Note: c.Note}
	out, in := edit(from, &e.Items[0]), edit(to, &e.Items[1])
	out.post(c.From.Account, Adjustment, c.Qty)
	givenByHand(&out, c.From.Account, c.To.Account)
	in.postArrival(Adjustment, c.To.Account, c.Qty, now)
	if r := takesInto(&in, c.To.Account, now); r != nil {
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
	if c.From.Item.Tenant != c.To.Item.Tenant {
		return invalid("to", "both items must be of one tenant")
	}
	return nil
}

// toLots replaces the spots by those of the items as they are kept: lots are accounts.
func (c *Move) toLots() (r *Refusal) {
	off := c.writesOff()
	if c.From.Account, r = c.From.Item.account("from", c.From.Account); r != nil {
		return r
	}
	if !off {
		if c.To.Account, r = c.To.Item.account("to", c.To.Account); r != nil {
			return r
		}
	}
	c.From.Item, c.To.Item = c.From.Item.Whole(), c.To.Item.Whole()
	if c.From.Item == c.To.Item && c.From.Account == c.To.Account {
		return invalid("to", "from and to are the same account")
	}
	return nil
}

// takesInto refuses to move units into an account that takes none: a quota that is to shrink,
// or the pool of a lot that is not sold.
func takesInto(d *draft, a Account, now Time) *Refusal {
	if d.balance(a) <= d.was.Of(a) {
		return nil // all of them cover what was oversold
	}
	lot, whole, of := a.Lot()
	if !of {
		return d.keep(a, now)
	}
	if r := d.lot(lot, now); whole == Shared && !r.sells(d.to.LotPolicy, now) {
		return lotsRefused(d.was.Key, "has that lot, and it is not sold: it was recalled, or has expired")
	}
	return nil
}

// writesOff reports whether the units leave the books as lost or scrapped.
func (c Move) writesOff() bool {
	return c.To.Account == Adjustment && c.From.Item.Whole() == c.To.Item.Whole() && c.From.Account.SetAside()
}

// SetAside reports whether units in the account are here and not for sale.
func (a Account) SetAside() bool { return a == Withheld || a == Damaged || a == Quality }

// movable reports whether a move may name the account: one that has units on
// hand or in transit, but not held or set aside, which only holds fill and empty.
func (a Account) movable() bool {
	_, aside := a.origin()
	if _, _, lot := a.Lot(); lot {
		return false // the item's key names it
	}
	return a.Valid() && !a.Outside() && a != Held && !strings.HasPrefix(string(a), "incoming/") && !a.isPromised() && !aside
}

// AppendCanonical appends what makes two requests the same.
func (c Move) AppendCanonical(dst []byte) []byte {
	dst = c.From.appendCanonical(append(dst, byte(OpMove)))
	dst = c.To.appendCanonical(dst)
	dst = appendQty(dst, c.Qty)
	return c.Note.appendCanonical(dst)
}

func (c Move) append(dst []byte) []byte {
	dst = appendQty(c.To.append(c.From.append(dst)), c.Qty)
	return c.Note.append(c.Open.append(dst))
}

func (c Move) firstItem() (ItemKey, Bucket, bool) {
	if c.To.Item.Location < c.From.Item.Location {
		return c.To.Item, c.To.Bucket, true
	}
	return c.From.Item, c.From.Bucket, true
}
