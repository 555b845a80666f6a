//go:build !race

// All sets of twenty locations are tried here, by one goroutine for each kind of
// order: the race detector would find nothing, and takes ten times as long.

package planning

import (
	"math/rand"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// fewestOf tries all sets of locations, the small ones first, and returns the size of the
// best: how many, their priorities, their distances. Units that no location has are not
// asked of any set.
func fewestOf(o Order, locations []Location) score {
	need := make([]stock.Qty, len(o.Lines))
	for i, line := range o.Lines {
		var all stock.Qty
		for _, l := range locations {
			if o.Split == SplitFreely || l.Offers[i].Available >= line.Qty {
				all += l.Offers[i].Available
			}
		}
		need[i] = min(all, line.Qty)
	}
	var best score
	var try func(from, more int, rest []stock.Qty, now score)
	try = func(from, more int, rest []stock.Qty, now score) {
		if more == 0 {
			if slices.Max(rest) <= 0 && (best == nil || slices.Compare(now, best) < 0) {
				best = slices.Clone(now)
			}
			return
		}
		for j := from; j <= len(locations)-more; j++ {
			l := locations[j]
			left := slices.Clone(rest)
			for i, offer := range l.Offers {
				if o.Split == SplitFreely || offer.Available >= need[i] {
					left[i] -= offer.Available
				}
			}
			try(j+1, more-1, left, score{now[0] + 1, now[1] + int64(l.Priority), now[2] + l.metres(o)})
		}
	}
	for k := range len(locations) + 1 {
		if try(0, k, need, score{0, 0, 0}); best != nil {
			return best
		}
	}
	return nil
}

func TestTheFewestShipmentsAreTheFewestThereAre(t *testing.T) {
	t.Parallel()
	for _, split := range []Split{SplitFreely, SplitByLine} {
		t.Run(string(split), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewSource(20))
			for i := range 30 {
				s := shape{lines: 20, locations: 20, qty: 12, sparse: 2, priorities: 3}
				switch i % 3 {
				case 1:
					s.lines, s.locations = 1+r.Intn(20), 1+r.Intn(20)
				case 2:
					s.sparse = 3
				}
				o, locations := s.order(r, FewestShipments, split)
				plan, err := Source(o, locations)
				if err != nil {
					t.Fatal(err)
				}
				got := scoreOfPlan(t, o, locations, plan)[1:]
				if want := fewestOf(o, locations); slices.Compare(got, want) != 0 || !plan.Proven {
					t.Fatalf("order %d: %v shipments, priorities and metres (proven %v), want %v", i, got, plan.Proven, want)
				}
			}
		})
	}
}
