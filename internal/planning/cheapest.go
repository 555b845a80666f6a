package planning

import (
	"cmp"
	"math"

	"holdfast.dev/holdfast/internal/stock"
)

// cheapSearch is the working memory of searchCheapest.
type cheapSearch struct {
	paid   []bool // its shipment is paid for; others pay a part with each unit
	part   []Cost // this part
	price  []Cost // per unit: unit cost, and the part
	best   Cost
	kept   []stock.Qty // take of the best
	open   []bool      // of the best: it gives something (improve)
	base   []bool      // shut before improve began
	steps  int         // instead of cheapSteps, if not 0
	budget int         // number of bounds that may still be computed
	cut    bool
}

// A search ends after cheapSteps, counted in entries of the tables that it looks at, so
// that one large order takes about as long as many small ones. But it computes at least
// leastBounds. Most orders need fewer bounds than shortSearch; for others a good first plan
// is worth the time (improve).
const (
	cheapSteps  = 1 << 22
	leastBounds = 4
	shortSearch = 64
)

func (s *Planner) beginCheapest() {
	c := &s.cheap
	c.paid = resize(c.paid, len(s.cands))
	c.part = resize(c.part, len(s.cands))
	c.price = resize(c.price, len(s.take))
	c.kept = resize(c.kept, len(s.take))
	c.best = math.MaxInt64
}

// searchCheapest keeps the cheapest way to fill the target, if it is cheaper than the best
// so far. The difficulty is the cost of a shipment, which is paid once or not at all. So it
// is spread over the most units that the location could give. That share is never more than
// what is really paid, so the cost of filling the order at those prices is a lower bound.
// While the bound is below the best, the search tries the location whose bound is furthest
// below its real cost both ways, paid for and shut (branch and bound). Without costs of
// shipments the first bound is the answer.
func (s *Planner) searchCheapest() {
	c := &s.cheap
	for j := range s.cands {
		c.paid[j] = false
		s.priceOf(j)
	}
	budget := max(cmp.Or(c.steps, cheapSteps)/max(len(s.take), 1), leastBounds)
	if s.capped {
		// The target that capacities leave depends on all lines at once.
		s.target = s.pour(c.price)
		if s.order.Split == SplitNever && s.target < s.asked {
			return
		}
		budget = max(budget/s.lines, leastBounds) // a bound is a flow, not one look
	}
	c.budget, c.cut = min(budget, shortSearch), false
	s.branch(0)
	if c.cut && budget > shortSearch {
		c.budget = budget
		s.improve()
		c.budget, c.cut = budget, false
		s.branch(0)
	}
	s.proven = s.proven && !c.cut
}

// priceOf sets the prices of a candidate.
func (s *Planner) priceOf(cand int) {
	c := &s.cheap
	c.part[cand] = 0
	row := cand * s.lines
	if fixed := s.cands[cand].fixed; fixed > 0 && !c.paid[cand] {
		var most stock.Qty
		for l, want := range s.want {
			most += min(s.give[row+l], want)
		}
		most = min(most, s.cands[cand].capacity)
		c.part[cand] = fixed / Cost(max(most, 1))
	}
	for l := range s.lines {
		c.price[row+l] = s.unit[row+l] + c.part[cand]
	}
}

// branch searches with the shipments that are paid, which cost paid.
func (s *Planner) branch(paid Cost) {
	c := &s.cheap
	if c.budget == 0 {
		c.cut = true
		return
	}
	c.budget--
	bound, filled := s.relax()
	if !filled || paid+bound >= c.best {
		return
	}
	cost, flattered := s.truth()
	s.keepCheaper(cost)
	if flattered < 0 {
		return
	}
	c.paid[flattered] = true
	s.priceOf(flattered)
	s.branch(paid + s.cands[flattered].fixed)
	c.paid[flattered] = false
	s.shut[flattered] = true
	s.branch(paid)
	s.shut[flattered] = false
	s.priceOf(flattered)
}

// keepCheaper keeps take, which costs cost, if it is cheaper than the best.
func (s *Planner) keepCheaper(cost Cost) bool {
	if cost >= s.cheap.best {
		return false
	}
	s.cheap.best = cost
	copy(s.cheap.kept, s.take)
	return true
}

// relax fills take at the prices and returns what it costs at them, and
// whether the target can still be filled.
func (s *Planner) relax() (Cost, bool) {
	if s.capped {
		filled := s.pour(s.cheap.price)
		var cost Cost
		for at, qty := range s.take {
			cost += Cost(qty) * s.cheap.price[at]
		}
		return cost, filled == s.target
	}
	s.empty()
	var cost Cost
	for line, want := range s.want {
		if want == 0 {
			continue
		}
		cheapest, group := Cost(math.MaxInt64), -1
		for g := range s.groups() {
			if price, whole := s.fillCheap(g, line, want, false); whole && price < cheapest {
				cheapest, group = price, g
			}
		}
		if group < 0 {
			return 0, false
		}
		s.fillCheap(group, line, want, true)
		cost += cheapest
	}
	return cost, true
}

// fillCheap is the cost of a line out of a group at the prices, the cheapest
// candidate first, and whether the group has it whole. It takes the units if
// taking.
func (s *Planner) fillCheap(group, line int, want stock.Qty, taking bool) (cost Cost, whole bool) {
	members := s.membersOf(group)
	last, lastPrice := int32(-1), Cost(-1)
	for want > 0 {
		next, price := int32(-1), Cost(math.MaxInt64)
		for _, j := range members {
			at := int(j)*s.lines + line
			p := s.cheap.price[at]
			if s.shut[j] || s.give[at] == 0 || p < lastPrice || p == lastPrice && j <= last {
				continue
			}
			if p < price {
				next, price = j, p
			}
		}
		if next < 0 {
			return 0, false
		}
		last, lastPrice = next, price
		qty := min(want, s.give[int(next)*s.lines+line])
		if taking {
			s.put(int(next), line, qty)
		}
		cost += Cost(qty) * price
		want -= qty
	}
	return cost, true
}

// truth is what take really costs, and the candidate whose shipment is paid for the least,
// -1 if all are.
func (s *Planner) truth() (cost Cost, flattered int) {
	flattered = -1
	var most Cost
	for j := range s.cands {
		var units stock.Qty
		row := j * s.lines
		for l, qty := range s.take[row : row+s.lines] {
			units += qty
			cost += Cost(qty) * s.unit[row+l]
		}
		if units == 0 {
			continue
		}
		fixed := s.cands[j].fixed
		cost += fixed
		if s.cheap.paid[j] {
			continue
		}
		if missing := fixed - Cost(units)*s.cheap.part[j]; missing > most {
			most, flattered = missing, j
		}
	}
	return cost, flattered
}
