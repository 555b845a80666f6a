package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// checkLineChange says what is wrong with a change of an order line, given the line
// before it, nil when there was none: which changes a line may make.
func checkLineChange(old *stock.Line, c *stock.LineChange, e *followedEvent) string {
	l := &c.Line
	if fault := checkLine(l, e); fault != "" {
		return fault
	}
	if e.Op == stock.OpReturn {
		return checkReturned(old, l, e)
	}
	if old != nil && old.Follows() && old.Leg.More != nil && l.Follows() {
		return checkBesideMore(old, c, e)
	}
	if holder, ok := e.ofHolder(); ok && stock.IsRedisHolder(holder) {
		return checkWrittenBack(old, l, e)
	} else if ok && e.Op != stock.OpTakeOver && !online(old, holder, e) {
		return checkMirrored(old, l, holder, e)
	}
	switch e.Op {
	case stock.OpTakeOver:
		return checkTakenOver(old, l, e)
	case stock.OpAccept, stock.OpDecline, stock.OpCancelAsk, stock.OpCancelRefuse:
		return checkKept(old, l, e)
	case stock.OpPlace:
		return checkPlaced(old, l, e)
	case stock.OpChange, stock.OpRelocate:
		return checkChanged(old, l, e)
	case stock.OpWithdraw:
		return checkWithdrawn(old, l, e)
	}
	switch {
	case old == nil:
		return fmt.Sprintf("%s of a line that was never placed", e.Op)
	case old.End != stock.Open:
		return fmt.Sprintf("%s of a line that has ended: %s", e.Op, old.End)
	case old.Due(e.at) != (e.Op == stock.OpExpire) && !old.Follows():
		return fmt.Sprintf("%s at %d of a line with deadline %d", e.Op, e.at, old.Deadline)
	case l.Call != old.Call || l.Channel != old.Channel || l.Lot != old.Lot || l.Customer != old.Customer || l.Period != old.Period || l.Requested != old.Requested || l.CreatedAt != old.CreatedAt:
		return fmt.Sprintf("%s changes what was asked", e.Op)
	}
	want, ok := lineAfter(old, l, e)
	if !ok {
		return fmt.Sprintf("%s changes a line", e.Op)
	}
	if !want.Equal(l) {
		return fmt.Sprintf("%s leaves the line as %+v, it should be %+v", e.Op, *l, want)
	}
	return ""
}

// lineAfter is the line as it must be after the operation, given the units that it
// took from the line. An operation that changes no line is not ok.
func lineAfter(old, l *stock.Line, e *followedEvent) (want stock.Line, ok bool) {
	want = *old
	want.UpdatedAt = e.at
	switch took := old.Quantity() - l.Quantity(); e.Op {
	case stock.OpCommit:
		want.Deadline = 0
	case stock.OpExtend:
		want.Deadline = max(l.Deadline, e.at+1)
		if old.Follows() {
			want.Deadline = l.Deadline // by the home's clock
		}
	case stock.OpConfirm:
		want.Confirmed += took
		want.LastConfirmed = took
		want.Drawn = drawnAfterTaking(old, l)
		want.Left = leftAfterLeaving(old, l)
		want.End = endIf(l, stock.EndConfirmed)
	case stock.OpRelease:
		want.Released += took
		want.LastReleased = took
		want.Drawn = drawnAfterTaking(old, l)
		want.End = endIf(l, stock.EndReleased)
		want.Kept = keptAfterRelease(old, l)
		if undone := old.Follows() && l.Leg != nil && l.Leg.Undone; undone && l.End != stock.Open {
			leg := *old.Leg
			leg.Undone = true
			want.Leg = &leg
		}
	case stock.OpExpire:
		want.Released += old.Quantity()
		want.Drawn, want.End = nil, stock.EndExpired
		if !old.Follows() {
			want.UpdatedAt = old.Deadline
		}
	case stock.OpFulfil, stock.OpRestock, stock.OpTransfer:
		want.Drawn = drawnAfterFilling(old, l)
		if old.Copied() {
			want.Drawn = drawnAfterHearing(old, l)
		}
	default:
		return want, false
	}
	return want, true
}

