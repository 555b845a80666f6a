package planning

import (
	"math/rand"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/stock"
)

// wrong says what is not true about a reason.
func wrong(o Order, locations []Location, plan *Plan, r Reason) string {
	l := locations[r.Location]
	given := func(location int) (here, all stock.Qty) {
		for _, a := range plan.Assignments {
			if a.Location == location {
				all += a.Qty
				if a.Line == r.Line {
					here = a.Qty
				}
			}
		}
		return here, all
	}
	gives, givesAtAll := given(r.Location)
	atSource := func(line int) (sum stock.Qty) {
		for _, m := range locations {
			if sourceOf(m) == sourceOf(l) && m.Closed == "" {
				sum += m.Offers[line].Available
			}
		}
		return sum
	}
	if (r.Code == Chosen) != (gives > 0) || r.Qty != gives {
		return "it is chosen if it gives"
	}
	if text := r.String(); !strings.HasSuffix(text, ".") || !strings.Contains(text, l.ID) && (r.Region == "" || !strings.Contains(text, r.Region)) {
		return "it is a sentence about the location"
	}
	than := -1
	for j, m := range locations {
		if m.ID == r.Than {
			than = j
		}
	}
	switch r.Code {
	case LessAvailable, LowerPriority, Farther, CostsMore, NoCoordinates:
		if than < 0 {
			return "it is compared with somebody"
		}
		if thanGives, _ := given(than); thanGives == 0 {
			return "that one gives"
		}
	}
	switch r.Code {
	case Chosen:
		return ""
	case Inactive, NotServingChannel, ClosedForOnline, NoLane:
		if l.Closed != r.Code {
			return "it is closed for that"
		}
	case NothingThere:
		if l.Offers[r.Line].Available > 0 {
			return "nothing is there"
		}
	case TooLittleForWholeLine:
		if o.Split != SplitByLine || atSource(r.Line) >= r.Wanted || r.Available != atSource(r.Line) {
			return "its source has too little for the line"
		}
	case TooLittleForWholeOrder:
		for i, line := range o.Lines {
			if line.Product == r.Product && (o.Split != SplitNever || atSource(i) >= line.Qty || r.Available != atSource(i)) {
				return "its source has too little for the order"
			}
		}
	case OverCapacity:
		if o.Split == SplitFreely && (!l.Capped || givesAtAll < l.Capacity) {
			return "its capacity is used up"
		}
	case LessAvailable:
		if r.Has != l.Has() || r.ThanHas != locations[than].Has() || r.Has >= r.ThanHas {
			return "it has less"
		}
	case LowerPriority:
		if l.Priority <= locations[than].Priority || r.Priority != l.Priority || r.ThanPriority != locations[than].Priority {
			return "its priority is lower"
		}
	case Farther:
		if r.Km <= r.ThanKm || l.At.metres(*o.To) <= locations[than].At.metres(*o.To) {
			return "it is farther"
		}
	case NoCoordinates:
		if l.At != nil || locations[than].At == nil {
			return "nobody knows where it is"
		}
	case CostsMore:
		dearer := l.Offers[r.Line].UnitCost > locations[than].Offers[r.Line].UnitCost
		shipment := r.ShipmentCost > 0 && r.ShipmentCost == l.ShipmentCost && givesAtAll == 0
		if !dearer && !shipment {
			return "it costs more"
		}
	case NotNeeded:
		if plan.Unfilled[r.Line] > 0 {
			return "the line is filled without it"
		}
		if by := o.Strategy; o.Split == SplitFreely && by.isByRank() && (l.Priority != locations[than].Priority || l.metres(o) != locations[than].metres(o)) {
			return "no figure is against it"
		}
	default:
		return "there is such a reason"
	}
	return ""
}

