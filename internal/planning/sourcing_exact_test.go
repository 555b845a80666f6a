package planning

import (
	"cmp"
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// shape says what a random order looks like.
type shape struct {
	lines, locations, qty int
	sparse                int // one of so many locations has any of a line, at most
	fixed                 Cost
	capped                bool
	regions               int
	priorities            int
}

// order draws an order and its locations.
func (s shape) order(r *rand.Rand, strategy Strategy, split Split) (Order, []Location) {
	o := Order{Strategy: strategy, Split: split, To: &Point{Lat: r.Float64()*20 + 40, Lon: r.Float64()*20 - 5}}
	total := 0
	for i := range s.lines {
		qty := 1 + r.Intn(s.qty)
		total += qty
		o.Lines = append(o.Lines, Line{fmt.Sprint("p", i), stock.Qty(qty)})
	}
	var locations []Location
	for j := range s.locations {
		l := Location{ID: fmt.Sprintf("w%02d", j), Priority: r.Intn(s.priorities + 1), At: &Point{Lat: r.Float64()*20 + 40, Lon: r.Float64()*20 - 5}}
		if s.fixed > 0 {
			l.ShipmentCost = Cost(r.Int63n(int64(s.fixed) + 1))
		}
		if s.capped && r.Intn(3) > 0 {
			l.Capped, l.Capacity = true, stock.Qty(r.Intn(total+1))
		}
		if s.regions > 0 {
			if n := r.Intn(s.regions + 1); n > 0 {
				l.Region = fmt.Sprint("r", n)
			}
		}
		for range s.lines {
			offer := Offer{UnitCost: Cost(r.Intn(12))}
			if r.Intn(s.sparse) == 0 {
				offer.Available = stock.Qty(r.Intn(s.qty + 2))
			}
			l.Offers = append(l.Offers, offer)
		}
		locations = append(locations, l)
	}
	return o, locations
}

// sourceOf names the source of a location.
func sourceOf(l Location) string {
	if l.Region != "" {
		return "region " + l.Region
	}
	return "location " + l.ID
}

// score is how good a plan is by its strategy, smaller is better, element by
// element.
type score []int64

// scoreOf judges take[line][location], or says that the rules forbid it.
func scoreOf(o Order, locations []Location, take [][]stock.Qty) (score, bool) {
	var missing, cost int64
	orderSources := map[string]bool{}
	used := make([]stock.Qty, len(locations))
	for i, line := range o.Lines {
		var filled stock.Qty
		sources := map[string]bool{}
		for j, qty := range take[i] {
			if qty < 0 || qty > locations[j].Offers[i].Available {
				return nil, false
			}
			if qty > 0 {
				sources[sourceOf(locations[j])] = true
				orderSources[sourceOf(locations[j])] = true
			}
			filled += qty
			used[j] += qty
			cost += int64(qty) * int64(locations[j].Offers[i].UnitCost)
		}
		if filled > line.Qty || o.Split == SplitByLine && filled > 0 && (filled < line.Qty || len(sources) > 1) {
			return nil, false
		}
		missing += int64(line.Qty - filled)
	}
	if o.Split == SplitNever && len(orderSources) > 0 && (missing > 0 || len(orderSources) > 1) {
		return nil, false
	}
	order := make([]int, len(locations))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(a, b int) int {
		return compareRank(o.Strategy, &locations[a], &locations[b], locations[a].metres(o), locations[b].metres(o))
	})
	out := score{missing}
	var shipments, priorities, metres int64
	for _, j := range order {
		l := &locations[j]
		if l.Capped && used[j] > l.Capacity {
			return nil, false
		}
		if used[j] > 0 {
			shipments++
			priorities += int64(l.Priority)
			metres += l.metres(o)
			cost += int64(l.ShipmentCost)
		}
	}
	switch o.Strategy {
	case Cheapest:
		out = append(out, cost)
	case FewestShipments:
		out = append(out, shipments, priorities, metres)
	case Priority, Nearest, HighestAvailable: // as much as can be from the first, then the second …
		for _, j := range order {
			out = append(out, -int64(used[j]))
		}
	}
	return out, true
}

// scoreOfPlan is scoreOf for a plan, which must keep the rules.
func scoreOfPlan(t testing.TB, o Order, locations []Location, plan *Plan) score {
	t.Helper()
	take := make([][]stock.Qty, len(o.Lines))
	for i := range take {
		take[i] = make([]stock.Qty, len(locations))
	}
	for _, a := range plan.Assignments {
		take[a.Line][a.Location] += a.Qty
	}
	s, ok := scoreOf(o, locations, take)
	if !ok {
		t.Fatalf("the plan breaks a rule: %+v\nof %+v\nat %+v", plan.Assignments, o, locations)
	}
	if plan.Cost != costOf(locations, take) {
		t.Fatalf("the plan says it costs %d, it costs %d", plan.Cost, costOf(locations, take))
	}
	for i, line := range o.Lines {
		if filled := sum(take[i]); filled+plan.Unfilled[i] != line.Qty {
			t.Fatalf("line %d: %d filled and %d unfilled of %d", i, filled, plan.Unfilled[i], line.Qty)
		}
	}
	return s
}

func sum(qs []stock.Qty) (s stock.Qty) {
	for _, q := range qs {
		s += q
	}
	return s
}

func costOf(locations []Location, take [][]stock.Qty) (cost Cost) {
	for j, l := range locations {
		var used stock.Qty
		for i := range take {
			used += take[i][j]
			cost += Cost(take[i][j]) * l.Offers[i].UnitCost
		}
		if used > 0 {
			cost += l.ShipmentCost
		}
	}
	return cost
}

