package planning

import "holdfast.dev/holdfast/internal/stock"

// drawByRank takes every line from the candidates in the order of their rank. A line that
// must come whole comes from the first source that has it whole, and within that source
// again by rank. Such lines are served in the order in which they are given if they compete
// for a capacity. It returns the units that were taken.
func (s *Planner) drawByRank() (taken stock.Qty) {
	if s.capped && s.order.Split != SplitByLine {
		return s.pour(nil)
	}
	s.empty()
	for line, want := range s.want {
		if want == 0 {
			continue
		}
		if g := s.firstWhole(line, want); g >= 0 {
			s.drawFrom(s.membersOf(g), line, want)
			taken += want
		}
	}
	return taken
}

// firstWhole is the group that has the line whole, now, and whose first
// candidate with any of it ranks first; -1 if there is none.
func (s *Planner) firstWhole(line int, want stock.Qty) int {
	for j := range s.cands {
		if s.room(j, line) == 0 {
			continue
		}
		g, sum := s.groupOf(j), stock.Qty(0)
		for _, m := range s.membersOf(g) {
			sum += s.room(int(m), line)
		}
		if sum >= want {
			return g
		}
	}
	return -1
}

// drawFrom takes want from the members, which have it, in their order.
func (s *Planner) drawFrom(members []int32, line int, want stock.Qty) {
	for _, j := range members {
		if want == 0 {
			return
		}
		qty := min(want, s.room(int(j), line))
		s.put(int(j), line, qty)
		want -= qty
	}
}

// drawWhole is drawByRank for candidates that all give something anyway: a
// line comes whole from one of them if one has it whole.
func (s *Planner) drawWhole() {
	if s.capped {
		s.pour(nil)
		return
	}
	s.empty()
	for line, want := range s.want {
		if want == 0 {
			continue
		}
		if j := s.firstAlone(line, want); j >= 0 {
			s.put(j, line, want)
		} else if g := s.firstWhole(line, want); g >= 0 {
			s.drawFrom(s.membersOf(g), line, want)
		}
	}
}

// firstAlone is the first candidate that has the line whole, or -1.
func (s *Planner) firstAlone(line int, want stock.Qty) int {
	for j := range s.cands {
		if s.room(j, line) >= want {
			return j
		}
	}
	return -1
}
