package planning

// Planner chooses the locations of orders, one after another, and keeps its
// working memory for the next one. The zero value is ready. It is not safe
// for concurrent use: give each goroutine its own.
type Planner struct {
	problem
	flow  flow
	cheap cheapSearch
	few   fewSearch
	pack  packSearch
}

// Source chooses which locations give what to an order. The order and the
// locations belong to the plan from then on and must not be changed. It
// returns ErrInvalid for input that makes no sense, and no other error: an
// order that cannot be filled is a plan with something unfilled.
//
// The choice depends on the input alone, and not on the order in which the locations are
// given. Among equals the one that ranks first is taken: by
// priority, then distance, then id (Nearest: distance, priority, id;
// HighestAvailable: units, priority, distance, id).
func (s *Planner) Source(o Order, locations []Location) (*Plan, error) {
	if s.known == nil {
		s.known = make(map[string]int)
	}
	if err := check(o, locations, s.known); err != nil {
		return nil, err
	}
	s.load(o, locations)
	switch o.Split {
	case SplitFreely:
		s.mergeCandidates()
		s.aim()
		s.choose()
	case SplitByLine:
		s.bindToSource()
		s.aim()
		s.choose()
	case SplitNever:
		s.mergeCandidates()
		s.chooseOneSource()
	}
	return s.plan(), nil
}

// Source is Planner.Source for a single order.
func Source(o Order, locations []Location) (*Plan, error) {
	return new(Planner).Source(o, locations)
}

// choose fills take by the strategy.
func (s *Planner) choose() {
	switch {
	case s.order.Strategy.isByRank():
		s.drawByRank()
	case s.capped && s.order.Split == SplitByLine:
		s.choosePacked()
	case s.order.Strategy == FewestShipments:
		s.beginFewest()
		s.searchFewest()
		s.takeFewest()
	case s.order.Strategy == Cheapest:
		s.beginCheapest()
		s.searchCheapest()
		copy(s.take, s.cheap.kept)
	}
}

// chooseOneSource fills take with the whole order out of one source, if any can give it.
// The sources are tried by rank, each with all others shut. The result of one source is the
// best that the next must beat.
func (s *Planner) chooseOneSource() {
	s.beginFewest()
	s.beginCheapest()
	for source := range s.sources {
		for j := range s.cands {
			s.shut[j] = s.cands[j].source != source
		}
		s.aim()
		if s.target < s.asked {
			continue
		}
		switch s.order.Strategy {
		case Priority, Nearest, HighestAvailable:
			if s.drawByRank() == s.asked {
				return
			}
			s.empty()
		case FewestShipments:
			s.searchFewest()
		case Cheapest:
			s.searchCheapest()
		}
	}
	switch s.order.Strategy {
	case FewestShipments:
		s.takeFewest()
	case Cheapest:
		copy(s.take, s.cheap.kept)
	}
}
