package stock

// Grant gives a holder units of an item until it has To. They come out of the quota of Channel
// first, then out of the shared pool, where Keep units stay. A repeat changes nothing. An item that
// is not counted, not on sale or kept in lots gives none.
type Grant struct {
	Item     ItemKey
	Bucket   Bucket
	Holder   string
	Epoch    uint64
	To, Keep Qty
	Channel  string // "": of the shared pool only
	Note     Note
}

// Op names the command.
func (c Grant) Op() Op { return OpGrant }

// Reach says what the command needs to be judged.
func (c Grant) Reach() Reach {
	return Reach{Items: []ItemKey{c.Item, HolderItem(c.Item.Tenant, c.Item.Location, c.Holder)}}
}

func (c Grant) decide(s State, now Time) (Event, error) {
	if r := checkGranted(c.Item, c.Holder, "to", c.To); r != nil {
		return Event{}, r
	}
	if r := checkQty("keep", c.Keep, 0); r != nil {
		return Event{}, r
	}
	if _, r := openHolder(s, c.Item, c.Holder, c.Epoch); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	e, d := beginEvent(OpGrant, it, c.Note)
	e.Channel = c.Channel
	if !it.Tracked || len(it.Lots) > 0 || !it.Sells(c.Channel) {
		d.show()
		return e, nil
	}
	x := escrowOf(&d, c.Holder)
	if was := it.EscrowRecord(c.Holder); was != nil && was.Epoch != c.Epoch {
		x.reclaim(x.has(), now)
		*x.record(c.Epoch) = EscrowRecord{Holder: c.Holder, Epoch: c.Epoch}
	}
	given := x.grant(c, now)
	if given == 0 && len(d.to.Postings) == 0 && c.Note.Reason == "" { // with a reason it is in the journal
		d.to.Escrows = nil
		d.show()
		return e, nil
	}
	rec := escrowOf(&d, c.Holder).record(c.Epoch)
	rec.Added += given
	rec.Capped, rec.Keep = false, 0
	return orNothing(e, d.done(now, "to"))
}

func checkGranted(k ItemKey, holder, field string, n Qty) *Refusal {
	if r := checkItem(k); r != nil {
		return r
	}
	if r := checkWhole(k); r != nil {
		return r
	}
	if holder == "" {
		return invalid("till_id", "the till is missing")
	}
	return checkQty(field, n, 0)
}

// RecallGrant asks a holder to hand back what it has beyond Keep. Nothing moves: only the
// holder's log moves units.
type RecallGrant struct {
	Item   ItemKey
	Bucket Bucket
	Holder string
	Epoch  uint64
	Keep   Qty
	Note   Note
}

// Op names the command.
func (c RecallGrant) Op() Op { return OpGrantRecall }

// Reach says what the command needs to be judged.
func (c RecallGrant) Reach() Reach {
	return Reach{Items: []ItemKey{c.Item, HolderItem(c.Item.Tenant, c.Item.Location, c.Holder)}}
}

func (c RecallGrant) decide(s State, now Time) (Event, error) {
	if r := checkGranted(c.Item, c.Holder, "keep", c.Keep); r != nil {
		return Event{}, r
	}
	if _, r := openHolder(s, c.Item, c.Holder, c.Epoch); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		return Event{}, UnknownItem(c.Item)
	}
	e, d := beginEvent(OpGrantRecall, it, c.Note)
	was := it.EscrowRecord(c.Holder)
	if was == nil || was.Epoch != c.Epoch || it.InEscrow(c.Holder) <= c.Keep || was.Capped && was.Keep == c.Keep {
		d.show()
		return e, nil
	}
	rec := escrowOf(&d, c.Holder).record(c.Epoch)
	rec.Capped, rec.Keep = true, c.Keep
	return orNothing(e, d.done(now, "keep"))
}

// AppendCanonical appends what makes two requests the same.
func (c Grant) AppendCanonical(dst []byte) []byte {
	return c.appendRest(c.Item.appendCanonical(append(dst, byte(OpGrant))), c.Note.appendCanonical)
}

func (c Grant) append(dst []byte) []byte {
	return c.appendRest(appendItemAt(dst, c.Item, c.Bucket), c.Note.append)
}

func (c Grant) appendRest(dst []byte, note func([]byte) []byte) []byte {
	dst = appendUint(appendString(dst, c.Holder), c.Epoch)
	return note(appendString(appendQty(appendQty(dst, c.To), c.Keep), c.Channel))
}

// AppendCanonical appends what makes two requests the same.
func (c RecallGrant) AppendCanonical(dst []byte) []byte {
	return c.appendRest(c.Item.appendCanonical(append(dst, byte(OpGrantRecall))), c.Note.appendCanonical)
}

func (c RecallGrant) append(dst []byte) []byte {
	return c.appendRest(appendItemAt(dst, c.Item, c.Bucket), c.Note.append)
}

func (c RecallGrant) appendRest(dst []byte, note func([]byte) []byte) []byte {
	return note(appendQty(appendUint(appendString(dst, c.Holder), c.Epoch), c.Keep))
}

func (c Grant) firstItem() (ItemKey, Bucket, bool)       { return c.Item, c.Bucket, true }
func (c RecallGrant) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
