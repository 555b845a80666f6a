package planning

import (
	"cmp"

	"holdfast.dev/holdfast/internal/stock"
)

// Code is why a location gives to a line, or does not.
type Code string

// The reasons, in the order in which they are looked for: the first that is true is given.
const (
	// Inactive: the location is switched off. The caller sets it.
	Inactive Code = "inactive"
	// NotServingChannel: it does not serve the channel of the order. The caller sets it.
	NotServingChannel Code = "not_serving_channel"
	// ClosedForOnline: it does not take online orders now. The caller sets it.
	ClosedForOnline Code = "closed_for_online"
	// NoLane: the cost of sending from there is not known, and the order is to go the
	// cheapest way. The caller sets it.
	NoLane Code = "no_lane"
	// NotPickupPoint: the order is fetched at another location.
	NotPickupPoint Code = "not_pickup_point"
	// Chosen: it gives Qty.
	Chosen Code = "chosen"
	// NothingThere: it has none of the product.
	NothingThere Code = "nothing_there"
	// TooLittleForWholeOrder: its source lacks some of Product, another line of
	// an order that must come from one source.
	TooLittleForWholeOrder Code = "too_little_for_whole_order"
	// TooLittleForWholeLine: its source has Available only, of a line that must
	// come from one source.
	TooLittleForWholeLine Code = "too_little_for_whole_line"
	// OverCapacity: its remaining capacity is Left, which is too little.
	OverCapacity Code = "over_capacity"
	// LessAvailable: Than, which gives, has more units of the ordered products.
	LessAvailable Code = "less_available"
	// LowerPriority: Than, which gives, goes first by priority.
	LowerPriority Code = "lower_priority"
	// Farther: Than, which gives, is nearer.
	Farther Code = "farther"
	// NoCoordinates: its place is not known, so locations with a known place go first.
	NoCoordinates Code = "no_coordinates"
	// CostsMore: a unit, or the shipment it would need, costs more than from Than, which
	// gives.
	CostsMore Code = "costs_more"
	// NotNeeded: the line is filled without it, and no figure of the strategy speaks
	// against it.
	NotNeeded Code = "not_needed"
)

// Reason is why a location gives to a line, or does not, with the figures.
// String says it in words. Figures that do not belong to the code are 0.
type Reason struct {
	Code           Code
	Line, Location int // indexes, as in Assignment

	LocationID string
	Product    string    // of the line; with TooLittleForWholeOrder the one that lacks
	Wanted     stock.Qty // of Product
	Available  stock.Qty // of Product, at the location; TooLittle…: at its source
	Qty        stock.Qty // what it gives
	Left       stock.Qty // capacity left
	Region     string    // of the location, if the figures are those of the region

	Than           string    // the location it was compared with
	Has, ThanHas   stock.Qty // units of the ordered products, all lines together
	Km, ThanKm     float64
	Priority       int
	ThanPriority   int
	Cost, ThanCost Cost // of a unit
	ShipmentCost   Cost // the cost of one more shipment
	Shipments      int  // of the plan
}

// Why says why a location gives to a line, or does not.
func (p *Plan) Why(line, location int) Reason {
	l := &p.locations[location]
	asked := p.order.Lines[line]
	r := Reason{
		Line: line, Location: location, LocationID: l.ID,
		Product: asked.Product, Wanted: asked.Qty, Available: l.Offers[line].Available, Qty: p.qty(line, location),
		Shipments: p.Shipments,
	}
	switch {
	case l.Closed != "":
		r.Code = l.Closed
	case p.order.Pickup != "" && p.order.Pickup != l.ID:
		r.Code, r.Than = NotPickupPoint, p.order.Pickup
	case r.Qty > 0:
		r.Code = Chosen
		p.figures(&r)
	case r.Available == 0:
		r.Code = NothingThere
	case p.sourceLacks(&r):
	case p.full(&r):
	default:
		p.comparedWith(&r)
	}
	return r
}

