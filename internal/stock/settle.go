package stock

import (
	"fmt"
	"slices"
)

// Elsewhere says that other slots decide what a command is about: those of the named home
// buckets. Nothing has changed here.
type Elsewhere struct{ Homes []Bucket }

// Error names the buckets.
func (e *Elsewhere) Error() string { return fmt.Sprintf("decided at the home in bucket %v", e.Homes) }

// homes are the home buckets of the calls whose legs the holds are.
func homes(holds []*Hold) []Bucket {
	var all []Bucket
	for _, h := range holds {
		for i := range h.Lines {
			if b := h.Calls[h.Lines[i].Call].HomeBucket; h.Lines[i].Follows() && !slices.Contains(all, b) {
				all = append(all, b)
			}
		}
	}
	return all
}

// Settle makes one leg follow the decision of its home. What is the operation; the totals
// are the home's, so that settling twice changes nothing more.
type Settle struct {
	Order OrderKey
	Item  ItemKey
	// Call is the key of the reserve call that the leg belongs to (Leg.Key): a late message
	// must not reach the leg of another call for the same item.
	Call [16]byte
	// The decision: OpWithdraw, OpConfirm, OpRelease, OpExpire, OpCommit or OpExtend.
	What                           Op
	Confirmed, Released, Withdrawn Qty
	Deadline                       Time
	// Joined is the latest change by which the home's line grew (Leg.Joined). The
	// additional units that the leg holds for it are its own from now on; or, with Undo,
	// are given back.
	Joined [16]byte
	// ByLot says that Drawn and Left are those of the home's line. They show which units,
	// by lot, are meant when the leg has units of lots.
	ByLot       bool
	Drawn, Left []Balance
	// Undo releases a leg whose call was not carried out, whatever the totals.
	Undo bool
	Note Note
}

// Op is the operation that the home decided.
func (c Settle) Op() Op { return c.What }

// Reach says what the command needs to be judged.
func (c Settle) Reach() Reach { return Reach{Items: []ItemKey{c.Item}, Order: c.Order} }

func (c Settle) decide(s State, now Time) (Event, error) {
	var leg placed
	for _, h := range s.Order(c.Order) {
		if l := h.Find(c.Item); l != nil && l.Follows() && l.Leg.Key == c.Call {
			leg = placed{h.Key.Bucket, l}
		}
	}
	if leg.line == nil {
		return Event{}, &Refusal{Code: NotFound, Field: "reservation", Detail: fmt.Sprintf("order %q has no leg here", c.Order.Order)}
	}
	e := Event{Op: c.What, Tenant: c.Order.Tenant, Order: c.Order.Order, Lines: make([]LineChange, 1), Note: c.Note}
	to := &e.Lines[0]
	*to = LineChange{Bucket: leg.bucket, Line: *leg.line}
	if to.Line.End != Open && !c.reopens(&to.Line) {
		return e, nil
	}
	r, err := e.turn(s, now, to, func(l *Line, d *draft) (bool, *Refusal) {
		if c.What == OpWithdraw {
			return c.withdraw(l, d, s, now)
		}
		return c.line(l, d)
	}, 1)
	if r != nil {
		return Event{}, r
	}
	return orNothing(e, err)
}

// reopens reports whether units come back to a leg that holds none, because its home has
// taken them back.
func (c Settle) reopens(l *Line) bool {
	return c.What == OpWithdraw && c.Withdrawn > l.Withdrawn && l.Confirmed > c.Confirmed && l.End != EndExpired
}

// line is the rule. Additional units that are held for a change are no part of the totals.
func (c Settle) line(l *Line, d *draft) (bool, *Refusal) {
	if l.Leg.More != nil {
		return c.settleMore(l, d)
	}
	if c.Undo && c.Joined != ([16]byte{}) {
		return false, nil // it was given back, or never held
	}
	return c.follow(l, d)
}

// follow is the rule of a leg without additional units: the home's own rule, up to the
// totals.
func (c Settle) follow(l *Line, d *draft) (bool, *Refusal) {
	t := Target{Keyed: true}
	if c.Withdrawn == l.Withdrawn { // otherwise the figures are older, or a withdrawal comes first
		t.Qty = max(c.Confirmed-l.Confirmed, 0)
	}
	if c.What == OpRelease || c.What == OpExpire {
		t.Qty = max(c.Released-l.Released, 0)
	}
	if c.Undo {
		t.Qty = l.Quantity()
		leg := *l.Leg
		leg.Undone = true
		l.Leg = &leg
	}
	switch c.What {
	case OpCommit, OpExtend:
		if l.Deadline == c.Deadline {
			return false, nil
		}
		l.Deadline = c.Deadline
		return true, nil
	case OpConfirm, OpRelease:
		if t.Qty == 0 {
			return false, nil
		}
		if c.ByLot && !c.Undo && l.OfLots() && c.settleByLot(l, t.Qty, d) {
			return true, nil
		}
		if c.What == OpConfirm {
			return Confirm{Target: t}.line(l, d)
		}
		return Release{Target: t}.line(l, d)
	case OpExpire:
		if t.Qty != l.Quantity() {
			return false, refuseEnded(l)
		}
		l.Released += t.Qty
		l.Drawn = giveBack(l, t.Qty, d)
		l.End = EndExpired
		return true, nil
	}
	return false, invalid("operation", "a leg cannot %s", c.What)
}

// Close ends a reserve call, a relocation or a change over several slots that its home has
// not decided. A later request under the call's key is refused, so that its legs can be
// given back. A call that was decided is answered with its outcome instead.
type Close struct{ Order OrderKey }

// Op is the operation of the call it closes.
func (c Close) Op() Op { return OpPlace }

// Reach says what the command needs to be judged.
func (c Close) Reach() Reach { return Reach{Order: c.Order, New: true} }

func (c Close) decide(State, Time) (Event, error) {
	return Event{}, &Refusal{Code: Expired, State: StateExpired, Detail: givenUp}
}

const givenUp = "the call was given up before all its parts were held"

// IsGivenUp reports whether the refusal is that of a call that was closed.
func (r *Refusal) IsGivenUp() bool { return r.Code == Expired && r.Detail == givenUp }

// AppendCanonical appends what makes two requests the same.
func (c Settle) AppendCanonical(dst []byte) []byte {
	dst = c.Order.appendCanonical(append(dst, byte(c.What)))
	dst = append(c.Item.appendCanonical(dst), c.Call[:]...)
	dst = appendQty(dst, c.Confirmed)
	dst = appendQty(dst, c.Released)
	dst = appendInt(dst, int64(c.Deadline))
	dst = appendBool(dst, c.Undo)
	if c.Joined != ([16]byte{}) {
		dst = append(dst, c.Joined[:]...)
	}
	if c.ByLot {
		dst = appendBalances(appendBalances(dst, c.Drawn), c.Left)
	}
	if c.Withdrawn != 0 {
		dst = appendQty(dst, c.Withdrawn)
	}
	return c.Note.appendCanonical(dst)
}

// AppendCanonical appends what makes two requests the same.
func (c Close) AppendCanonical(dst []byte) []byte {
	return c.Order.appendCanonical(append(dst, byte(OpPlace)))
}

func (c Close) append(dst []byte) []byte { return c.Order.appendCanonical(dst) }
