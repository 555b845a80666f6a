package stock

// These commands are for the books of a till, where the shared pool is what the till
// may sell.

// AddGranted raises the units that a centre gave a till, in all of an epoch, to To. If To
// is less than before, after the centre was restored, the difference is taken from what is
// left; beyond that, the till has sold units that it did not have.
type AddGranted struct {
	Item   ItemKey
	Bucket Bucket
	To     Qty
	Open   *Opening
}

// Op names the command.
func (c AddGranted) Op() Op { return OpGrant }

// Reach says what the command needs to be judged.
func (c AddGranted) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// A repeat changes nothing.
func (c AddGranted) decide(s State, now Time) (Event, error) {
	if r := checkQty("to", c.To, 0); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpGrant, it, Note{})
	more := c.To + it.Of(Granted)
	switch {
	case !it.Tracked || more == 0:
		d.show()
		return e, nil
	case more > 0:
		d.postArrival(Granted, Shared, more, now)
	default:
		missing := d.take(-more, Granted, it.lacking()...)
		d.post(Oversold, Granted, missing)
	}
	return orNothing(e, d.done(now, "to"))
}

// HandBack gives the centre back the units that the till has for sale beyond Keep. Units
// held for orders stay.
type HandBack struct {
	Item ItemKey
	Keep Qty
}

// Op names the command.
func (c HandBack) Op() Op { return OpHandBack }

// Reach says what the command needs to be judged.
func (c HandBack) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c HandBack) decide(s State, now Time) (Event, error) {
	if r := checkQty("keep", c.Keep, 0); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	e, d := beginEvent(OpHandBack, it, Note{})
	d.post(Shared, HandedBack, max(0, it.Of(Shared)-c.Keep))
	return orNothing(e, d.end(now, "keep"))
}

// Advance lets a till sell so many units that it does not have, for the order, at risk.
type Advance struct {
	Item   ItemKey
	Bucket Bucket
	Qty    Qty
	Order  string
	Open   *Opening
}

// Op names the command.
func (c Advance) Op() Op { return OpAdvance }

// Reach says what the command needs to be judged.
func (c Advance) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c Advance) decide(s State, now Time) (Event, error) {
	if r := checkQty("quantity", c.Qty, 1); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpAdvance, it, Note{})
	e.Order = c.Order
	if it.Tracked {
		d.post(Oversold, Shared, c.Qty)
	}
	return orNothing(e, d.end(now, "quantity"))
}

// AppendCanonical appends what makes two requests the same.
func (c AddGranted) AppendCanonical(dst []byte) []byte {
	return appendQty(c.Item.appendCanonical(append(dst, byte(OpGrant))), c.To)
}

// AppendCanonical appends what makes two requests the same.
func (c HandBack) AppendCanonical(dst []byte) []byte {
	return appendQty(c.Item.appendCanonical(append(dst, byte(OpHandBack))), c.Keep)
}

// AppendCanonical appends what makes two requests the same.
func (c Advance) AppendCanonical(dst []byte) []byte {
	return appendString(appendQty(c.Item.appendCanonical(append(dst, byte(OpAdvance))), c.Qty), c.Order)
}

func (c AddGranted) append(dst []byte) []byte {
	return c.Open.append(appendQty(appendItemAt(dst, c.Item, c.Bucket), c.To))
}

func (c HandBack) append(dst []byte) []byte {
	return appendQty(c.Item.appendCanonical(dst), c.Keep)
}

func (c Advance) append(dst []byte) []byte {
	return c.Open.append(appendString(appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty), c.Order))
}

func (c AddGranted) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
func (c Advance) firstItem() (ItemKey, Bucket, bool)    { return c.Item, c.Bucket, true }
