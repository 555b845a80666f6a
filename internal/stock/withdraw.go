package stock

import (
	"fmt"
	"slices"
)

// Withdraw takes back units that have left with an order: they did not leave after all, or
// were stopped on their way, and the same order holds them again. The units come back from
// where Confirm sent them, the last that left first. A later release gives them back to
// where they were drawn from.
type Withdraw struct {
	Target
	// TTL is the new life of the lines; a line that is committed and still holds units gets
	// none. 0: a line that was committed stays without a deadline; any other keeps its own or
	// gets that of a new line, whichever is later.
	TTL  Time
	Note Note
}

// Op names the command.
func (c Withdraw) Op() Op { return OpWithdraw }

func (c Withdraw) decide(s State, now Time) (Event, error) {
	if c.TTL != 0 {
		if r := checkTTL(c.TTL); r != nil {
			return Event{}, r
		}
	}
	if r := c.refuseLot(); r != nil {
		return Event{}, r
	}
	return c.judgeEach(s, now, OpWithdraw, c.Note, func(l *Line, d *draft) (bool, *Refusal) { return c.line(l, d, s, now) })
}

// refuseLot refuses a lot: units that have left a line come back in the order in which they
// left.
func (c Withdraw) refuseLot() *Refusal { return checkWhole(c.Item) }

// A line of which nothing has left is already in the wanted state, when it holds something
// and no number of units is named.
func (c Withdraw) line(l *Line, d *draft, s State, now Time) (bool, *Refusal) {
	if l.Confirmed == 0 && l.End == Open && c.Qty == 0 {
		return false, nil
	}
	if r := c.Judge(l); r != nil {
		return false, r
	}
	n := c.Qty
	if n == 0 {
		n = mayReturn(l)
	}
	l.comeBack(n, d, s, now)
	switch {
	case c.TTL != 0:
		l.Deadline = now + c.TTL
	case l.Deadline != 0:
		l.Deadline = max(l.Deadline, now+newTTL)
	}
	return true, nil
}

// Judge says why units of the line, as it is now, do not come back; nil when they do. A line
// whose rest has expired stays as it is: an order that has lost its units does not get some of
// them again.
func (c Withdraw) Judge(l *Line) *Refusal {
	switch {
	case l.End == EndExpired:
		return refuseEnded(l)
	case l.Confirmed == 0 && l.End != Open:
		return refuseEnded(l)
	case c.Qty > l.Confirmed:
		return &Refusal{Code: InvalidState, State: l.State(), Detail: fmt.Sprintf("%d were deducted of the reservation, not %d", l.Confirmed, c.Qty)}
	case c.Qty > mayReturn(l) || l.Confirmed > 0 && mayReturn(l) == 0:
		return &Refusal{Code: InvalidState, State: l.State(), Detail: fmt.Sprintf(
			"%d were deducted of the reservation, of which %d were returned: they are in stock", l.Confirmed, l.Returned)}
	case c.Qty > 0 && c.Qty < mayReturn(l) && !c.Keyed:
		return invalid("quantity",
			"a quantity below what was deducted (%d) needs an Idempotency-Key: a repeat could not be told from a second part", mayReturn(l))
	}
	if holder, some := l.soldBy(); some {
		return &Refusal{Code: KeptByHolder, State: l.State(), Detail: fmt.Sprintf("till %q sold these units: return them", holder)}
	}
	if l.End == Open && l.Deadline == 0 && c.TTL != 0 {
		return &Refusal{Code: InvalidState, State: l.State(), Detail: fmt.Sprintf(
			"the reservation of product %q at location %q is committed and still holds %d, which would get a deadline: leave out ttl_seconds",
			l.Item.Product, l.Item.Location, l.Quantity())}
	}
	return nil
}

// comeBack takes back n units that have left the line. d is nil where the units are in
// another slot: its leg posts them.
func (l *Line) comeBack(n Qty, d *draft, s State, now Time) {
	if l.End != Open {
		l.reopen(d, s)
	}
	back := l.takeBack(n, d)
	if d != nil && d.was.Tracked {
		d.post(Customer, Held, n)
		d.unsell(l, back, now)
	}
	l.Drawn = joinDrawn(back, l.Drawn)
	l.Confirmed -= n
	l.LastConfirmed = 0
	if l.Leg != nil {
		l.Withdrawn += n
	}
}

// joinDrawn is first followed by next, with an account once where the two meet.
func joinDrawn(first, next []Balance) []Balance {
	all := slices.Clone(first)
	if end := len(all) - 1; end >= 0 && len(next) > 0 && all[end].Account == next[0].Account {
		all[end].Qty += next[0].Qty
		next = next[1:]
	}
	return append(all, next...)
}

// reopen lets a line that has ended hold units again. It counts in figures that are still
// kept.
func (l *Line) reopen(d *draft, s State) {
	l.End = Open
	if d == nil {
		return
	}
	if d.was.Channel(l.Channel) == nil {
		l.Tallied = false
	}
	if k, limited := l.Allowance(); limited {
		if it := s.Item(k); it == nil || it.Uses().Sold < l.Confirmed {
			l.Period = 0
		}
	}
}

// leave notes that n units have left, the first of those that the line has drawn.
func (l *Line) leave(drawn []Balance, n Qty) {
	left := slices.Clone(l.Left)
	add := func(a Account, q Qty) {
		if at := len(left) - 1; at >= 0 && left[at].Account == a {
			left[at].Qty += q
		} else if q > 0 {
			left = append(left, Balance{a, q})
		}
	}
	if left == nil {
		add(Shared, l.Confirmed)
	}
	for _, b := range drawn {
		took := min(n, b.Qty)
		add(b.Account, took)
		n -= took
	}
	if len(left) == 1 && left[0].Account == Shared {
		left = nil
	}
	l.Left = left
}

// takeBack takes n units out of those that have left, the last first, and returns them in
// the order of drawing, by the accounts that they belong to.
func (l *Line) takeBack(n Qty, d *draft) (back []Balance) {
	if d != nil && !d.was.Tracked {
		l.Left = nil
		return []Balance{{Uncounted, n}}
	}
	left := slices.Clone(l.Left)
	if left == nil {
		left = []Balance{{Shared, l.Confirmed}}
	}
	for n > 0 {
		last := &left[len(left)-1]
		took := min(n, last.Qty)
		account := last.Account
		if d != nil {
			account = d.was.lasting(account)
		}
		if len(back) > 0 && back[0].Account == account {
			back[0].Qty += took
		} else {
			back = slices.Insert(back, 0, Balance{account, took})
		}
		n -= took
		if last.Qty -= took; last.Qty == 0 {
			left = left[:len(left)-1]
		}
	}
	if len(left) == 0 || len(left) == 1 && left[0].Account == Shared {
		left = nil
	}
	l.Left = left
	return back
}

// AppendCanonical appends what makes two requests the same.
func (c Withdraw) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpWithdraw)))
	return c.Note.appendCanonical(appendInt(dst, int64(c.TTL)))
}

func (c Withdraw) append(dst []byte) []byte {
	return c.Note.append(appendInt(c.Target.append(dst), int64(c.TTL)))
}
