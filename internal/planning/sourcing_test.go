package planning

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// The network of docs/guide/sourcing.md: an order of 4 lamps and 2 chairs to
// Paris.
func pageOrder(strategy Strategy, split Split) (Order, []Location) {
	at := func(lat, lon float64) *Point { return &Point{lat, lon} }
	offers := func(lamps, chairs stock.Qty, unit Cost) []Offer { return []Offer{{lamps, unit}, {chairs, unit}} }
	return Order{Lines: []Line{{"lamp", 4}, {"chair", 2}}, Strategy: strategy, Split: split, To: at(48.86669, 2.33334)}, []Location{
		{ID: "london", Priority: 2, At: at(51.49999, -0.11672), Offers: offers(4, 0, 300), ShipmentCost: 500},
		{ID: "amsterdam", Priority: 3, At: at(52.34997, 4.91664), Offers: offers(2, 2, 200), ShipmentCost: 500},
		{ID: "frankfurt", Priority: 1, At: at(50.09998, 8.67501), Offers: offers(1, 2, 250), ShipmentCost: 500},
		{ID: "warsaw", Priority: 4, At: at(52.25, 21), Offers: offers(9, 9, 600), ShipmentCost: 500},
		{ID: "madrid", Priority: 1, At: at(40.40003, -3.68335), Offers: offers(9, 9, 100), ShipmentCost: 500, Closed: ClosedForOnline},
	}
}

// told is a plan as "LOCATION QTY PRODUCT, …", then what is unfilled.
func told(o Order, locations []Location, plan *Plan) string {
	var parts []string
	for _, a := range plan.Assignments {
		parts = append(parts, fmt.Sprintf("%s %d %s", locations[a.Location].ID, a.Qty, o.Lines[a.Line].Product))
	}
	for i, qty := range plan.Unfilled {
		if qty > 0 {
			parts = append(parts, fmt.Sprintf("unfilled %d %s", qty, o.Lines[i].Product))
		}
	}
	return strings.Join(parts, ", ")
}

func TestPlansByStrategyAndSplitRule(t *testing.T) {
	t.Parallel()
	type change func(o *Order, locations []Location)
	pool := func(o *Order, locations []Location) { // amsterdam and frankfurt are one source
		locations[1].Region, locations[2].Region = "rhine", "rhine"
	}
	smallRhine := func(o *Order, locations []Location) {
		pool(o, locations)
		o.Lines[0].Qty = 3
	}
	capacity := func(n stock.Qty, of ...int) change {
		return func(o *Order, locations []Location) {
			for _, i := range of {
				locations[i].Capped, locations[i].Capacity = true, n
			}
		}
	}
	for _, c := range []struct {
		name      string
		strategy  Strategy
		split     Split
		change    change
		want      string
		shipments int
		cost      Cost
	}{
		{"priority takes from the first, the rest from the next", Priority, SplitFreely, nil, "frankfurt 1 lamp, london 3 lamp, frankfurt 2 chair", 2, 2650},
		{"nearest takes from the nearest", Nearest, SplitFreely, nil, "london 4 lamp, amsterdam 2 chair", 2, 2600},
		{"fewest shipments takes one far location before two near ones", FewestShipments, SplitFreely, nil, "warsaw 4 lamp, warsaw 2 chair", 1, 4100},
		{"highest available takes from where most is", HighestAvailable, SplitFreely, nil, "warsaw 4 lamp, warsaw 2 chair", 1, 4100},
		{"and then from where the next most is", HighestAvailable, SplitFreely, func(o *Order, locations []Location) { o.Lines[0].Qty, locations[3].Offers[0].Available = 7, 3 }, "warsaw 3 lamp, london 4 lamp, warsaw 2 chair", 2, 5200},
		{"cheapest fills a parcel that is sent anyway", Cheapest, SplitFreely, nil, "london 2 lamp, amsterdam 2 lamp, amsterdam 2 chair", 2, 2400},
		{"lines: priority takes from the first that has the line whole", Priority, SplitByLine, nil, "london 4 lamp, frankfurt 2 chair", 2, 2700},
		{"lines: cheapest", Cheapest, SplitByLine, nil, "london 4 lamp, amsterdam 2 chair", 2, 2600},
		{"never: the nearest that has all", Nearest, SplitNever, nil, "warsaw 4 lamp, warsaw 2 chair", 1, 4100},
		{"never: nothing if nobody has all", Nearest, SplitNever, func(o *Order, _ []Location) { o.Lines[0].Qty = 10 }, "unfilled 10 lamp, unfilled 2 chair", 0, 0},
		{"freely: what there is, if there is too little", Priority, SplitFreely, func(o *Order, _ []Location) { o.Lines[0].Qty = 20 }, "frankfurt 1 lamp, london 4 lamp, amsterdam 2 lamp, warsaw 9 lamp, frankfurt 2 chair, unfilled 4 lamp", 4, 9750},
		{"a pooled region has a whole order that none of its locations has", Nearest, SplitNever, smallRhine, "amsterdam 2 lamp, frankfurt 1 lamp, amsterdam 2 chair", 2, 2050},
		{"a pooled region has a whole line that none of its locations has", Cheapest, SplitByLine, smallRhine, "frankfurt 1 lamp, amsterdam 2 lamp, amsterdam 2 chair", 2, 2050},
		{"what is fetched comes from there or not at all", Nearest, SplitFreely, func(o *Order, _ []Location) { o.Pickup = "amsterdam" }, "amsterdam 2 lamp, amsterdam 2 chair, unfilled 2 lamp", 1, 1300},
		{"a capacity sends the rest elsewhere", Nearest, SplitFreely, capacity(3, 0), "london 3 lamp, amsterdam 1 lamp, amsterdam 2 chair", 2, 2500},
		{"a capacity goes to the line that nobody else has", Priority, SplitFreely, func(o *Order, locations []Location) {
			locations[1].Offers[1], locations[3].Offers[1] = Offer{}, Offer{} // chairs in frankfurt alone
			capacity(2, 2)(o, locations)
		}, "london 4 lamp, frankfurt 2 chair", 2, 2700},
		{"a line that does not fit goes elsewhere whole", Cheapest, SplitByLine, capacity(3, 0), "warsaw 4 lamp, amsterdam 2 chair", 2, 3800},
		{"nobody is open", Cheapest, SplitFreely, func(_ *Order, locations []Location) {
			for i := range locations {
				locations[i].Closed = Inactive
			}
		}, "unfilled 4 lamp, unfilled 2 chair", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o, locations := pageOrder(c.strategy, c.split)
			if c.change != nil {
				c.change(&o, locations)
			}
			plan, err := Source(o, locations)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(o, locations, plan); got != c.want || plan.Shipments != c.shipments || plan.Cost != c.cost || !plan.Proven {
				t.Errorf("got %s: %d shipments for %d (proven %v)\nwant %s: %d for %d", got, plan.Shipments, plan.Cost, plan.Proven, c.want, c.shipments, c.cost)
			}
			if plan.Filled() == strings.Contains(c.want, "unfilled") {
				t.Errorf("filled is %v of %s", plan.Filled(), c.want)
			}
		})
	}
}

