package stock

// BeginHolder opens an epoch of a holder at its location. The epoch before must be closed.
type BeginHolder struct {
	Item   ItemKey // HolderItem
	Bucket Bucket
	Epoch  uint64
	Note   Note
}

// Op names the command.
func (c BeginHolder) Op() Op { return OpTill }

// Reach says what the command needs to be judged.
func (c BeginHolder) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// A repeat changes nothing.
func (c BeginHolder) decide(s State, now Time) (Event, error) {
	if r := checkHolder(c.Item, c.Epoch); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil {
		it = unopened(c.Item, c.Bucket, Opening{})
	}
	e, d := beginEvent(OpTill, it, c.Note)
	switch h := it.Holder; {
	case h.begun() && h.Epoch == c.Epoch:
		d.show()
		return e, nil
	case h.begun() && c.late(h.Epoch):
		return Event{}, &Refusal{Code: InvalidState, Field: HolderStale, Detail: "the holder has had a later epoch"}
	case h.begun() && h.Open:
		return Event{}, &Refusal{Code: InvalidState, Field: HolderOpen, Detail: "the till has an epoch that is not closed"}
	}
	d.to.Holder = &Holder{Epoch: c.Epoch, Open: true}
	return orNothing(e, d.done(now, "epoch"))
}

// late reports whether the epoch is not after the holder's last one. Epochs of Redis are
// counted, so that a process that was held up cannot begin one that ended long ago. The
// epoch of a till is chosen by a person.
func (c BeginHolder) late(last uint64) bool {
	holder, _ := c.Item.OfHolder()
	return IsRedisHolder(holder) && c.Epoch>>epochsShift <= last>>epochsShift
}

func checkHolder(k ItemKey, epoch uint64) *Refusal {
	if r := checkItem(k); r != nil {
		return r
	}
	if _, ok := k.OfHolder(); !ok || epoch == 0 {
		return invalid("epoch", "a till and its epoch are needed")
	}
	return nil
}

// CloseHolder ends an epoch of a holder: nothing more of its log is taken. What it has in
// escrow, and the reservations that it keeps, are taken back item by item (Reclaim) and
// order by order (TakeOver).
type CloseHolder struct {
	Item   ItemKey // HolderItem
	Bucket Bucket
	Epoch  uint64
	Note   Note
}

// Op names the command.
func (c CloseHolder) Op() Op { return OpTill }

// Reach says what the command needs to be judged.
func (c CloseHolder) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

// A closed epoch stays closed.
func (c CloseHolder) decide(s State, now Time) (Event, error) {
	if r := checkHolder(c.Item, c.Epoch); r != nil {
		return Event{}, r
	}
	it := s.Item(c.Item)
	if it == nil || !it.Holder.begun() || it.Holder.Epoch != c.Epoch {
		return Event{}, &Refusal{Code: NotFound, Field: "item", Detail: "the till has no such epoch"}
	}
	e, d := beginEvent(OpTill, it, c.Note)
	if !it.Holder.Open {
		d.show()
		return e, nil
	}
	h := *it.Holder
	h.Open = false
	d.to.Holder = &h
	return orNothing(e, d.done(now, "epoch"))
}

// AppendCanonical appends what makes two requests the same.
func (c BeginHolder) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(appendUint(append(c.Item.appendCanonical(append(dst, byte(OpTill))), 1), c.Epoch))
}

// AppendCanonical appends what makes two requests the same.
func (c CloseHolder) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(appendUint(append(c.Item.appendCanonical(append(dst, byte(OpTill))), 2), c.Epoch))
}

func (c BeginHolder) append(dst []byte) []byte {
	return c.Note.append(appendUint(appendItemAt(dst, c.Item, c.Bucket), c.Epoch))
}

func (c CloseHolder) append(dst []byte) []byte {
	return c.Note.append(appendUint(appendItemAt(dst, c.Item, c.Bucket), c.Epoch))
}

func (c BeginHolder) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
func (c CloseHolder) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