func TestEveryReasonIsTrue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := shape{
			lines: rapid.IntRange(1, 4).Draw(t, "lines"), locations: rapid.IntRange(1, 8).Draw(t, "locations"), qty: 5, sparse: 2,
			fixed: Cost(rapid.SampledFrom([]int{0, 20}).Draw(t, "fixed")), capped: rapid.Bool().Draw(t, "capped"), regions: rapid.IntRange(0, 2).Draw(t, "regions"), priorities: 2,
		}
		strategy := rapid.SampledFrom([]Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest}).Draw(t, "strategy")
		split := rapid.SampledFrom([]Split{SplitFreely, SplitByLine, SplitNever}).Draw(t, "split")
		o, locations := s.order(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))), strategy, split)
		for i := range locations {
			locations[i].Closed = rapid.SampledFrom([]Code{"", "", "", "", Inactive, NotServingChannel, ClosedForOnline, NoLane}).Draw(t, "closed")
			if rapid.IntRange(0, 4).Draw(t, "unknown") == 4 {
				locations[i].At = nil
			}
		}
		plan, err := Source(o, locations)
		if err != nil {
			t.Fatal(err)
		}
		reasons := plan.Explain()
		if len(reasons) != len(o.Lines)*len(locations) {
			t.Fatalf("%d reasons for %d lines at %d locations", len(reasons), len(o.Lines), len(locations))
		}
		for _, r := range reasons {
			if w := wrong(o, locations, plan, r); w != "" {
				t.Fatalf("not true that %s: %s\n%+v\nplan %+v\nof %+v\nat %+v", w, r, r, plan.Assignments, o, locations)
			}
		}
	})
}

func TestReasonsAreSentences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		strategy       Strategy
		split          Split
		change         func(o *Order, locations []Location)
		line, location int
		code           Code
		says           string
	}{
		{"another is the pickup point", Nearest, SplitFreely, func(o *Order, _ []Location) { o.Pickup = "warsaw" }, 0, 0, NotPickupPoint, "london is not warsaw, where the customer fetches the order."},
		{"a region has too little", Nearest, SplitByLine, func(_ *Order, l []Location) { l[1].Region, l[2].Region = "rhine", "rhine" }, 0, 2, TooLittleForWholeLine, "region rhine has 3 of 4 lamp, and a line is not split."},
		{"the order lacks another line", Nearest, SplitNever, nil, 1, 1, TooLittleForWholeOrder, "amsterdam has 2 of 4 lamp, and the order is not split."},
		{"a capacity is used up", Nearest, SplitFreely, func(_ *Order, l []Location) { l[1].Capped, l[1].Capacity, l[0].Offers[0].Available = true, 2, 2 }, 1, 1, OverCapacity, "amsterdam has room for 0 units more, too few to give chair."},
		{"a capacity is too small for the line", Cheapest, SplitByLine, func(_ *Order, l []Location) { l[0].Capped, l[0].Capacity = true, 3 }, 0, 0, OverCapacity, "london has room for 3 units more, too few to give lamp."},
		{"nobody knows where it is", Nearest, SplitFreely, func(_ *Order, l []Location) { l[3].At = nil }, 0, 3, NoCoordinates, "warsaw gives no lamp: nobody knows where it is, and london is 340.8 km away."},
		{"two shipments will do", FewestShipments, SplitFreely, func(_ *Order, l []Location) { l[3].Closed = Inactive }, 0, 1, NotNeeded, "amsterdam gives no lamp: london has it, and 2 shipments will do."},
		{"it is switched off", FewestShipments, SplitFreely, func(_ *Order, l []Location) { l[3].Closed = Inactive }, 0, 3, Inactive, "warsaw is not active."},
		{"it is for another channel", Priority, SplitFreely, func(_ *Order, l []Location) { l[3].Closed = NotServingChannel }, 0, 3, NotServingChannel, "warsaw does not serve the channel of the order."},
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
			if r := plan.Why(c.line, c.location); r.Code != c.code || r.String() != c.says {
				t.Errorf("got %s: %s\nwant %s: %s", r.Code, r, c.code, c.says)
			}
		})
	}
}