func TestThereMayBeNoLocationAtAll(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest} {
		for _, split := range []Split{SplitFreely, SplitByLine, SplitNever} {
			plan, err := Source(Order{Lines: []Line{{"p", 2}}, Strategy: strategy, Split: split, To: &Point{}}, nil)
			if err != nil || plan.Unfilled[0] != 2 || len(plan.Assignments) > 0 || !plan.Proven {
				t.Errorf("%s, %s: %+v, %v", strategy, split, plan, err)
			}
		}
	}
}

func TestTheLargestOrderIsPlanned(t *testing.T) {
	t.Parallel()
	o := Order{Strategy: Cheapest, Split: SplitFreely, Lines: []Line{{"p", stock.MaxQty}}}
	var locations []Location
	for i := range MaxLocations {
		locations = append(locations, Location{ID: fmt.Sprint(i), Offers: []Offer{{Available: stock.MaxQty / 2, UnitCost: Cost(i % 7)}}})
	}
	for _, o.Strategy = range []Strategy{Priority, FewestShipments, Cheapest} {
		plan, err := Source(o, locations)
		if err != nil || !plan.Filled() || plan.Shipments != 3 {
			t.Errorf("%s: %+v, %v", o.Strategy, plan, err)
		}
	}
}

// However short the search is cut: when something is not filled, no location that has it
// whole has room for it.
func TestNoWholeLineIsLeftOutForNothing(t *testing.T) {
	t.Parallel()
	for _, strategy := range []Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest} {
		s := shape{lines: 1500, locations: 6, qty: 9, sparse: 2, fixed: 50, capped: true, priorities: 2}
		o, locations := s.order(rand.New(rand.NewSource(2)), strategy, SplitByLine)
		plan, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		scoreOfPlan(t, o, locations, plan)
		used := make([]stock.Qty, len(locations))
		for _, a := range plan.Assignments {
			used[a.Location] += a.Qty
		}
		for i, qty := range plan.Unfilled {
			for j, l := range locations {
				if qty > 0 && l.Offers[i].Available >= qty && (!l.Capped || l.Capacity-used[j] >= qty) {
					t.Fatalf("%s: %d of line %d are left out, %s has them and room for %d more", strategy, qty, i, l.ID, l.Capacity-used[j])
				}
			}
		}
	}
}

func TestOrdersThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		change func(o *Order, locations []Location)
	}{
		{`strategy "best"`, func(o *Order, _ []Location) { o.Strategy = "best" }},
		{`split ""`, func(o *Order, _ []Location) { o.Split = "" }},
		{"nobody says where the order goes", func(o *Order, _ []Location) { o.To = nil }},
		{"the order goes to {91 0}", func(o *Order, _ []Location) { o.To = &Point{91, 0} }},
		{"the order goes to {NaN 0}", func(o *Order, _ []Location) { o.To = &Point{math.NaN(), 0} }},
		{"0 lines", func(o *Order, _ []Location) { o.Lines = nil }},
		{`0 of "lamp"`, func(o *Order, _ []Location) { o.Lines[0].Qty = 0 }},
		{`product "lamp" is in two lines`, func(o *Order, _ []Location) { o.Lines[1].Product = "lamp" }},
		{"the lines ask for more", func(o *Order, _ []Location) { o.Lines[0].Qty = stock.MaxQty }},
		{`location "london" is there twice`, func(_ *Order, l []Location) { l[1].ID = "london" }},
		{`location "" is there twice, or has no id`, func(_ *Order, l []Location) { l[1].ID = "" }},
		{`location "london" is closed for "farther"`, func(_ *Order, l []Location) { l[0].Closed = Farther }},
		{`location "london" is at {0 181}`, func(_ *Order, l []Location) { l[0].At = &Point{0, 181} }},
		{`location "london" has priority -1`, func(_ *Order, l []Location) { l[0].Priority = -1 }},
		{`a shipment from location "london" costs -1`, func(_ *Order, l []Location) { l[0].ShipmentCost = -1 }},
		{`location "london" has capacity -1`, func(_ *Order, l []Location) { l[0].Capped, l[0].Capacity = true, -1 }},
		{`location "london" has 1 offers for 2 lines`, func(_ *Order, l []Location) { l[0].Offers = l[0].Offers[:1] }},
		{`location "london" offers -1 in line 0`, func(_ *Order, l []Location) { l[0].Offers[0].Available = -1 }},
		{`a unit of line 1 from location "london" costs`, func(_ *Order, l []Location) { l[0].Offers[1].UnitCost = MaxCost + 1 }},
		{"cost more than can be counted", func(o *Order, l []Location) {
			o.Lines[0].Qty, l[0].Offers[0].UnitCost = stock.MaxQty-2, MaxCost
		}},
		{`pickup at "rome"`, func(o *Order, _ []Location) { o.Pickup = "rome" }},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			o, locations := pageOrder(Nearest, SplitFreely)
			c.change(&o, locations)
			if plan, err := Source(o, locations); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v", plan, err)
			}
		})
	}
	if _, err := Source(Order{Lines: []Line{{"p", 1}}, Strategy: Priority, Split: SplitFreely}, make([]Location, MaxLocations+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too many locations: %v", err)
	}
}

// One planner for all, whatever it planned before, and the locations in any
// order.
func TestAPlanDependsOnTheInputAlone(t *testing.T) {
	t.Parallel()
	var used Planner
	rapid.Check(t, func(t *rapid.T) {
		s := shape{lines: rapid.IntRange(1, 6).Draw(t, "lines"), locations: rapid.IntRange(1, 9).Draw(t, "locations"), qty: 5, sparse: 2, fixed: 20, capped: rapid.Bool().Draw(t, "capped"), regions: 2, priorities: 1}
		strategy := rapid.SampledFrom([]Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest}).Draw(t, "strategy")
		split := rapid.SampledFrom([]Split{SplitFreely, SplitByLine, SplitNever}).Draw(t, "split")
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		o, locations := s.order(r, strategy, split)
		if rapid.Bool().Draw(t, "all at one place") {
			for i := range locations {
				locations[i].At = nil
			}
		}
		mixed := slices.Clone(locations)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		fresh, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		again, err := used.Source(o, mixed)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := told(o, locations, fresh), told(o, mixed, again); a != b || fresh.Cost != again.Cost || fresh.Km != again.Km {
			t.Fatalf("%s, and in another order %s", a, b)
		}
		if !reflect.DeepEqual(fresh.Unfilled, again.Unfilled) || fresh.Proven != again.Proven || fresh.Shipments != again.Shipments {
			t.Fatalf("%+v, and in another order %+v", fresh, again)
		}
	})
}
