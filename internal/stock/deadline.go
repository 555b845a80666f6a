package stock

import "fmt"

// Commit takes the deadline off (paid, units still on hand).
type Commit struct {
	Target
	Note Note
}

// Extend gives lines a new deadline: now + TTL (milliseconds).
type Extend struct {
	Target
	TTL  Time
	Note Note
}

// Op names the command.
func (c Commit) Op() Op { return OpCommit }

// A commit that is repeated after the units have left is still true. A commit that comes
// after they were given back is not.
func (c Commit) decide(s State, now Time) (Event, error) {
	if r := c.refuseQuantity(); r != nil {
		return Event{}, r
	}
	return c.judgeEach(s, now, OpCommit, c.Note, func(l *Line, _ *draft) (bool, *Refusal) {
		switch {
		case l.End == EndConfirmed || l.End == Open && l.Deadline == 0:
			return false, nil
		case l.End != Open:
			return false, refuseEnded(l)
		}
		l.Deadline = 0
		return true, nil
	})
}

// Op names the command.
func (c Extend) Op() Op { return OpExtend }

func (c Extend) decide(s State, now Time) (Event, error) {
	if r := c.refuseQuantity(); r != nil {
		return Event{}, r
	}
	if r := checkTTL(c.TTL); r != nil {
		return Event{}, r
	}
	return c.judgeEach(s, now, OpExtend, c.Note, func(l *Line, _ *draft) (bool, *Refusal) {
		switch {
		case l.End != Open:
			return false, refuseEnded(l)
		case l.Deadline == 0:
			return false, &Refusal{
				Code: InvalidState, State: l.State(),
				Detail: fmt.Sprintf("the reservation of product %q at location %q is committed and has no deadline", l.Item.Product, l.Item.Location),
			}
		case l.Deadline == now+c.TTL:
			return false, nil
		}
		l.Deadline = now + c.TTL
		return true, nil
	})
}

// refuseQuantity refuses a quantity, or a lot, where only a whole line can be meant: a line has one
// deadline.
func (t Target) refuseQuantity() *Refusal {
	if t.Item.Lot != "" {
		return invalid("lot", "a deadline belongs to the whole reservation, not to a lot of it")
	}
	if t.Qty != 0 {
		return invalid("quantity", "a deadline belongs to the whole reservation, not to a part of it")
	}
	return nil
}

func checkTTL(ttl Time) *Refusal {
	if ttl < MinTTL || ttl > MaxTTL {
		return invalid("ttl_seconds", "ttl_seconds must be from %d to %d", MinTTL/1000, MaxTTL/1000)
	}
	return nil
}

// AppendCanonical appends what makes two requests the same.
func (c Commit) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpCommit)))
	return c.Note.appendCanonical(dst)
}

func (c Commit) append(dst []byte) []byte { return c.Note.append(c.Target.append(dst)) }

// AppendCanonical appends what makes two requests the same.
func (c Extend) AppendCanonical(dst []byte) []byte {
	dst = c.Target.appendCanonical(append(dst, byte(OpExtend)))
	dst = appendInt(dst, int64(c.TTL))
	return c.Note.appendCanonical(dst)
}

func (c Extend) append(dst []byte) []byte {
	return c.Note.append(appendInt(c.Target.append(dst), int64(c.TTL)))
}
