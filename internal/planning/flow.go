package planning

import (
	"math"

	"holdfast.dev/holdfast/internal/stock"
)

// flow is the working memory of pour: the cheapest way to bring one more unit
// to each candidate and each line.
type flow struct {
	toCand, toLine []int64
	fromLine       []int32 // the line that gives its unit back to the candidate; -1: it has capacity left
	fromCand       []int32 // the candidate that gives the unit to the line
	need           []stock.Qty
}

// nowhere is more than any way costs.
const nowhere = math.MaxInt64 / 2

// pour fills take with as much of the order as capacities allow, at the least
// sum of price × units; among equals, with units from candidates that rank
// first. price has the shape of take; nil counts rank alone. It returns the
// units that were filled.
//
// It is min-cost flow by successive shortest paths (Ahuja, Magnanti, Orlin, Network Flows,
// 1993, §9.7): each further unit takes the cheapest path there is, and on that path a
// candidate may give to another line than before.
func (s *Planner) pour(price []Cost) stock.Qty {
	f := &s.flow
	s.empty()
	f.need = append(f.need[:0], s.want...)
	var filled stock.Qty
	for {
		cheapest := s.findWays(price)
		if cheapest == nowhere {
			return filled
		}
		// Paths of equal cost stay the cheapest while others of them are used; a path that
		// was used up meanwhile brings nothing.
		for line, cost := range f.toLine {
			if cost == cheapest && f.need[line] > 0 {
				filled += s.push(line)
			}
		}
	}
}

// push brings as many units as it can to a line, along the path that was found.
func (s *Planner) push(line int) stock.Qty {
	f := &s.flow
	qty := f.need[line]
	for l := line; l >= 0; {
		j := int(f.fromCand[l])
		at := j*s.lines + l
		qty = min(qty, s.give[at]-s.take[at])
		if l = int(f.fromLine[j]); l >= 0 {
			qty = min(qty, s.take[j*s.lines+l])
		} else {
			qty = min(qty, s.left[j])
		}
	}
	f.need[line] -= qty
	for l := line; l >= 0; {
		j := int(f.fromCand[l])
		s.take[j*s.lines+l] += qty
		if l = int(f.fromLine[j]); l >= 0 {
			s.take[j*s.lines+l] -= qty
		} else {
			s.left[j] -= qty
		}
	}
	return qty
}

// findWays finds the cheapest path for one more unit of each line (Bellman and Ford: giving
// back has a negative price). It returns the cost of the cheapest path to a line in need,
// or nowhere.
func (s *Planner) findWays(price []Cost) int64 {
	f := &s.flow
	f.toCand, f.fromLine = resize(f.toCand, len(s.cands)), resize(f.fromLine, len(s.cands))
	f.toLine, f.fromCand = resize(f.toLine, s.lines), resize(f.fromCand, s.lines)
	for j := range s.cands {
		f.fromLine[j] = -1
		if s.left[j] == 0 || s.shut[j] {
			f.toCand[j] = nowhere
		}
	}
	for l := range s.lines {
		f.toLine[l] = nowhere
	}
	// A path has at most this many candidates, so ranks never add up to a difference in
	// price. With the bounds of order.go the sum fits.
	tie := int64(len(s.cands)) * int64(min(len(s.cands), s.lines)+2)
	cost := func(at, j int) int64 {
		if price == nil {
			return int64(j)
		}
		return int64(price[at])*tie + int64(j)
	}
	for better := true; better; {
		better = false
		for j := range s.cands {
			if f.toCand[j] == nowhere {
				continue
			}
			for l := range s.lines {
				at := j*s.lines + l
				if way := f.toCand[j] + cost(at, j); way < f.toLine[l] && s.take[at] < s.give[at] {
					f.toLine[l], f.fromCand[l], better = way, int32(j), true
				}
			}
		}
		for l := range s.lines {
			if f.toLine[l] == nowhere {
				continue
			}
			for j := range s.cands {
				at := j*s.lines + l
				if way := f.toLine[l] - cost(at, j); s.take[at] > 0 && way < f.toCand[j] {
					f.toCand[j], f.fromLine[j], better = way, int32(l), true
				}
			}
		}
	}
	cheapest := int64(nowhere)
	for l := range s.lines {
		if f.need[l] > 0 {
			cheapest = min(cheapest, f.toLine[l])
		}
	}
	return cheapest
}
