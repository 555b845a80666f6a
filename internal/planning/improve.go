package planning

// improve makes the best plan so far cheaper by steps: it leaves a location out, takes one
// in, or replaces one by another, as long as that saves anything and there is a budget. A
// long search starts from its plan, since a good early plan ends most branches. When the
// search is cut short, the answer is this plan or a better one.
func (s *Planner) improve() {
	c := &s.cheap
	c.base = append(c.base[:0], s.shut...)
	c.open = resize(c.open, len(s.cands))
	for j := range s.cands {
		c.paid[j] = true // the set is given: a unit costs its unit cost
		s.priceOf(j)
	}
	for s.improveOnce() && c.budget > 0 {
	}
	copy(s.shut, c.base)
	for j := range s.cands {
		c.paid[j] = false
		s.priceOf(j)
	}
}

// improveOnce makes the first step that saves anything.
func (s *Planner) improveOnce() bool {
	c := &s.cheap
	for j := range s.cands {
		c.open[j] = false
		for _, qty := range c.kept[j*s.lines : (j+1)*s.lines] {
			c.open[j] = c.open[j] || qty > 0
		}
	}
	for j := range s.cands {
		if !c.base[j] && s.cheaperWith(j, j) {
			return true
		}
	}
	for out := range s.cands {
		for in := range s.cands {
			if c.open[out] && !c.open[in] && !c.base[in] && s.cheaperWith(out, in) {
				return true
			}
		}
	}
	return false
}

// cheaperWith switches one or two candidates between open and shut, and keeps the plan if
// it is cheaper.
func (s *Planner) cheaperWith(a, b int) bool {
	c := &s.cheap
	if c.budget == 0 {
		return false
	}
	c.budget--
	for j, open := range c.open {
		s.shut[j] = c.base[j] || open == (j == a || j == b)
	}
	if _, filled := s.relax(); !filled {
		return false
	}
	cost, _ := s.truth()
	return s.keepCheaper(cost)
}