// Explain is Why of every line at every location, by line.
func (p *Plan) Explain() []Reason {
	reasons := make([]Reason, 0, len(p.order.Lines)*len(p.locations))
	for line := range p.order.Lines {
		for location := range p.locations {
			reasons = append(reasons, p.Why(line, location))
		}
	}
	return reasons
}

// qty is what a location gives to a line.
func (p *Plan) qty(line, location int) stock.Qty {
	for _, a := range p.Assignments {
		if a.Line == line && a.Location == location {
			return a.Qty
		}
	}
	return 0
}

// used is what a location gives to all lines.
func (p *Plan) used(location int) (sum stock.Qty) {
	for _, a := range p.Assignments {
		if a.Location == location {
			sum += a.Qty
		}
	}
	return sum
}

// sameSource says whether two locations are one source (Split).
func (p *Plan) sameSource(a, b int) bool {
	return a == b || p.locations[a].Region != "" && p.locations[a].Region == p.locations[b].Region
}

// mayGive says whether a location may give anything to the order.
func (p *Plan) mayGive(l *Location) bool {
	return l.Closed == "" && (p.order.Pickup == "" || p.order.Pickup == l.ID)
}

// sumAtSource returns the units of a line that the open locations of a source have.
func (p *Plan) sumAtSource(location, line int) (sum stock.Qty) {
	for i := range p.locations {
		l := &p.locations[i]
		if p.sameSource(i, location) && p.mayGive(l) {
			sum = min(sum+l.Offers[line].Available, stock.MaxQty)
		}
	}
	return sum
}

// sourceLacks reports whether the source of the location has too little for what must come whole.
func (p *Plan) sourceLacks(r *Reason) bool {
	switch p.order.Split {
	case SplitByLine:
		if there := p.sumAtSource(r.Location, r.Line); there < r.Wanted {
			r.Code, r.Available, r.Region = TooLittleForWholeLine, there, p.locations[r.Location].Region
			return true
		}
	case SplitNever:
		for line, asked := range p.order.Lines {
			if there := p.sumAtSource(r.Location, line); there < asked.Qty {
				r.Code, r.Product, r.Wanted, r.Available = TooLittleForWholeOrder, asked.Product, asked.Qty, there
				r.Region = p.locations[r.Location].Region
				return true
			}
		}
	}
	return false
}

// full reports whether the remaining capacity of the location is the obstacle; or that of
// its source, if something must come whole from there.
func (p *Plan) full(r *Reason) bool {
	l := &p.locations[r.Location]
	if p.order.Split == SplitFreely || p.givesHere(r) {
		if left := l.Capacity - p.used(r.Location); l.Capped && left == 0 {
			r.Code, r.Left = OverCapacity, left
			return true
		}
		return false
	}
	lines := []Line{p.order.Lines[r.Line]}
	first := r.Line
	if p.order.Split == SplitNever {
		lines, first = p.order.Lines, 0
	}
	var needed, room stock.Qty
	for _, asked := range lines {
		needed += asked.Qty
	}
	capped := false
	for i := range p.locations {
		m := &p.locations[i]
		if !p.sameSource(i, r.Location) || !p.mayGive(m) {
			continue
		}
		var there stock.Qty
		for k, asked := range lines {
			there += min(m.Offers[first+k].Available, asked.Qty)
		}
		if m.Capped {
			capped = true
			there = min(there, m.Capacity-p.used(i))
		}
		room = min(room+there, needed)
	}
	// No location gives the line, though the source has it: the room for it is taken up by
	// other lines, or is at the wrong members.
	if !capped || room == needed && p.Unfilled[r.Line] == 0 {
		return false
	}
	r.Code, r.Left, r.Region = OverCapacity, room, l.Region
	return true
}

// givesHere says whether the line comes from the source of the location.
func (p *Plan) givesHere(r *Reason) bool {
	for _, a := range p.Assignments {
		if a.Line == r.Line && p.sameSource(a.Location, r.Location) {
			return true
		}
	}
	return false
}

