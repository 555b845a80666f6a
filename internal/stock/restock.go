package stock

// Restock receives Qty > 0 from the supplier into the shared pool, or into that of
// the lot that the item's key names; what an oversold case still owes is settled
// first.
type Restock struct {
	Item   ItemKey
	Bucket Bucket
	Qty    Qty
	Open   *Opening
	Note   Note
}

// Op names the command.
func (c Restock) Op() Op { return OpRestock }

// Reach says what the command needs to be judged.
func (c Restock) Reach() Reach { return Reach{Items: []ItemKey{c.Item.Whole()}} }

func (c Restock) decide(s State, now Time) (Event, error) {
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
	if !it.Tracked {
		return Event{}, notTracked(c.Item)
	}
	e, d := about(OpRestock, it, c.Note)
	d.post(Supplier, Shared.InLot(lot), d.settle(c.Qty, Supplier))
	return orNothing(e, d.done(now, "quantity"))
}

// AppendCanonical appends what makes two requests the same.
func (c Restock) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpRestock)))
	dst = appendQty(dst, c.Qty)
	return c.Note.appendCanonical(dst)
}

func (c Restock) append(dst []byte) []byte {
	dst = appendQty(appendItemAt(dst, c.Item, c.Bucket), c.Qty)
	return c.Note.append(c.Open.append(dst))
}

func (c Restock) foremost() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
