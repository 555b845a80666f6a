package stock

// Return takes units back from the customer into To, the shared pool unless To names
// another account; into the pool of the lot, when the item's key names one.
type Return struct {
	Item   ItemKey
	Bucket Bucket
	Qty    Qty
	To     Account
	// Ruled says that the server chose To, by the reason: To is then no part of the
	// request.
	Ruled bool
	// Order is what they had left with, "" when nobody says so: then nothing is compared.
	Order string
	// At is when they came back; 0: nobody has said. It is no part of what makes two requests the same.
	At   Time
	Open *Opening
	Note Note
	// Against says what happens when more come back than have left with Order.
	Against Against
	// Away is what other slots know of it.
	Away AwayReturn
}

// Op names the command.
func (c Return) Op() Op { return OpReturn }

// Reach says what the command needs to be judged.
func (c Return) Reach() Reach {
	r := Reach{Items: []ItemKey{c.Item.Whole()}}
	if c.Order != "" {
		r.For = OrderKey{c.Item.Tenant, c.Order}
	}
	return r
}

// An untracked item takes a return too, without counting it as stock.
func (c Return) decide(s State, now Time) (Event, error) {
	if r := checkQty("quantity", c.Qty, 1); r != nil {
		return Event{}, r
	}
	to := c.To
	if to == "" {
		to = Shared
	}
	if !to.movable() {
		return Event{}, invalid("to", "units cannot be returned into account %q", to)
	}
	to, r := c.Item.account("to", to)
	if r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item.Whole(), c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpReturn, it, c.Note)
	e.Order = c.Order
	if it.Tracked {
		d.postArrival(Customer, to, c.Qty, now)
		if d.balance(to) > it.Of(to) { // otherwise all of it covers what was oversold
			if r := d.keep(to, now); r != nil {
				return Event{}, r
			}
		}
		noteMoment(&e, &d, c.At, now)
	}
	if r := c.count(s, &e, now); r != nil {
		return Event{}, r
	}
	return orNothing(e, d.end(now, "quantity"))
}

// AppendCanonical appends what makes two requests the same.
func (c Return) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpReturn)))
	dst = appendQty(dst, c.Qty)
	to := c.To
	if c.Ruled {
		to = ""
	}
	dst = appendString(dst, string(to))
	dst = c.Note.appendCanonical(appendString(dst, c.Order))
	if c.Against == Unchecked { // the others are the server's
		dst = append(dst, byte(Unchecked))
	}
	return dst
}

func (c Return) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	dst = appendString(appendBool(appendString(dst, string(c.To)), c.Ruled), c.Order)
	return c.Note.append(c.Open.append(dst))
}

func (c Return) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
