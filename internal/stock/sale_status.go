package stock

import "slices"

// SetSaleStatus switches the sale of an item on or off, on one channel or on
// all ("").
type SetSaleStatus struct {
	Item    ItemKey
	Bucket  Bucket
	Channel string
	OnSale  bool
	Open    *Opening
	Note    Note
}

// Op names the command.
func (c SetSaleStatus) Op() Op { return OpSaleStatus }

// Reach says what the command needs to be judged.
func (c SetSaleStatus) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// The switch for all channels and the switches of single channels are independent: an item
// sells on a channel when both are on.
func (c SetSaleStatus) decide(s State, now Time) (Event, error) {
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpSaleStatus, it, c.Note)
	e.Channel = c.Channel
	at, off := slices.BinarySearch(it.Off, c.Channel)
	is := it.OnSale
	if c.Channel != "" {
		is = !off
	}
	switch {
	case is == c.OnSale && it.Version > 0:
		d.show()
		return e, nil
	case is == c.OnSale:
	case c.Channel == "":
		d.to.OnSale = c.OnSale
	case c.OnSale:
		d.to.Off = slices.Delete(slices.Clone(it.Off), at, at+1)
	default:
		d.to.Off = slices.Insert(slices.Clone(it.Off), at, c.Channel)
	}
	return orNothing(e, d.done(now, "on_sale"))
}

// AppendCanonical appends what makes two requests the same.
func (c SetSaleStatus) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpSaleStatus)))
	dst = appendString(dst, c.Channel)
	dst = appendBool(dst, c.OnSale)
	return c.Note.appendCanonical(dst)
}

func (c SetSaleStatus) append(dst []byte) []byte {
	dst = appendString(appendItemAt(dst, c.Item, c.Bucket), c.Channel)
	return c.Note.append(c.Open.append(appendBool(dst, c.OnSale)))
}

func (c SetSaleStatus) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
