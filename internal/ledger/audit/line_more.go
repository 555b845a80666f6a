package audit

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// This file checks legs that hold units on top for a change (stock.More).

// changesAway reports whether a change did only what it may do to a line whose
// units are in another slot: the home's line gives units back, adopts some or gets
// another deadline; its leg holds some on top.
func changesAway(old, l *stock.Line, e *followedEvent) bool {
	if e.Op != stock.OpChange || old.Leg == nil || l.Leg == nil {
		return false
	}
	leg, more := *l.Leg, l.Quantity()-old.Quantity()
	if !l.Follows() {
		if grew := leg.Joined != old.Leg.Joined; grew != (more > 0) {
			return false
		}
		leg.Joined = old.Leg.Joined
		return leg.Equal(old.Leg)
	}
	top := leg.More
	leg.More = nil
	return top != nil && more > 0 && top.End == old.End && top.Deadline == old.Deadline && leg.Equal(old.Leg) && slices.Equal(sorted(topOf(old, l)), sorted(top.Drawn))
}

// topOf is the units that the line has drawn in addition to those before.
func topOf(old, l *stock.Line) (top []stock.Balance) {
	for _, b := range l.Drawn {
		if more := b.Qty - drawnFrom(old, b.Account); more > 0 {
			top = append(top, stock.Balance{Account: b.Account, Qty: more})
		}
	}
	return top
}

// sorted are the units by account.
func sorted(units []stock.Balance) []stock.Balance {
	return slices.SortedFunc(slices.Values(units), func(a, b stock.Balance) int {
		if a.Account < b.Account {
			return -1
		}
		return 1
	})
}

// checkBesideMore says what is wrong with a leg that follows its home and had units on
// top: they have become its own, have been given back, or are as they were.
func checkBesideMore(old *stock.Line, c *stock.LineChange, e *followedEvent) string {
	l := &c.Line
	if l.Leg.More == nil {
		given, joined, leg := old.Own(), *old, *old.Leg
		leg.More = nil
		joined.Leg, joined.Deadline = &leg, given.Deadline
		given.UpdatedAt, joined.UpdatedAt = e.at, e.at
		if e.Op == stock.OpRelease && given.Equal(l) || joined.Equal(l) {
			return ""
		}
		return checkLineChange(&joined, c, e)
	}
	is, was := *l.Leg.More, *old.Leg.More
	own, before := l.Own(), old.Own()
	if is.End != was.End && is.End != own.End || l.Deadline != old.Deadline || is.Key != was.Key || is.Print != was.Print || !slices.Equal(is.Drawn, was.Drawn) {
		return fmt.Sprintf("%s changes what the leg holds on top from %+v to %+v", e.Op, was, is)
	}
	if own.Quantity()+total(is.Drawn) != l.Quantity() {
		return fmt.Sprintf("the leg holds %d, of which %d on top", l.Quantity(), total(is.Drawn))
	}
	return checkLineChange(&before, &stock.LineChange{Bucket: c.Bucket, Changed: true, Prev: c.Prev, Line: own}, e)
}

func total(units []stock.Balance) (n stock.Qty) {
	for _, b := range units {
		n += b.Qty
	}
	return n
}

// grownSince reports whether the home's line has adopted what its leg did not hold when it
// was read, which was earlier.
func grownSince(leg, home *stock.Line) bool {
	return home.Leg.Joined != ([16]byte{}) && leg.Granted() < home.Granted()
}
