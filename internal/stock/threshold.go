package stock

// SetThreshold sets the low-stock threshold.
type SetThreshold struct {
	Item      ItemKey
	Bucket    Bucket
	Threshold Qty
	Open      *Opening
	Note      Note
}

// Op names the command.
func (c SetThreshold) Op() Op { return OpThreshold }

// Reach says what the command needs to be judged.
func (c SetThreshold) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c SetThreshold) decide(s State, now Time) (Event, error) {
	if r := checkQty("low_stock_threshold", c.Threshold, 0); r != nil {
		return Event{}, r
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpThreshold, it, c.Note)
	if it.Version > 0 && it.Threshold == c.Threshold {
		d.show()
		return e, nil
	}
	d.to.Threshold = c.Threshold
	return orNothing(e, d.done(now, "low_stock_threshold"))
}

// AppendCanonical appends what makes two requests the same.
func (c SetThreshold) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpThreshold)))
	dst = appendQty(dst, c.Threshold)
	return c.Note.appendCanonical(dst)
}

func (c SetThreshold) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Threshold)
	return c.Note.append(c.Open.append(dst))
}

func (c SetThreshold) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
