package planning

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// unlimited is more than any capacity.
const unlimited = stock.MaxQty + 1

// unknownMetres is farther than any place on earth; MaxLocations times it still fits.
const unknownMetres = 1 << 40

// problem is an order as the strategies see it: only the locations that may
// give something, by rank, and plain numbers. Tables have a row for each
// candidate and a column for each line.
type problem struct {
	order     Order
	locations []Location
	known     map[string]int // to find duplicates, and the number of a region

	lines   int
	asked   stock.Qty   // all lines together
	cands   []candidate // by rank
	sources int         // regions and locations without one, numbered by rank
	capped  bool        // some candidate has a capacity
	give    []stock.Qty // what it could give, at most what the line asks
	unit    []Cost

	// A group is what a line comes from: all candidates together, or one
	// source. Group g is members[bounds[g]:bounds[g+1]], by rank.
	members, bounds []int32

	shut   []bool      // may not give, for now
	want   []stock.Qty // per line, as much of it as can be had
	target stock.Qty   // units that can be had at once
	left   []stock.Qty // capacity that is left
	take   []stock.Qty // the answer
	proven bool        // the answer is known to be the best
}

// candidate is a location that may give something.
type candidate struct {
	at       int // its index in locations
	source   int
	fixed    Cost
	capacity stock.Qty
	metres   int64 // to the customer; 0 if the customer's place is not known
}

// load makes the tables of an order that has been checked.
func (p *problem) load(o Order, locations []Location) {
	p.order, p.locations, p.lines = o, locations, len(o.Lines)
	p.asked, p.capped, p.proven = 0, false, true
	for _, l := range o.Lines {
		p.asked += l.Qty
	}
	p.cands = p.cands[:0]
	for i := range locations {
		if l := &locations[i]; l.gives(o) {
			c := candidate{at: i, fixed: l.ShipmentCost, capacity: unlimited, metres: l.metres(o)}
			if l.Capped && l.Capacity < p.asked {
				c.capacity, p.capped = l.Capacity, true
			}
			p.cands = append(p.cands, c)
		}
	}
	slices.SortFunc(p.cands, func(a, b candidate) int {
		return compareRank(o.Strategy, &locations[a.at], &locations[b.at], a.metres, b.metres)
	})

	p.give = resize(p.give, len(p.cands)*p.lines)
	p.unit = resize(p.unit, len(p.cands)*p.lines)
	p.take = resize(p.take, len(p.cands)*p.lines)
	p.want = resize(p.want, p.lines)
	p.left = resize(p.left, len(p.cands))
	p.shut = resize(p.shut, len(p.cands))
	p.sources = 0
	clear(p.known)
	for j := range p.cands {
		l := &locations[p.cands[j].at]
		source, pooled := p.sources, false
		if l.Region != "" {
			if source, pooled = p.known[l.Region]; !pooled {
				source = p.sources
				p.known[l.Region] = source
			}
		}
		if !pooled {
			p.sources++
		}
		p.cands[j].source = source
		row := j * p.lines
		for i, offer := range l.Offers {
			p.give[row+i] = min(offer.Available, o.Lines[i].Qty)
			p.unit[row+i] = offer.UnitCost
		}
	}
}

// gives says whether the location may give something to the order.
func (l *Location) gives(o Order) bool {
	if l.Closed != "" || o.Pickup != "" && o.Pickup != l.ID || l.Capped && l.Capacity == 0 {
		return false
	}
	return slices.ContainsFunc(l.Offers, func(offer Offer) bool { return offer.Available > 0 })
}

// Has is how many units it has of the ordered products, all lines together.
func (l *Location) Has() (sum stock.Qty) {
	for _, offer := range l.Offers {
		sum = min(sum+offer.Available, stock.MaxQty)
	}
	return sum
}

// metres is how far the location is from where the order goes.
func (l *Location) metres(o Order) int64 {
	switch {
	case o.To == nil:
		return 0
	case l.At == nil:
		return unknownMetres
	}
	return l.At.metres(*o.To)
}

// compareRank says which of two locations goes first.
func compareRank(by Strategy, a, b *Location, aMetres, bMetres int64) int {
	priority, distance := cmp.Compare(a.Priority, b.Priority), cmp.Compare(aMetres, bMetres)
	switch by {
	case Nearest:
		priority, distance = distance, priority
	case HighestAvailable:
		if most := cmp.Compare(b.Has(), a.Has()); most != 0 {
			return most
		}
	}
	return cmp.Or(priority, distance, cmp.Compare(a.ID, b.ID))
}

// mergeCandidates lets a line come from all candidates.
func (p *problem) mergeCandidates() {
	p.members = resize(p.members, len(p.cands))
	for j := range p.members {
		p.members[j] = int32(j)
	}
	p.bounds = append(p.bounds[:0], 0, int32(len(p.cands)))
}

// bindToSource lets a line come from one source only.
func (p *problem) bindToSource() {
	p.bounds = resize(p.bounds, p.sources+1)
	for j := range p.cands {
		p.bounds[p.cands[j].source+1]++
	}
	for g := range p.sources {
		p.bounds[g+1] += p.bounds[g]
	}
	// Candidates come by rank, so each goes behind those of its source that are there. left
	// counts those that are.
	p.members = resize(p.members, len(p.cands))
	p.left = resize(p.left, len(p.cands))
	for j := range p.cands {
		source := p.cands[j].source
		p.members[p.bounds[source]+int32(p.left[source])] = int32(j)
		p.left[source]++
	}
}

// groups is how many groups there are.
func (p *problem) groups() int { return len(p.bounds) - 1 }

// membersOf are the candidates of a group, by rank.
func (p *problem) membersOf(group int) []int32 {
	return p.members[p.bounds[group]:p.bounds[group+1]]
}

// groupOf is the group of a candidate.
func (p *problem) groupOf(cand int) int {
	if p.groups() == 1 {
		return 0
	}
	return p.cands[cand].source
}

// reach is what a group has for a line, at most what the line asks.
func (p *problem) reach(group, line int) stock.Qty {
	asked, sum := p.order.Lines[line].Qty, stock.Qty(0)
	for _, j := range p.membersOf(group) {
		if !p.shut[j] {
			sum = min(sum+p.give[int(j)*p.lines+line], asked)
		}
	}
	return sum
}

// aim sets what can be had: of each line alone (want) and, if capacities limit it, of all
// lines at once (target). A line that must come whole is wanted whole or not at all.
func (p *problem) aim() {
	p.target = 0
	for i := range p.want {
		p.want[i] = 0
		for g := range p.groups() {
			reach := p.reach(g, i)
			if reach == p.order.Lines[i].Qty || p.order.Split == SplitFreely {
				p.want[i] = reach
			}
			if p.want[i] == p.order.Lines[i].Qty {
				break
			}
		}
		p.target += p.want[i]
	}
}

// empty takes everything back.
func (p *problem) empty() {
	clear(p.take)
	for j := range p.cands {
		p.left[j] = p.cands[j].capacity
	}
}

// room is what a candidate can still give to a line.
func (p *problem) room(cand, line int) stock.Qty {
	if p.shut[cand] {
		return 0
	}
	at := cand*p.lines + line
	return min(p.give[at]-p.take[at], p.left[cand])
}

// put has a candidate give to a line.
func (p *problem) put(cand, line int, qty stock.Qty) {
	p.take[cand*p.lines+line] += qty
	p.left[cand] -= qty
}

// resize returns a slice of n zeros, in the memory of s if that is enough.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