// checkChanged says what is wrong with a line that a change has brought to its
// wanted quantity.
func checkChanged(old, l *stock.Line, e *followedEvent) string {
	if old != nil && old.Leg != nil && old.Leg.Undone {
		old = nil // it counts as never placed
	}
	switch {
	case old == nil && l.Leg != nil && !l.Copied():
		return "a change holds units in another slot"
	case old == nil && e.Call == nil:
		return "a line is new and of no reserve call"
	case old == nil && l.Quantity() != l.Requested:
		return fmt.Sprintf("%d were asked and %d held", l.Requested, l.Quantity())
	case old == nil && e.Op == stock.OpRelocate && l.Deadline == 0:
		until := *l
		until.Deadline = e.at + 1 // it was committed where it came from
		return checkHeldAnew(&until, e)
	case old == nil:
		return checkHeldAnew(l, e)
	case (old.Leg != nil || l.Leg != nil) && !relocatesAway(old, l, e) && !changesAway(old, l, e):
		return "a line changed of which units lie in another slot"
	case old.End != stock.Open && (old.End != stock.EndReleased || l.End != stock.Open):
		return fmt.Sprintf("%s of a line that has ended: %s", e.Op, old.End)
	case old.Due(e.at):
		return fmt.Sprintf("%s at %d of a line with deadline %d", e.Op, e.at, old.Deadline)
	case l.Deadline != old.Deadline && !old.Follows() && (l.Deadline <= e.at && (l.Deadline != 0 || e.Op != stock.OpRelocate) || old.Deadline == 0 && old.End == stock.Open):
		return fmt.Sprintf("%s at %d changes the deadline from %d to %d", e.Op, e.at, old.Deadline, l.Deadline)
	}
	want := *old
	want.UpdatedAt, want.Deadline, want.Leg = e.at, l.Deadline, l.Leg
	switch more := l.Quantity() - old.Quantity(); {
	case more > 0:
		want.Drawn, want.End, want.Tallied = drawnAfterGrowing(old, l), stock.Open, l.Tallied
	case more < 0:
		want.Released -= more
		want.Drawn, want.End = drawnAfterTaking(old, l), endIf(l, stock.EndReleased)
	}
	if !want.Equal(l) {
		return fmt.Sprintf("%s leaves the line as %+v, it should be %+v", e.Op, *l, want)
	}
	return ""
}

// relocatesAway reports whether the home's copy of a line gives units back, which
// move to another location.
func relocatesAway(old, l *stock.Line, e *followedEvent) bool {
	return e.Op == stock.OpRelocate && old.Copied() && l.Copied() && old.Leg.Equal(l.Leg) && l.Quantity() < old.Quantity()
}

// drawnAfterGrowing is what a line that grew may hold: no account has less than
// before.
func drawnAfterGrowing(old, l *stock.Line) []stock.Balance {
	for _, b := range old.Drawn {
		if drawnFrom(l, b.Account) < b.Qty {
			return old.Drawn
		}
	}
	return l.Drawn
}

// checkPlaced says what is wrong with a line that was placed.
func checkPlaced(old, l *stock.Line, e *followedEvent) string {
	switch {
	case old != nil && (old.Leg == nil || !old.Leg.Undone):
		return "a line was placed a second time"
	case l.Channel != e.Channel:
		return fmt.Sprintf("placed on channel %q, the line says %q", e.Channel, l.Channel)
	}
	return checkHeldAnew(l, e)
}

// checkHeldAnew says what is wrong with a line that the order did not have before.
func checkHeldAnew(l *stock.Line, e *followedEvent) string {
	switch {
	case l.End != stock.Open || l.Confirmed != 0 || l.Released != 0 || l.LastConfirmed != 0 || l.LastReleased != 0 || l.Returned != 0:
		return "a line was placed that has ended in part"
	case l.Quantity() > l.Requested:
		return fmt.Sprintf("%d were asked and %d placed", l.Requested, l.Quantity())
	case l.CreatedAt != e.at || l.UpdatedAt != e.at || l.Deadline <= e.at:
		return fmt.Sprintf("placed at %d, the line says %d, %d and has the deadline %d", e.at, l.CreatedAt, l.UpdatedAt, l.Deadline)
	}
	return ""
}

// checkLine says what is wrong with a line by itself.
func checkLine(l *stock.Line, e *followedEvent) string {
	if l.Item.Tenant != e.Tenant {
		return "the line is of another tenant"
	}
	for _, d := range l.Drawn {
		if d.Qty <= 0 || d.Account != stock.Uncounted && d.Account != stock.Accepted && !d.Account.Sellable() && !d.Account.Ahead() {
			return fmt.Sprintf("the line has drawn %d from account %q", d.Qty, d.Account)
		}
	}
	if l.Tallied && (l.Channel == "" || l.Copied()) {
		return "the line counts for a channel and cannot"
	}
	if (l.End == stock.Open) != (len(l.Drawn) > 0) {
		return fmt.Sprintf("the line is %s and holds %d", l.End, l.Quantity())
	}
	for _, q := range [...]stock.Qty{l.Requested, l.Quantity(), l.Confirmed, l.Released, l.Returned} {
		if q < 0 || q > stock.MaxQty {
			return fmt.Sprintf("a figure of the line is %d", q)
		}
	}
	return ""
}

// isShown reports whether a line is shown as it is, or, when it is due, as
// it counts.
func isShown(is, shown *stock.Line, at stock.Time) bool {
	counts := is.At(at)
	return is.Equal(shown) || counts.Equal(shown)
}

