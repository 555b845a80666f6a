package planning

import (
	"cmp"
	"math"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// packSearch is the working memory of choosePacked.
type packSearch struct {
	byWant  []int32     // lines, the largest first
	least   []Cost      // [k]: what the lines from the k-th on cost at least
	rest    []stock.Qty // the units of the lines from the k-th on
	used    []int32     // per candidate: how many lines it gives to
	fixed   []Cost      // per candidate: what using it at all costs
	price   []Cost      // per unit, shaped like take
	puts    []put       // to be undone, the last ones last
	options []option    // of all current lines, the last line's last
	now     packed
	best    packed
	found   bool
	kept    []stock.Qty
	budget  int
}

// put is units that a candidate gives to the current line.
type put struct {
	cand int32
	qty  stock.Qty
}

// option is a source that has a line whole, and what the line costs from there.
type option struct {
	group int
	cost  packed
}

// packed is how good a part of a plan is; the first difference counts.
type packed struct {
	unfilled stock.Qty
	cost     Cost // with FewestShipments: locations
	size     setSize
}

func (a packed) compare(b packed) int {
	return cmp.Or(cmp.Compare(a.unfilled, b.unfilled), cmp.Compare(a.cost, b.cost), a.size.compare(b.size))
}

// choosePacked fills take when lines must come whole from sources that have capacities.
// Which lines fit together is the knapsack problem. So it is a search over the lines, the
// largest first. Each line is tried at every source that still has it whole, the cheapest
// first, and left out last. The search is bounded like searchCheapest. Within a pooled
// region units are drawn the cheapest first, which need not be the best under capacities,
// so such plans are not proven.
func (s *Planner) choosePacked() {
	p := &s.pack
	p.now, p.found = packed{}, false
	p.puts, p.options = p.puts[:0], p.options[:0]
	p.used, p.fixed = resize(p.used, len(s.cands)), resize(p.fixed, len(s.cands))
	p.price, p.kept = resize(p.price, len(s.take)), resize(p.kept, len(s.take))
	for j := range s.cands {
		p.fixed[j] = 1
		if s.order.Strategy == Cheapest {
			p.fixed[j] = s.cands[j].fixed
		}
	}
	if s.order.Strategy == Cheapest {
		copy(p.price, s.unit)
	}
	p.byWant = resize(p.byWant, s.lines)
	for l := range p.byWant {
		p.byWant[l] = int32(l)
	}
	slices.SortStableFunc(p.byWant, func(a, b int32) int { return cmp.Compare(s.want[b], s.want[a]) })
	p.least, p.rest = resize(p.least, s.lines+1), resize(p.rest, s.lines+1)
	for k := s.lines - 1; k >= 0; k-- {
		l := int(p.byWant[k])
		p.rest[k] = p.rest[k+1] + s.want[l]
		p.least[k] = p.least[k+1] + Cost(s.want[l])*s.leastPrice(l)
	}
	p.budget = max(cheapSteps/max(len(s.take), 1), 1024)
	if s.sources < len(s.cands) {
		s.proven = false
	}
	s.empty()
	s.packFrom(0)
	copy(s.take, p.kept)
}

// leastPrice is the smallest price of a unit of the line.
func (s *Planner) leastPrice(line int) Cost {
	least := Cost(math.MaxInt64)
	for j := range s.cands {
		if at := j*s.lines + line; s.give[at] > 0 {
			least = min(least, s.pack.price[at])
		}
	}
	if least == math.MaxInt64 {
		return 0 // nobody has any; its want is 0
	}
	return least
}

// packFrom finds sources for the lines from the k-th on.
func (s *Planner) packFrom(k int) {
	p := &s.pack
	if p.budget <= 0 && p.found {
		s.proven = false
		return
	}
	var left stock.Qty
	for j := range s.cands {
		left = min(left+s.left[j], p.rest[k])
	}
	bound := p.now
	bound.unfilled += p.rest[k] - left
	if bound.unfilled == p.now.unfilled {
		bound.cost += p.least[k]
	}
	if p.found && bound.compare(p.best) >= 0 {
		return
	}
	p.budget--
	if k == s.lines {
		p.best, p.found = p.now, true
		copy(p.kept, s.take)
		return
	}
	line := int(p.byWant[k])
	want := s.want[line]
	if want == 0 {
		s.packFrom(k + 1)
		return
	}
	first, before := len(p.options), p.now
	for g := range s.groups() {
		if s.fits(g, line, want) {
			from := s.putFrom(g, line, want)
			p.options = append(p.options, option{g, p.now})
			s.undo(from, line)
			p.now = before
		}
	}
	last := len(p.options)
	slices.SortStableFunc(p.options[first:], func(a, b option) int { return a.cost.compare(b.cost) })
	for i := first; i < last; i++ {
		from := s.putFrom(p.options[i].group, line, want)
		s.packFrom(k + 1)
		s.undo(from, line)
		p.now = before
	}
	p.options = p.options[:first]
	p.now.unfilled += want
	s.packFrom(k + 1)
	p.now = before
}

// fits says whether a group still has the line whole.
func (s *Planner) fits(group, line int, want stock.Qty) bool {
	for _, j := range s.membersOf(group) {
		want -= s.room(int(j), line)
	}
	return want <= 0
}

// putFrom takes the line from a group that has it whole, the cheapest first,
// those in use before others, and returns what undo needs.
func (s *Planner) putFrom(group, line int, want stock.Qty) (from int) {
	p := &s.pack
	from = len(p.puts)
	for want > 0 {
		next, price := int32(-1), Cost(math.MaxInt64)
		for _, j := range s.membersOf(group) {
			room := min(s.room(int(j), line), want)
			if room == 0 {
				continue
			}
			cost := p.price[int(j)*s.lines+line]
			if p.used[j] == 0 {
				cost += p.fixed[j] / Cost(room)
			}
			if cost < price {
				next, price = j, cost
			}
		}
		qty := min(s.room(int(next), line), want)
		s.put(int(next), line, qty)
		p.puts = append(p.puts, put{next, qty})
		if p.used[next] == 0 {
			p.now.cost += p.fixed[next]
			if s.order.Strategy == FewestShipments {
				p.now.size = p.now.size.plus(s.sizeOf(int(next)), 1)
			}
		}
		p.used[next]++
		p.now.cost += Cost(qty) * p.price[int(next)*s.lines+line]
		want -= qty
	}
	return from
}

// undo gives back what putFrom took.
func (s *Planner) undo(from, line int) {
	p := &s.pack
	for _, put := range p.puts[from:] {
		s.put(int(put.cand), line, -put.qty)
		p.used[put.cand]--
	}
	p.puts = p.puts[:from]
}
