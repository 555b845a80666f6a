package stock

// AskCancel notes that somebody wants an order cancelled that a till keeps: the till may
// release it, or refuse. While an order waits for the till's answer it is not asked again.
type AskCancel struct {
	Order OrderKey
	// At is when the centre was asked. It is for the books of a till, which receive the
	// request. 0: now.
	At   Time
	Note Note
}

// Op names the command.
func (c AskCancel) Op() Op { return OpCancelAsk }

// Reach says what the command needs to be judged.
func (c AskCancel) Reach() Reach { return Reach{Order: c.Order} }

func (c AskCancel) decide(s State, now Time) (Event, error) {
	return Target{Order: c.Order}.changeKept(s, now, OpCancelAsk, c.Note, func(k *Kept) bool {
		switch {
		case c.At != 0 && c.At <= k.Asked, c.At == 0 && k.Wanted():
			return false
		case c.At != 0:
			*k = Kept{Holder: k.Holder, Asked: c.At}
		default:
			*k = Kept{Holder: k.Holder, Asked: max(now, k.Asked+1)}
		}
		return true
	})
}

// RefuseCancel says, in the books of a till, that an order stays, although the centre wants
// it cancelled.
type RefuseCancel struct {
	Order OrderKey
	Note  Note
}

// Op names the command.
func (c RefuseCancel) Op() Op { return OpCancelRefuse }

// Reach says what the command needs to be judged.
func (c RefuseCancel) Reach() Reach { return Reach{Order: c.Order} }

func (c RefuseCancel) decide(s State, now Time) (Event, error) {
	return Target{Order: c.Order}.changeKept(s, now, OpCancelRefuse, c.Note, func(k *Kept) bool {
		if !k.Wanted() {
			return false
		}
		k.Refused = true
		return true
	})
}

// changeKept changes the Kept of the order's open lines that a till keeps. It refuses an order
// if the till keeps no line of it.
func (t Target) changeKept(s State, now Time, op Op, note Note, change func(*Kept) bool) (Event, error) {
	if r := t.check(); r != nil {
		return Event{}, r
	}
	lines, err := t.lines(s)
	if err != nil {
		return Event{}, err
	}
	e := Event{Op: op, Tenant: t.Order.Tenant, Order: t.Order.Order, Note: note}
	for _, p := range lines {
		if p.line.End != Open || p.line.Kept == nil {
			continue
		}
		it, err := heldItem(s, t.Order.Order, p.line)
		if err != nil {
			return Event{}, err
		}
		c := LineChange{Bucket: p.bucket, Line: *p.line}
		k := *c.Line.Kept
		if change(&k) {
			c.Changed, c.Line.Kept, c.Line.UpdatedAt = true, &k, now
		}
		e.Lines, e.Items = append(e.Lines, c), append(e.Items, ItemChange{})
		d := edit(it, &e.Items[len(e.Items)-1])
		d.show()
	}
	if len(e.Lines) == 0 {
		return Event{}, &Refusal{Code: InvalidState, Detail: "no till keeps the order"}
	}
	return e, nil
}

// AppendCanonical appends what makes two requests the same.
func (c AskCancel) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(appendInt(c.Order.appendCanonical(append(dst, byte(OpCancelAsk))), int64(c.At)))
}

func (c AskCancel) append(dst []byte) []byte {
	return c.Note.append(appendInt(c.Order.appendCanonical(dst), int64(c.At)))
}

// AppendCanonical appends what makes two requests the same.
func (c RefuseCancel) AppendCanonical(dst []byte) []byte {
	return c.Note.appendCanonical(c.Order.appendCanonical(append(dst, byte(OpCancelRefuse))))
}

func (c RefuseCancel) append(dst []byte) []byte { return c.Note.append(c.Order.appendCanonical(dst)) }