func endIf(l *stock.Line, end stock.End) stock.End {
	if len(l.Drawn) == 0 {
		return end
	}
	return stock.Open
}

// drawnAfterTaking is what may be left of the units that the line had drawn: no
// account has more than before. A rule of package stock decides which units go
// first. The records of the channel and the lot show that the units came from the
// right ones: these records must agree with the open lines (checkTally, checkLots).
func drawnAfterTaking(old, l *stock.Line) []stock.Balance {
	for _, b := range l.Drawn {
		if drawnFrom(l, b.Account) > drawnFrom(old, b.Account) {
			return old.Drawn
		}
	}
	return l.Drawn
}

// leftAfterLeaving is what may be noted of the units that have left: by account,
// the units that had left before, and those that the line no longer has drawn.
// Nothing is noted when all of them came from the shared pool.
func leftAfterLeaving(old, l *stock.Line) []stock.Balance {
	var left leftUnits
	left.addLeft(old, 1)
	for _, b := range old.Drawn {
		left.add(b.Account, b.Qty)
	}
	for _, b := range l.Drawn {
		left.add(b.Account, -b.Qty)
	}
	left.addLeft(l, -1)
	if len(left) > 0 {
		return old.Left
	}
	return l.Left
}

// leftUnits are units that have left by the account they were drawn from.
type leftUnits map[stock.Account]stock.Qty

// addLeft adds what has left of the line.
func (u *leftUnits) addLeft(l *stock.Line, sign stock.Qty) {
	for _, b := range l.Left {
		u.add(b.Account, sign*b.Qty)
	}
	if l.Left == nil {
		u.add(stock.Shared, sign*l.Confirmed)
	}
}

// add counts n units; those that are not counted, and none, are left out.
func (u *leftUnits) add(a stock.Account, n stock.Qty) {
	if a == stock.Uncounted {
		a = stock.Shared
	}
	if *u == nil {
		*u = leftUnits{}
	}
	if (*u)[a] += n; (*u)[a] == 0 {
		delete(*u, a)
	}
}

// checkWithdrawn says what is wrong with a line of which units came back.
func checkWithdrawn(old, l *stock.Line, e *followedEvent) string {
	switch {
	case old == nil:
		return "withdraw of a line that was never placed"
	case old.End == stock.EndExpired || old.Due(e.at):
		return fmt.Sprintf("withdraw at %d of a line with deadline %d that has expired: %s", e.at, old.Deadline, old.End)
	case !old.Follows() && (l.Deadline != 0 && l.Deadline <= e.at || l.Quantity() <= old.Quantity()):
		return fmt.Sprintf("withdraw at %d leaves the line with %d units and the deadline %d", e.at, l.Quantity(), l.Deadline)
	case old.Follows() && (l.Withdrawn <= old.Withdrawn || l.Quantity() < old.Quantity()):
		return fmt.Sprintf("withdraw of a leg to which %d units came back leaves it with %d, and %d held", old.Withdrawn, l.Withdrawn, l.Quantity())
	}
	n := l.Quantity() - old.Quantity()
	if old.Follows() && n == 0 { // it never received that they had left
		want := *old
		want.Withdrawn, want.UpdatedAt = l.Withdrawn, e.at
		if !want.Equal(l) {
			return fmt.Sprintf("%s leaves the leg as %+v, it should be %+v", e.Op, *l, want)
		}
		return ""
	}
	want := *old
	switch {
	case old.Follows():
		want.Withdrawn = l.Withdrawn
	case old.Leg != nil:
		want.Withdrawn += n
	}
	want.UpdatedAt, want.Deadline, want.Drawn, want.End, want.LastConfirmed = e.at, l.Deadline, drawnAfterGrowing(old, l), stock.Open, 0
	want.Confirmed -= n
	if want.Left = old.Left; leftTotal(l) == want.Confirmed {
		want.Left = l.Left
	}
	if old.End != stock.Open { // figures that are no longer kept do not count it
		want.Tallied, want.Period = old.Tallied && l.Tallied, l.Period
		if l.Period != 0 {
			want.Period = old.Period
		}
	}
	if !want.Equal(l) {
		return fmt.Sprintf("%s leaves the line as %+v, it should be %+v", e.Op, *l, want)
	}
	return ""
}

// leftTotal is how many units have left of the line, by what is noted.
func leftTotal(l *stock.Line) (n stock.Qty) {
	if l.Left == nil {
		return l.Confirmed
	}
	for _, b := range l.Left {
		n += b.Qty
	}
	return n
}

// drawnFrom is how many units the line has drawn from the account.
func drawnFrom(l *stock.Line, a stock.Account) (n stock.Qty) {
	for _, b := range l.Drawn {
		if b.Account == a {
			n += b.Qty
		}
	}
	return n
}
