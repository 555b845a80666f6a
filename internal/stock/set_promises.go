package stock

import "fmt"

// SaleSetting is what an owner allows to be sold ahead.
type SaleSetting struct {
	// Bound is the cap of a presale: units that may ever be promised in it; the
	// allowance of a backorder: units that may be outstanding at a time.
	Bound Qty
	// For is when the units are to be there, 0: nothing is said.
	For Time
	// InParts lets what is there of an order leave while the rest waits.
	InParts bool
}

// SetPromises says how much of one item may be sold before it is in the house.
// It replaces what was said before: a sale that is nil is closed. Lines that
// wait go on waiting, and a closed presale that is set again before all of them
// have their units goes on where it was.
type SetPromises struct {
	Item               ItemKey
	Bucket             Bucket
	Presale, Backorder *SaleSetting
	Open               *Opening
	Note               Note
}

// Op names the command.
func (c SetPromises) Op() Op { return OpPromise }

// Reach says what the command needs to be judged.
func (c SetPromises) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c SetPromises) decide(s State, now Time) (Event, error) {
	if r := c.check(); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	if !it.Tracked {
		return Event{}, notTracked(c.Item)
	}
	if err := it.inLots(); err != nil && (c.Presale != nil || c.Backorder != nil) {
		return Event{}, err
	}
	e, d := about(OpPromise, it, c.Note)
	p := d.promises()
	if r := c.Presale.become(&d, &p.Presale, Presale, "cap"); r != nil {
		return Event{}, r
	}
	if r := c.Backorder.become(&d, &p.Backorder, Backorder, "allowance"); r != nil {
		return Event{}, r
	}
	p.tidy()
	if was := it.Promises.copy(); len(d.to.Postings) == 0 && p.equal(was) {
		d.show()
		return e, nil
	}
	return orNothing(e, d.done(now, "cap"))
}

// become makes the sale what the setting says and moves what that adds or takes.
func (c *SaleSetting) become(d *draft, s *Sale, a Account, bound string) *Refusal {
	taken := s.Waiting + s.Filled
	to := Sale{Waiting: s.Waiting, Filled: s.Filled, For: s.For, InParts: s.InParts, Bound: taken, Closed: true}
	if c != nil {
		to.Bound, to.For, to.InParts, to.Closed = c.Bound, c.For, c.InParts, false
	}
	if to.Bound < taken {
		return &Refusal{
			Code: InvalidState,
			Detail: fmt.Sprintf("product %q at location %q: %d units are promised, more than %s %d",
				d.was.Key.Product, d.was.Key.Location, taken, bound, to.Bound),
		}
	}
	d.post(Promise, a, max(0, to.Left()-s.Left()))
	d.post(a, Promise, max(0, s.Left()-to.Left()))
	*s = to
	return nil
}

func (c SetPromises) check() *Refusal {
	if r := checkItem(c.Item); r != nil {
		return r
	}
	for _, s := range [...]struct {
		field string
		*SaleSetting
	}{{"presale.cap", c.Presale}, {"backorder.allowance", c.Backorder}} {
		if s.SaleSetting == nil {
			continue
		}
		if r := checkQty(s.field, s.Bound, 0); r != nil {
			return r
		}
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c SetPromises) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpPromise)))
	dst = c.Backorder.append(c.Presale.append(dst))
	return c.Note.appendCanonical(dst)
}

func (c SetPromises) foremost() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