// comparedWith finds the figure in favour of the location that the line, or the order, comes
// from instead.
func (p *Plan) comparedWith(r *Reason) {
	r.Code = NotNeeded
	than, ok := p.rival(r)
	if !ok {
		return
	}
	p.figures(r)
	p.figuresOf(r, than)
	here, there := &p.locations[r.Location], &p.locations[than]
	switch p.order.Strategy {
	case Priority, HighestAvailable:
		if p.order.Strategy == HighestAvailable {
			if r.Has, r.ThanHas = here.Has(), there.Has(); r.Has != r.ThanHas {
				r.Code = compareFigures(LessAvailable, cmp.Compare(r.ThanHas, r.Has), NotNeeded, 0)
				return
			}
		}
		r.Code = compareFigures(LowerPriority, cmp.Compare(r.Priority, r.ThanPriority), p.distanceCode(here), p.compareDistance(here, there))
	case Nearest:
		r.Code = compareFigures(p.distanceCode(here), p.compareDistance(here, there), LowerPriority, cmp.Compare(r.Priority, r.ThanPriority))
	case Cheapest:
		switch {
		case r.Cost > r.ThanCost:
			r.Code = CostsMore
		case p.used(r.Location) == 0 && here.ShipmentCost > 0:
			r.Code, r.ShipmentCost = CostsMore, here.ShipmentCost
		case r.Cost == r.ThanCost:
			r.Code = compareFigures(LowerPriority, cmp.Compare(r.Priority, r.ThanPriority), p.distanceCode(here), p.compareDistance(here, there))
		}
	}
}

// compareFigures returns the first code whose figure is greater here, as long as those
// before it are equal; NotNeeded if there is none.
func compareFigures(first Code, difference int, second Code, difference2 int) Code {
	switch {
	case difference > 0:
		return first
	case difference == 0 && difference2 > 0:
		return second
	}
	return NotNeeded
}

// distanceCode is how a location loses by distance.
func (p *Plan) distanceCode(l *Location) Code {
	if l.At == nil {
		return NoCoordinates
	}
	return Farther
}

func (p *Plan) compareDistance(a, b *Location) int {
	return cmp.Compare(a.metres(p.order), b.metres(p.order))
}

// rival is the location to compare with. Of those that give to the line it is the last by
// rank, or the dearest under Cheapest, because that one would be replaced first. If the
// line comes whole from another source, it is the first, because that source was chosen for
// it.
func (p *Plan) rival(r *Reason) (location int, ok bool) {
	here := p.order.Split == SplitFreely || p.givesHere(r)
	location = -1
	for _, a := range p.Assignments {
		switch {
		case a.Line != r.Line:
		case location < 0:
			location = a.Location
		case p.order.Strategy == Cheapest:
			if p.unitCost(a.Line, a.Location) > p.unitCost(a.Line, location) {
				location = a.Location
			}
		case here && (p.order.Split == SplitFreely || p.sameSource(a.Location, r.Location)):
			location = a.Location
		}
	}
	return location, location >= 0
}

func (p *Plan) unitCost(line, location int) Cost { return p.locations[location].Offers[line].UnitCost }

// figures fills in the figures of the location itself.
func (p *Plan) figures(r *Reason) {
	l := &p.locations[r.Location]
	r.Priority, r.Cost, r.Km = l.Priority, p.unitCost(r.Line, r.Location), p.km(l)
}

// figuresOf fills in the figures of the location it is compared with.
func (p *Plan) figuresOf(r *Reason, than int) {
	l := &p.locations[than]
	r.Than, r.ThanPriority, r.ThanCost, r.ThanKm = l.ID, l.Priority, p.unitCost(r.Line, than), p.km(l)
}

// km is how far a location is from the customer, 0 if not known.
func (p *Plan) km(l *Location) float64 {
	if metres := l.metres(p.order); metres != unknownMetres {
		return float64(metres) / 1000
	}
	return 0
}
