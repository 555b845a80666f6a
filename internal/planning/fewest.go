package planning

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// fewSearch is the working memory of searchFewest.
type fewSearch struct {
	used     []bool      // gives in any case
	byGive   []int32     // [line*cands+k]: the k-th most that a candidate could give
	byMost   []int32     // candidates by all they could give, within their capacity
	most     []stock.Qty // per candidate, that sum
	sum      []stock.Qty // [group*lines+line]: what those in use could give
	reached  []stock.Qty // per group, for missing
	count    []int       // per group, for missing
	others   []bool      // the opposite of used, for pourFromUsed
	tried    []int32     // shut by the search, the last ones last
	linewise bool        // each line needs its whole want

	now, best setSize
	least     setSize // no set of one candidate is smaller in any way
	kept      []bool  // used of the best
	found     bool
	budget    int
}

// setSize is how large a set of locations is; the first difference counts.
type setSize struct {
	locations          int
	priorities, metres int64
	ranks              int64
}

func (a setSize) plus(b setSize, times int) setSize {
	n := int64(times)
	return setSize{a.locations + times*b.locations, a.priorities + n*b.priorities, a.metres + n*b.metres, a.ranks + n*b.ranks}
}

func (a setSize) compare(b setSize) int {
	return cmp.Or(cmp.Compare(a.locations, b.locations), cmp.Compare(a.priorities, b.priorities),
		cmp.Compare(a.metres, b.metres), cmp.Compare(a.ranks, b.ranks))
}

// Up to exactFewest candidates searchFewest always runs to the end. Beyond that, fewSteps
// bounds it, counted like cheapSteps.
const (
	exactFewest = 20
	fewSteps    = 1 << 24
)

func (s *Planner) beginFewest() {
	f := &s.few
	f.used = resize(f.used, len(s.cands))
	f.kept = resize(f.kept, len(s.cands))
	f.found = false
	for j := range s.cands {
		one := s.sizeOf(j)
		if j == 0 {
			f.least = one
		}
		f.least.priorities = min(f.least.priorities, one.priorities)
		f.least.metres = min(f.least.metres, one.metres)
	}
}

// sizeOf is the size of a set of one.
func (s *Planner) sizeOf(cand int) setSize {
	c := s.cands[cand]
	return setSize{1, int64(s.locations[c.at].Priority), c.metres, int64(cand)}
}

// searchFewest keeps the smallest set of candidates that fills the target, if it is smaller
// than the best so far. A line that the set does not cover needs one more of the candidates
// that have some of it. They are tried in turn, each without those tried before it. A
// branch ends when the line that still needs the most candidates would make the set larger
// than the best.
func (s *Planner) searchFewest() {
	f := &s.few
	clear(f.used)
	f.now = setSize{}
	f.sum = resize(f.sum, s.groups()*s.lines)
	f.reached, f.count = resize(f.reached, s.groups()), resize(f.count, s.groups())
	f.linewise = true
	if s.capped {
		wanted := s.target
		s.target = s.pour(nil)
		if s.order.Split == SplitNever && s.target < s.asked {
			return
		}
		f.linewise = s.target == wanted // otherwise the units left out may be of one line or of another
	}
	s.sortByGive()
	f.budget = max(fewSteps/max(len(s.take), 1), 1024)
	if len(s.cands) <= exactFewest {
		f.budget = -1 // no bound
	}
	s.widen()
}

// sortByGive sorts the candidates by what they could give.
func (s *Planner) sortByGive() {
	f := &s.few
	n := len(s.cands)
	f.byGive = resize(f.byGive, n*s.lines)
	for l := range s.lines {
		row := f.byGive[l*n : (l+1)*n]
		for j := range row {
			row[j] = int32(j)
		}
		slices.SortStableFunc(row, func(a, b int32) int {
			return cmp.Compare(s.give[int(b)*s.lines+l], s.give[int(a)*s.lines+l])
		})
	}
	if !s.capped {
		return
	}
	f.most, f.byMost = resize(f.most, n), resize(f.byMost, n)
	for j := range n {
		for _, give := range s.give[j*s.lines : (j+1)*s.lines] {
			f.most[j] = min(f.most[j]+give, s.cands[j].capacity)
		}
		f.byMost[j] = int32(j)
	}
	slices.SortStableFunc(f.byMost, func(a, b int32) int { return cmp.Compare(f.most[b], f.most[a]) })
}