// bestOf tries every way to fill the order, unit by unit.
func bestOf(o Order, locations []Location) score {
	take := make([][]stock.Qty, len(o.Lines))
	for i := range take {
		take[i] = make([]stock.Qty, len(locations))
	}
	var best score
	var try func(line, location int, rest stock.Qty)
	try = func(line, location int, rest stock.Qty) {
		if line == len(o.Lines) {
			if s, ok := scoreOf(o, locations, take); ok && (best == nil || slices.Compare(s, best) < 0) {
				best = s
			}
			return
		}
		if location == len(locations) {
			next := stock.Qty(0)
			if line+1 < len(o.Lines) {
				next = o.Lines[line+1].Qty
			}
			try(line+1, 0, next)
			return
		}
		for qty := range min(rest, locations[location].Offers[line].Available) + 1 {
			take[line][location] = qty
			try(line, location+1, rest-qty)
		}
		take[line][location] = 0
	}
	try(0, 0, o.Lines[0].Qty)
	return best
}

// Every strategy and split rule, with and without capacities, regions and
// costs of shipments. What is left out is promised nowhere: whole lines that
// compete for capacities come in their order under Priority and Nearest, and
// are not proven in pooled regions; sources go by their first member.
func TestAPlanIsTheBestOfAllThereAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := shape{
			lines: rapid.IntRange(1, 3).Draw(t, "lines"), locations: rapid.IntRange(1, 4).Draw(t, "locations"), qty: 3, sparse: 1 + rapid.IntRange(0, 1).Draw(t, "sparse"),
			fixed: Cost(rapid.SampledFrom([]int{0, 10, 40}).Draw(t, "fixed")), capped: rapid.Bool().Draw(t, "capped"),
			regions: rapid.IntRange(0, 2).Draw(t, "regions"), priorities: rapid.IntRange(0, 2).Draw(t, "priorities"),
		}
		strategy := rapid.SampledFrom([]Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest}).Draw(t, "strategy")
		split := rapid.SampledFrom([]Split{SplitFreely, SplitByLine, SplitNever}).Draw(t, "split")
		byRank := strategy.isByRank()
		if byRank && split != SplitFreely || split == SplitByLine && s.capped {
			s.regions = 0
		}
		if byRank && split == SplitByLine {
			s.capped = false
		}
		o, locations := s.order(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))), strategy, split)
		plan, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		got, want := scoreOfRapid(t, o, locations, plan), bestOf(o, locations)
		if slices.Compare(got, want) != 0 {
			t.Fatalf("the plan scores %v, %v can be had: %+v\nof %+v\nat %+v", got, want, plan.Assignments, o, locations)
		}
		if !plan.Proven {
			t.Fatal("a plan for so few is proven")
		}
	})
}

// A whole line or order comes from the source whose first member ranks first.
func TestWholeLinesComeFromTheFirstSourceThatHasThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := shape{lines: 3, locations: rapid.IntRange(1, 7).Draw(t, "locations"), qty: 4, sparse: 2, regions: 3, priorities: 2}
		strategy := rapid.SampledFrom([]Strategy{Priority, Nearest, HighestAvailable}).Draw(t, "strategy")
		split := rapid.SampledFrom([]Split{SplitByLine, SplitNever}).Draw(t, "split")
		o, locations := s.order(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))), strategy, split)
		plan, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		scoreOfRapid(t, o, locations, plan)
		sorted := slices.Clone(locations)
		slices.SortFunc(sorted, func(a, b Location) int {
			distance := cmp.Compare(a.At.metres(*o.To), b.At.metres(*o.To))
			if strategy == Nearest {
				return distance
			}
			if strategy == HighestAvailable {
				return cmp.Or(cmp.Compare(b.Has(), a.Has()), cmp.Compare(a.Priority, b.Priority), distance)
			}
			return cmp.Or(cmp.Compare(a.Priority, b.Priority), distance)
		})
		has := func(source string, lines []int) bool {
			for _, i := range lines {
				var sum stock.Qty
				for _, l := range locations {
					if sourceOf(l) == source {
						sum += l.Offers[i].Available
					}
				}
				if sum < o.Lines[i].Qty {
					return false
				}
			}
			return true
		}
		first := func(lines []int) string {
			for _, l := range sorted {
				some := slices.ContainsFunc(lines, func(i int) bool { return l.Offers[i].Available > 0 })
				if some && has(sourceOf(l), lines) {
					return sourceOf(l)
				}
			}
			return ""
		}
		for i := range o.Lines {
			lines := []int{i}
			if split == SplitNever {
				lines = []int{0, 1, 2}
			}
			got := ""
			for _, a := range plan.Assignments {
				if a.Line == i {
					got = sourceOf(locations[a.Location])
				}
			}
			if want := first(lines); got != want {
				t.Fatalf("line %d comes from %q, want %q", i, got, want)
			}
		}
	})
}

func scoreOfRapid(t *rapid.T, o Order, locations []Location, plan *Plan) score {
	return scoreOfPlan(&fatalOf{t: t}, o, locations, plan)
}

// fatalOf is the part of a rapid.T that scoreOfPlan needs.
type fatalOf struct {
	testing.TB
	t *rapid.T
}

func (f *fatalOf) Helper()                      {}
func (f *fatalOf) Fatalf(how string, of ...any) { f.t.Fatalf(how, of...) }
