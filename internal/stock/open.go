package stock

import "fmt"

// Opening says that the item may be opened when it does not exist yet: its
// product and location are known, and this is the product's unit.
type Opening struct {
	Unit  string
	Scale uint8
	// Recalls are those of the product that hold at the location, sorted by Lot.
	Recalls []RecallRule
}

// OpenItem opens an item with a first stock of Qty >= 0 from the supplier.
type OpenItem struct {
	Item      ItemKey
	Bucket    Bucket
	Unit      string
	Scale     uint8
	Qty       Qty
	Threshold Qty
	Tracked   bool
	Note      Note
	// Recalls are those of the product that hold at the location, sorted by Lot. They are no
	// part of what makes two requests the same.
	Recalls []RecallRule
}

// Op names the command.
func (c OpenItem) Op() Op { return OpOpen }

// Reach says what the command needs to be judged.
func (c OpenItem) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c OpenItem) decide(s State, now Time) (Event, error) {
	if r := checkItem(c.Item); r != nil {
		return Event{}, r
	}
	if r := checkWhole(c.Item); r != nil {
		return Event{}, r
	}
	if r := checkQty("available_stock", c.Qty, 0); r != nil {
		return Event{}, r
	}
	if r := checkQty("low_stock_threshold", c.Threshold, 0); r != nil {
		return Event{}, r
	}
	if c.Scale > MaxScale {
		return Event{}, invalid("scale", "scale must be at most %d, it is %d", MaxScale, c.Scale)
	}
	if !c.Tracked && c.Qty > 0 {
		return Event{}, invalid("available_stock", "an item that is not tracked cannot have a stock")
	}
	if s.Item(c.Item) != nil {
		return Event{}, &Refusal{
			Code:   AlreadyExists,
			Detail: fmt.Sprintf("inventory of product %q at location %q exists", c.Item.Product, c.Item.Location),
		}
	}
	it := unopened(c.Item, c.Bucket, Opening{c.Unit, c.Scale, c.Recalls})
	it.Tracked = c.Tracked
	e, d := beginEvent(OpOpen, it, c.Note)
	d.to.Threshold = c.Threshold
	d.post(Supplier, Shared, c.Qty)
	return orNothing(e, d.done(now, "available_stock"))
}

// unopened is an item as it is before its first event: empty, tracked and on
// sale, with version 0.
func unopened(k ItemKey, b Bucket, o Opening) *Item {
	return &Item{Key: k, Bucket: b, Unit: o.Unit, Scale: o.Scale, Tracked: true, OnSale: true, Recalls: o.Recalls}
}

// orUnopened returns the item, or, when the command may open it, an unopened one: a known
// product at a known location counts as empty.
func orUnopened(s State, k ItemKey, b Bucket, open *Opening) (*Item, error) {
	if r := checkItem(k); r != nil {
		return nil, r
	}
	if r := checkWhole(k); r != nil {
		return nil, r
	}
	if it := s.Item(k); it != nil {
		return it, nil
	}
	if open == nil {
		return nil, UnknownItem(k)
	}
	return unopened(k, b, *open), nil
}

// AppendCanonical appends what makes two requests the same.
func (c OpenItem) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpOpen)))
	dst = appendString(dst, c.Unit)
	dst = append(dst, c.Scale)
	dst = appendQty(dst, c.Qty)
	dst = appendQty(dst, c.Threshold)
	dst = appendBool(dst, c.Tracked)
	return c.Note.appendCanonical(dst)
}

func (c OpenItem) append(dst []byte) []byte {
	dst = appendString(appendItemAt(dst, c.Item, c.Bucket), c.Unit)
	dst = append(dst, c.Scale)
	dst = appendQty(dst, c.Qty)
	dst = appendQty(dst, c.Threshold)
	return c.Note.append(appendBool(dst, c.Tracked))
}

func (c OpenItem) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
