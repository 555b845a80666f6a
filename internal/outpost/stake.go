package outpost

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// stake is the units of an item that a till has, and those that it should have.
type stake struct {
	has   stock.Qty // it has
	pool  stock.Qty // there are for it besides
	share stock.Qty // it is to have
	rest  stock.Qty // are to stay in the pool
	floor stock.Qty // it has at least
	// wanted says that another till of the same share is down to its level, and that the pool lacks
	// units for it.
	wanted bool
}

// low reports whether the till should get more.
func (s *stake) low(t *catalog.Till) bool {
	return s.has < s.share && s.has <= part(s.share, t.TopUp())
}

// stakesOf returns the stakes of the tills of a location, in order of priority. A till's own percent,
// floor and ceiling count for it alone. A policy counts for all tills of one channel together that
// have no own values: each has an equal part, and the first ones get the units that are left over.
func stakesOf(it *stock.Item, tills []catalog.Till, now stock.Time) []stake {
	stakes := make([]stake, len(tills))
	for i := range tills {
		stakes[i].has, stakes[i].pool = it.InEscrow(tills[i].ID), drawable(it, &tills[i], now)
	}
	units := make([]stock.Qty, len(tills))
	for i := range tills {
		units[i] = stakes[i].pool
		for _, j := range sharing(tills, i, leavesPercent) {
			units[i] += stakes[j].has
		}
		stakes[i].floor = divided(stock.Qty(tills[i].Floor), tills, i, leavesFloor)
		stakes[i].share = shareOf(tills, i, units[i], stakes[i].floor)
	}
	for i := range tills {
		stakes[i].rest = units[i]
		for _, j := range sharing(tills, i, leavesPercent) {
			stakes[i].rest = max(0, stakes[i].rest-stakes[j].share)
		}
	}
	for i := range tills {
		for _, j := range sharing(tills, i, leavesPercent) {
			other := &stakes[j]
			stakes[i].wanted = stakes[i].wanted || j != i && other.low(&tills[j]) && mayHave(it, tills[j].Channel, now) && other.pool-other.rest < other.share-other.has
		}
	}
	return stakes
}

// shareOf is how many of the units the till should have.
func shareOf(tills []catalog.Till, i int, units, floor stock.Qty) stock.Qty {
	t := &tills[i]
	share := max(divided(part(units, t.Percent), tills, i, leavesPercent), floor)
	if t.Ceiling > 0 {
		share = min(share, divided(stock.Qty(t.Ceiling), tills, i, leavesCeiling))
	}
	return min(share, units)
}

func leavesPercent(t *catalog.Till) bool { return t.Left.Percent }
func leavesFloor(t *catalog.Till) bool   { return t.Left.Floor }
func leavesCeiling(t *catalog.Till) bool { return t.Left.Ceiling }

// sharing returns the tills, including this one, that share the part which the
// till leaves to policies.
func sharing(tills []catalog.Till, i int, leaves func(*catalog.Till) bool) (those []int) {
	if !leaves(&tills[i]) {
		return []int{i}
	}
	for j := range tills {
		if leaves(&tills[j]) && tills[j].Channel == tills[i].Channel {
			those = append(those, j)
		}
	}
	return those
}

// divided is the till's part of a figure that it may share with others.
func divided(figure stock.Qty, tills []catalog.Till, i int, leaves func(*catalog.Till) bool) stock.Qty {
	those := sharing(tills, i, leaves)
	n := stock.Qty(len(those))
	mine := figure / n
	for place, j := range those {
		if j == i && stock.Qty(place) < figure%n {
			mine++
		}
	}
	return mine
}
