package planning

import "holdfast.dev/holdfast/internal/stock"

// Plan says which locations give what to an order.
type Plan struct {
	Assignments []Assignment // by line, then as the locations rank
	Unfilled    []stock.Qty  // per line, the units that no location gives
	Shipments   int          // locations that give anything
	Cost        Cost         // of all units and shipments
	Km          float64      // from each of these locations to the customer, added up; unknown ones count 0
	// Proven says that no other plan is better by the order's strategy. It is
	// false when a search was cut short, which happens to large orders under
	// FewestShipments or Cheapest only.
	Proven bool

	order     Order
	locations []Location
}

// Assignment is units of a line that come from a location. Line and Location are indexes
// into the input of Source.
type Assignment struct {
	Line, Location int
	Qty            stock.Qty
}

// Filled reports whether the plan gives all that the order asks.
func (p *Plan) Filled() bool {
	for _, q := range p.Unfilled {
		if q > 0 {
			return false
		}
	}
	return true
}

// plan makes the plan out of take.
func (p *problem) plan() *Plan {
	n := 0
	for _, qty := range p.take {
		if qty > 0 {
			n++
		}
	}
	plan := &Plan{
		Assignments: make([]Assignment, 0, n),
		Unfilled:    make([]stock.Qty, p.lines),
		Proven:      p.proven,
		order:       p.order,
		locations:   p.locations,
	}
	for line := range p.lines {
		rest := p.order.Lines[line].Qty
		for j := range p.cands {
			at := j*p.lines + line
			if qty := p.take[at]; qty > 0 {
				plan.Assignments = append(plan.Assignments, Assignment{Line: line, Location: p.cands[j].at, Qty: qty})
				plan.Cost += Cost(qty) * p.unit[at]
				rest -= qty
			}
		}
		plan.Unfilled[line] = rest
	}
	var metres int64
	for j, c := range p.cands {
		for _, qty := range p.take[j*p.lines : (j+1)*p.lines] {
			if qty == 0 {
				continue
			}
			plan.Shipments++
			plan.Cost += c.fixed
			if c.metres != unknownMetres {
				metres += c.metres
			}
			break
		}
	}
	plan.Km = float64(metres) / 1000
	return plan
}
