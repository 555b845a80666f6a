package stock

import "fmt"

// Adjust corrects an item: by Delta on the shared pool, or, with Set, to SetTo
// units on hand as seen on the shelf: then quotas give way after the pool, and nothing is
// owed any longer, because the units that are held were seen there: it is a look at the shelf, unless it changes
// nothing. When the item's key names a lot, it corrects that
// one; without, an item's lots stay as they are. Version, when not 0, must be current; NoVersion
// is that of an item that is not opened yet.
type Adjust struct {
	Item    ItemKey
	Bucket  Bucket
	Delta   Qty
	Set     bool
	SetTo   Qty
	Version uint64
	// At is when the units of Delta were found or lost; 0: nobody has said. It is no part of what makes
	// two requests the same.
	At   Time
	Open *Opening
	Note Note
}

// NoVersion is the version to expect of an item that was never opened.
const NoVersion uint64 = 1 << 63

// Op names the command.
func (c Adjust) Op() Op { return OpAdjust }

// Reach says what the command needs to be judged.
func (c Adjust) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

func (c Adjust) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
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
	if want := c.Version &^ NoVersion; c.Version != 0 && want != it.Version {
		return Event{}, &Refusal{
			Code: VersionConflict, Version: it.Version,
			Detail: fmt.Sprintf("expected version %d, the current one is %d", want, it.Version),
		}
	}
	if !it.Tracked {
		return Event{}, refuseUntracked(c.Item)
	}
	e, d := beginEvent(OpAdjust, it, c.Note)
	diff, field := c.Delta, "delta"
	gives := []Account{Shared.InLot(lot)}
	if c.Set {
		// Units on hand that are not for sale stay; the rest becomes available.
		diff, field = c.SetTo-it.countOnHand(lot), "set_to"
	}
	if c.Set && lot == "" {
		gives = it.lacking()
		d.settle(MaxQty, Adjustment)
	}
	if diff > 0 {
		d.postArrival(Adjustment, gives[0], diff, now)
	} else if missing := d.take(-diff, Adjustment, gives...); missing > 0 {
		return Event{}, c.refuseShort(-diff, missing).orKept(it, missing).explainNoLot(it, c.Item, Shared)
	}
	switch {
	case !c.Set:
		noteMoment(&e, &d, c.At, now)
	case lot == "" && len(d.to.Postings) > 0:
		d.to.Seen = Seen{AsOf: max(now, it.Seen.AsOf+1)}
	}
	return orNothing(e, d.end(now, field))
}

// refuseShort refuses to take so many units, of which some are missing. For a count the refusal
// has the figure that the caller sent, not the difference to it.
func (c Adjust) refuseShort(taken, missing Qty) *Refusal {
	r := insufficient(shortOf(c.Item, taken, taken-missing))
	if c.Set {
		r.Detail = fmt.Sprintf("product %q at location %q: set_to %d is below the %d units that are held or kept from sale there",
			c.Item.Product, c.Item.Location, c.SetTo, c.SetTo+missing)
	}
	return r
}

func (c Adjust) check() *Refusal {
	if !c.Set {
		if c.Delta == 0 || c.Delta < -MaxQty || c.Delta > MaxQty {
			return invalid("delta", "delta must not be 0 and at most %d in either direction, it is %d", MaxQty, c.Delta)
		}
		return nil
	}
	if c.Delta != 0 {
		return invalid("delta", "delta and set_to exclude each other")
	}
	return checkQty("set_to", c.SetTo, 0)
}

// AppendCanonical appends what makes two requests the same.
func (c Adjust) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpAdjust)))
	dst = appendQty(dst, c.Delta)
	dst = appendBool(dst, c.Set)
	dst = appendQty(dst, c.SetTo)
	dst = appendUint(dst, c.Version)
	return c.Note.appendCanonical(dst)
}

func (c Adjust) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Delta)
	dst = appendQty(appendBool(dst, c.Set), c.SetTo)
	dst = appendUint(dst, c.Version)
	return c.Note.append(c.Open.append(dst))
}

func (c Adjust) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
