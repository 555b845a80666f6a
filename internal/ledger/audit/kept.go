package audit

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// online reports whether an entry of a till's log is about a line that was made in these books:
// the till takes it on, or keeps it already. Then the ordinary rules hold.
func online(old *stock.Line, holder string, e *followedEvent) bool {
	return old != nil && (e.Op == stock.OpAccept || e.Op == stock.OpDecline || old.Kept != nil && old.Kept.Holder == holder)
}

// checkKept says what is wrong with a line that a till takes on or declines, or which is to be
// cancelled. In the books of a till the line is new.
func checkKept(old, l *stock.Line, e *followedEvent) string {
	holder, mirrored := e.ofHolder()
	if old == nil {
		return checkAccepted(l, mirrored, e)
	}
	want := *old
	want.UpdatedAt = e.at
	switch e.Op {
	case stock.OpAccept:
		if !old.Offered() || !mirrored {
			return fmt.Sprintf("a till accepts a line that is not on offer: %+v", *old)
		}
		want.Kept = &stock.Kept{Holder: holder}
	case stock.OpDecline:
		if !old.Offered() || !mirrored {
			return fmt.Sprintf("a till declines a line that is not on offer: %+v", *old)
		}
		n := old.Quantity()
		want.Released += n
		want.LastReleased, want.Drawn, want.End = n, nil, stock.EndReleased
	default:
		if old.Kept == nil || old.End != stock.Open || l.Kept == nil || l.Kept.Holder != old.Kept.Holder {
			return fmt.Sprintf("%s of a line that no till keeps: %+v", e.Op, *old)
		}
		if l.Kept.Asked < old.Kept.Asked || l.Kept.Refused != (e.Op == stock.OpCancelRefuse) {
			return fmt.Sprintf("%s leaves %+v, it was %+v", e.Op, *l.Kept, *old.Kept)
		}
		want.Kept = l.Kept
	}
	if !want.Equal(l) {
		return fmt.Sprintf("%s leaves the line as %+v, it should be %+v", e.Op, *l, want)
	}
	return ""
}

// isTakenOn reports whether the line is new in the books of a till, of an order of its centre.
func isTakenOn(c *stock.LineChange, e *stock.Event) bool {
	return (e.Op == stock.OpAccept || e.Op == stock.OpDecline) && c.Line.Kept != nil && c.Line.Kept.Holder == ""
}

// checkAccepted says what is wrong with a line that a till has, in its own books, of an order of
// its centre.
func checkAccepted(l *stock.Line, mirrored bool, e *followedEvent) string {
	_, ofCentre := stock.OfCentre(e.Order)
	accepted := e.Op == stock.OpAccept && l.End == stock.Open && l.Quantity() == l.Requested && l.Released == 0
	declined := e.Op == stock.OpDecline && l.End == stock.EndReleased && l.Released == l.Requested
	for _, b := range l.Drawn {
		accepted = accepted && (b.Account == stock.Accepted || b.Account == stock.Uncounted)
	}
	switch {
	case mirrored || !ofCentre || !accepted && !declined:
		return fmt.Sprintf("%s of a line that was never placed: %+v", e.Op, *l)
	case l.Kept == nil || *l.Kept != stock.Kept{} || e.Call == nil:
		return fmt.Sprintf("%s of a line that is not of an order of the centre: %+v", e.Op, *l)
	case l.Deadline != 0 || l.Confirmed != 0 || l.Tallied || l.Period != 0 || l.Leg != nil || l.CreatedAt != e.at || l.UpdatedAt != e.at:
		return fmt.Sprintf("a line that a till accepts is %+v", *l)
	}
	return ""
}

// keptAfterRelease is the keeper of a line after units of it were given back; nil
// when all were given back at the centre.
func keptAfterRelease(old, l *stock.Line) *stock.Kept {
	if old.Kept != nil && old.Kept.Holder != "" && l.End == stock.EndReleased && l.Confirmed == 0 {
		return nil
	}
	return old.Kept
}