// widen continues the search from the set in use.
func (s *Planner) widen() {
	f := &s.few
	if f.budget == 0 {
		s.proven = false
		return
	}
	f.budget--
	line, more, possible := s.missing()
	if !possible || s.worse(more) {
		return
	}
	if line < 0 {
		if !s.capped || s.pourFromUsed() == s.target {
			f.best, f.found = f.now, true
			copy(f.kept, f.used)
			return
		}
		if s.worse(max(more, 1)) || s.pour(nil) < s.target {
			return
		}
	}
	tried := len(f.tried)
	for j := range s.cands {
		if f.used[j] || s.shut[j] || line >= 0 && s.give[j*s.lines+line] == 0 {
			continue
		}
		s.use(j, true)
		s.widen()
		s.use(j, false)
		s.shut[j] = true
		f.tried = append(f.tried, int32(j))
	}
	for _, j := range f.tried[tried:] {
		s.shut[j] = false
	}
	f.tried = f.tried[:tried]
}

// use takes a candidate into the set, or out of it.
func (s *Planner) use(cand int, in bool) {
	f := &s.few
	f.used[cand] = in
	times := 1
	if !in {
		times = -1
	}
	f.now = f.now.plus(s.sizeOf(cand), times)
	sum := f.sum[s.groupOf(cand)*s.lines:][:s.lines]
	for l, give := range s.give[cand*s.lines : (cand+1)*s.lines] {
		sum[l] += stock.Qty(times) * give
	}
}

// worse says that the set will not be smaller than the best if it needs that
// many candidates more.
func (s *Planner) worse(more int) bool {
	return s.few.found && s.few.now.plus(s.few.least, more).compare(s.few.best) >= 0
}

// missing returns how many more candidates the set needs at least, and whether the remaining
// candidates can cover all lines. line is the one to look at next, that with the least choice;
// it is -1 if all are covered.
func (s *Planner) missing() (line, more int, possible bool) {
	f := &s.few
	line = -1
	leastChoice := 0
	if f.linewise {
		for l, want := range s.want {
			needed, choice, possible := s.missingOf(l, want)
			if !possible {
				return 0, 0, false
			}
			more = max(more, needed)
			if needed > 0 && (line < 0 || choice < leastChoice) {
				line, leastChoice = l, choice
			}
		}
	}
	if s.capped {
		needed, possible := s.missingUnits()
		return line, max(more, needed), possible
	}
	return line, more, true
}

// missingOf is how many more candidates a line needs at least, and how many there are to
// choose from.
func (s *Planner) missingOf(line int, want stock.Qty) (needed, choice int, possible bool) {
	f := &s.few
	for g := range f.reached {
		f.reached[g], f.count[g] = f.sum[g*s.lines+line], 0
		if f.reached[g] >= want {
			return 0, 0, true
		}
	}
	n := len(s.cands)
	for _, j := range f.byGive[line*n : (line+1)*n] {
		give := s.give[int(j)*s.lines+line]
		if give == 0 {
			break
		}
		if f.used[j] || s.shut[j] {
			continue
		}
		choice++
		g := s.groupOf(int(j))
		if f.reached[g] >= want {
			continue
		}
		f.count[g]++
		if f.reached[g] += give; f.reached[g] >= want && (!possible || f.count[g] < needed) {
			needed, possible = f.count[g], true
		}
	}
	return needed, choice, possible
}

// missingUnits is how many more candidates the target needs at least, judged by all the
// units that they could give.
func (s *Planner) missingUnits() (needed int, possible bool) {
	f := &s.few
	rest := s.target
	for j, used := range f.used {
		if used {
			rest -= f.most[j]
		}
	}
	for _, j := range f.byMost {
		if rest <= 0 {
			break
		}
		if !f.used[j] && !s.shut[j] {
			rest -= f.most[j]
			needed++
		}
	}
	return needed, rest <= 0
}

// pourFromUsed is pour with all others shut.
func (s *Planner) pourFromUsed() stock.Qty {
	f := &s.few
	f.others = resize(f.others, len(s.cands))
	for j, used := range f.used {
		f.others[j] = !used
	}
	s.shut, f.others = f.others, s.shut
	filled := s.pour(nil)
	s.shut, f.others = f.others, s.shut
	return filled
}

// takeFewest fills take from the set that was kept.
func (s *Planner) takeFewest() {
	for j, used := range s.few.kept {
		s.shut[j] = !used
	}
	s.aim()
	s.drawWhole()
}
