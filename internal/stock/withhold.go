package stock

// Withhold refuses a confirm of a whole order because lines wait that another slot decides:
// a command that was refused under a key is refused again.
type Withhold struct {
	Order OrderKey
	// State and Detail are those of the refusal.
	State, Detail string
}

// Op is the operation of the confirm.
func (c Withhold) Op() Op { return OpConfirm }

// Reach says what the command needs to be judged.
func (c Withhold) Reach() Reach { return Reach{Order: c.Order} }

func (c Withhold) decide(State, Time) (Event, error) {
	return Event{}, &Refusal{Code: InvalidState, State: c.State, Detail: c.Detail}
}

// Withheld says why a confirm of the whole order would be refused because of the line, nil
// when it would not. p is the item's sales ahead, nil for a home's copy.
func (c Confirm) Withheld(l *Line, p *Promises) *Refusal {
	if l.End != Open || l.Waiting() == 0 {
		return nil
	}
	_, r := c.confirmable(l, l.Quantity(), p)
	return r
}

// AppendCanonical appends what makes two requests the same.
func (c Withhold) AppendCanonical(dst []byte) []byte { return c.append(append(dst, byte(OpConfirm))) }

func (c Withhold) append(dst []byte) []byte {
	return appendString(appendString(c.Order.appendCanonical(dst), c.State), c.Detail)
}
