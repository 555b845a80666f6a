package stock

// Expire gives the units of the order's due lines back. It does not touch lines that are
// not due.
type Expire struct {
	Order OrderKey
}

// Op names the command.
func (c Expire) Op() Op { return OpExpire }

// Reach says what the command needs to be judged.
func (c Expire) Reach() Reach { return Reach{Order: c.Order} }

// One sweeper or two make no difference: the second finds nothing due and changes nothing.
func (c Expire) decide(s State, now Time) (Event, error) {
	if r := checkOrder(c.Order); r != nil {
		return Event{}, r
	}
	e := Event{Op: OpExpire, Tenant: c.Order.Tenant, Order: c.Order.Order}
	for _, p := range collectLines(s.Order(c.Order)) {
		if !p.line.Due(now) {
			continue
		}
		if p.line.Copied() {
			e.Lines = append(e.Lines, LineChange{Bucket: p.bucket, Changed: true, Line: p.line.At(now)})
			continue
		}
		it, err := heldItem(s, c.Order.Order, p.line)
		if err != nil {
			return Event{}, err
		}
		e.Lines = append(e.Lines, LineChange{Bucket: p.bucket, Changed: true, Line: p.line.At(now)})
		e.Items = append(e.Items, ItemChange{})
		d := edit(it, &e.Items[len(e.Items)-1])
		giveBack(p.line, p.line.Quantity(), &d)
		if err := d.end(now, "quantity"); err != nil {
			return Event{}, err
		}
		if err := e.use(s, now, p.bucket, p.line, &e.Lines[len(e.Lines)-1].Line); err != nil {
			return Event{}, err
		}
	}
	return e, nil
}

// AppendCanonical appends what makes two requests the same.
func (c Expire) AppendCanonical(dst []byte) []byte {
	return c.Order.appendCanonical(append(dst, byte(OpExpire)))
}

func (c Expire) append(dst []byte) []byte { return c.Order.appendCanonical(dst) }
