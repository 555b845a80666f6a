package planning

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// network is a flow network with the residual edge of edge e at e^1, for a
// solver of another kind than ours: first any flow that is largest, then
// cycles that make it cheaper, until there is none (Klein, 1967).
type network struct {
	nodes int
	from  []int
	to    []int
	left  []int64
	cost  []int64
}

func (n *network) edge(from, to int, capacity, cost int64) int {
	n.from = append(n.from, from, to)
	n.to = append(n.to, to, from)
	n.left = append(n.left, capacity, 0)
	n.cost = append(n.cost, cost, -cost)
	return len(n.to) - 2
}

// augment pushes what it can along one path.
func (n *network) augment(at, sink int, limit int64, seen []bool) int64 {
	if at == sink {
		return limit
	}
	seen[at] = true
	for e := range n.to {
		if n.from[e] == at && n.left[e] > 0 && !seen[n.to[e]] {
			if pushed := n.augment(n.to[e], sink, min(limit, n.left[e]), seen); pushed > 0 {
				n.left[e] -= pushed
				n.left[e^1] += pushed
				return pushed
			}
		}
	}
	return 0
}

// cheapen pushes flow round one cycle of negative cost, if there is one.
func (n *network) cheapen() bool {
	dist, by := make([]int64, n.nodes), make([]int, n.nodes)
	last := -1
	for range n.nodes {
		last = -1
		for e := range n.to {
			if n.left[e] > 0 && dist[n.from[e]]+n.cost[e] < dist[n.to[e]] {
				dist[n.to[e]], by[n.to[e]], last = dist[n.from[e]]+n.cost[e], e, n.to[e]
			}
		}
	}
	if last < 0 {
		return false
	}
	for range n.nodes { // back until surely on the cycle
		last = n.from[by[last]]
	}
	push := int64(math.MaxInt64)
	for at := last; ; {
		push = min(push, n.left[by[at]])
		if at = n.from[by[at]]; at == last {
			break
		}
	}
	for at := last; ; {
		n.left[by[at]] -= push
		n.left[by[at]^1] += push
		if at = n.from[by[at]]; at == last {
			break
		}
	}
	return true
}

// freelyFrom is the units that the open locations can give at most, and the
// least unit costs of that many.
func freelyFrom(o Order, locations []Location, open func(int) bool) (filled, cost int64) {
	source, sink := 0, 1
	n := &network{nodes: 2 + len(locations) + len(o.Lines)}
	for i, line := range o.Lines {
		n.edge(2+len(locations)+i, sink, int64(line.Qty), 0)
	}
	for j, l := range locations {
		capacity := int64(math.MaxInt64)
		if l.Capped {
			capacity = int64(l.Capacity)
		}
		if !open(j) {
			capacity = 0
		}
		n.edge(source, 2+j, capacity, 0)
		for i, offer := range l.Offers {
			n.edge(2+j, 2+len(locations)+i, int64(offer.Available), int64(offer.UnitCost))
		}
	}
	for {
		pushed := n.augment(source, sink, math.MaxInt64, make([]bool, n.nodes))
		if pushed == 0 {
			break
		}
		filled += pushed
	}
	for n.cheapen() {
	}
	for e := 0; e < len(n.to); e += 2 {
		cost += n.left[e^1] * n.cost[e]
	}
	return filled, cost
}

func TestWithoutShipmentCostsTheCheapestIsTheMinimumCostFlow(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	for i := range 600 {
		s := shape{lines: 1 + r.Intn(8), locations: 1 + r.Intn(12), qty: 1 + r.Intn(500), sparse: 1 + r.Intn(2), capped: i%3 > 0, priorities: 1}
		o, locations := s.order(r, Cheapest, SplitFreely)
		plan, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		filled, cost := freelyFrom(o, locations, func(int) bool { return true })
		var asked int64
		for _, l := range o.Lines {
			asked += int64(l.Qty)
		}
		if got := scoreOfPlan(t, o, locations, plan); got[0] != asked-filled || got[1] != cost || !plan.Proven {
			t.Fatalf("order %d: the plan misses %d and costs %d, want %d and %d", i, got[0], got[1], asked-filled, cost)
		}
	}
}

