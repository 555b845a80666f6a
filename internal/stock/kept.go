package stock

import "fmt"

// Kept says that a line is of an order that was made at a centre, and that one of its tills
// keeps the line.
type Kept struct {
	// Holder is the till. In the books of the till itself it is "".
	Holder string
	// Asked is when somebody at the centre last asked to cancel the order, 0 for never;
	// Refused says that the till refused that.
	Asked   Time
	Refused bool
}

// Equal reports whether both are the same.
func (k *Kept) Equal(o *Kept) bool {
	return k == o || k != nil && o != nil && *k == *o
}

// Wanted reports whether the till has not yet answered a request to cancel the order.
func (k *Kept) Wanted() bool { return k != nil && k.Asked != 0 && !k.Refused }

// Offered reports whether a till may take the line on: it is paid, all of it is still held,
// its units are there, and no till keeps it.
func (l *Line) Offered() bool {
	if _, kept := l.KeptBy(); kept || l.End != Open || l.Deadline != 0 || l.Confirmed != 0 || l.Leg != nil || l.Lot != "" {
		return false
	}
	for _, b := range l.Drawn {
		if b.Account != Uncounted && !b.Account.pool() {
			return false
		}
	}
	return true
}

// KeptBy returns the holder that alone may end the line: its units came out of that
// holder's escrow, or that holder accepted the order.
func (l *Line) KeptBy() (holder string, kept bool) {
	if l.End == Open && l.Kept != nil && l.Kept.Holder != "" {
		return l.Kept.Holder, true
	}
	return findEscrow(l.Drawn)
}

// soldBy returns the holder that sold the units of the line that have left.
func (l *Line) soldBy() (holder string, some bool) {
	if l.Kept != nil && l.Kept.Holder != "" {
		return l.Kept.Holder, true
	}
	return findEscrow(l.Left)
}

func findEscrow(units []Balance) (holder string, some bool) {
	for _, b := range units {
		if h, _, ok := b.Account.Escrow(); ok {
			return h, true
		}
	}
	return "", false
}

// checkNotKept refuses to end, or to change, a line that a holder keeps, and a line for which
// Redis has tasks that the books do not have.
func checkNotKept(l *Line) *Refusal {
	if hasTasksComing(l) {
		return throughRedis(l.Item)
	}
	holder, kept := l.KeptBy()
	if !kept {
		return nil
	}
	return &Refusal{
		Code: KeptByHolder, State: l.State(),
		Detail: fmt.Sprintf("the reservation of product %q at location %q is kept by till %q: only the till ends it",
			l.Item.Product, l.Item.Location, holder),
	}
}