// exactFreely is the cheapest plan with costs of shipments: each set of
// locations in turn, all of them paid for.
func exactFreely(o Order, locations []Location) (filled, cost int64) {
	cost = math.MaxInt64
	for set := range 1 << len(locations) {
		f, c := freelyFrom(o, locations, func(j int) bool { return set>>j&1 == 1 })
		for j, l := range locations {
			if set>>j&1 == 1 {
				c += int64(l.ShipmentCost)
			}
		}
		if f > filled || f == filled && c < cost {
			filled, cost = f, c
		}
	}
	return filled, cost
}

// exactByLine is the same with whole lines: each line at each location.
func exactByLine(o Order, locations []Location) (filled, cost int64) {
	cost = math.MaxInt64
	used := make([]stock.Qty, len(locations))
	var try func(line int, f, c int64)
	try = func(line int, f, c int64) {
		if line == len(o.Lines) {
			if f > filled || f == filled && c < cost {
				filled, cost = f, c
			}
			return
		}
		qty := o.Lines[line].Qty
		for j, l := range locations {
			if l.Offers[line].Available < qty || l.Capped && used[j]+qty > l.Capacity {
				continue
			}
			price := int64(qty) * int64(l.Offers[line].UnitCost)
			if used[j] == 0 {
				price += int64(l.ShipmentCost)
			}
			used[j] += qty
			try(line+1, f+int64(qty), c+price)
			used[j] -= qty
		}
		try(line+1, f, c)
	}
	try(0, 0, 0)
	return filled, cost
}

// Issue 5 asks for 2 % on 200 orders of up to 6 lines at 6 locations. Here they are exact,
// and reported as exact.
func TestWithShipmentCostsSmallOrdersAreTheCheapestThereAre(t *testing.T) {
	t.Parallel()
	for _, split := range []Split{SplitFreely, SplitByLine} {
		for _, capped := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, capacities %v", split, capped), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewSource(5))
				for i := range 200 {
					s := shape{lines: 1 + r.Intn(6), locations: 1 + r.Intn(6), qty: 1 + r.Intn(9), sparse: 1 + r.Intn(2), fixed: Cost(1 + r.Intn(120)), capped: capped, priorities: 1}
					o, locations := s.order(r, Cheapest, split)
					plan, err := Source(o, locations)
					if err != nil {
						t.Fatal(err)
					}
					filled, cost := exactFreely(o, locations)
					if split == SplitByLine {
						filled, cost = exactByLine(o, locations)
					}
					var asked int64
					for _, l := range o.Lines {
						asked += int64(l.Qty)
					}
					if got := scoreOfPlan(t, o, locations, plan); got[0] != asked-filled || got[1] != cost || !plan.Proven {
						t.Fatalf("order %d: the plan misses %d and costs %d (proven %v), want %d and %d", i, got[0], got[1], plan.Proven, asked-filled, cost)
					}
				}
			})
		}
	}
}

// Costs at random, which is harder than costs by distance, and a search that
// ends after 256 bounds: the worst of 100 orders is 6.8 % above the cheapest,
// and the plan says that it is not proven.
func TestASearchThatIsCutShortIsNearTheCheapest(t *testing.T) {
	t.Parallel()
	const lines, sites = 12, 17
	r := rand.New(rand.NewSource(9))
	cut := Planner{cheap: cheapSearch{steps: lines * sites * 256}}
	unproven := 0
	for range 100 {
		s := shape{lines: lines, locations: sites, qty: 9, sparse: 1 + r.Intn(3), fixed: Cost(20 + r.Intn(200)), priorities: 1}
		o, locations := s.order(r, Cheapest, SplitFreely)
		exact, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := cut.Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		scoreOfPlan(t, o, locations, plan)
		if !exact.Proven || plan.Cost < exact.Cost || plan.Proven && plan.Cost > exact.Cost || plan.Cost*100 > exact.Cost*107 {
			t.Errorf("%d (proven %v), the cheapest is %d (proven %v)", plan.Cost, plan.Proven, exact.Cost, exact.Proven)
		}
		if !plan.Proven {
			unproven++
		}
	}
	if unproven == 0 {
		t.Error("every search came to its end: none was cut short")
	}
}
