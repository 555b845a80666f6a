package planning

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The page about sourcing shows plans and reasons. These are what it must say.
func TestThePageAboutSourcingIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/guide/sourcing.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	says := func(line string) {
		t.Helper()
		if !slices.Contains(lines, line) {
			t.Errorf("the page does not say: %s", line)
		}
	}
	for _, split := range []Split{SplitFreely, SplitByLine, SplitNever} {
		for _, strategy := range []Strategy{Priority, Nearest, FewestShipments, HighestAvailable, Cheapest} {
			o, locations := pageOrder(strategy, split)
			plan, err := Source(o, locations)
			if err != nil {
				t.Fatal(err)
			}
			named := fmt.Sprintf("`%s`", strategy)
			if split == SplitNever {
				named = "any"
			} else if !strings.Contains(string(text), fmt.Sprintf("| %s | `%s` |", named, split)) {
				continue // the page shows some of them
			}
			given := make([][]string, len(o.Lines))
			for j, l := range locations { // in the order of the page
				for _, a := range plan.Assignments {
					if a.Location == j {
						given[a.Line] = append(given[a.Line], fmt.Sprintf("%d %s", a.Qty, l.ID))
					}
				}
			}
			says(fmt.Sprintf("| %s | `%s` | %s | %s | %d | %d |", named, split,
				strings.Join(given[0], ", "), strings.Join(given[1], ", "), plan.Shipments, plan.Cost))
			if strategy == Cheapest && split == SplitFreely {
				for _, r := range plan.Explain() {
					says(fmt.Sprintf("| `%s` | %s |", r.Code, r))
				}
			}
		}
	}
	o, locations := pageOrder(Nearest, SplitFreely)
	for _, l := range locations {
		says(fmt.Sprintf("| %s | %d | %.1f | %d | %d | %d | %d |", l.ID, l.Priority, l.At.Km(*o.To),
			l.Offers[0].Available, l.Offers[1].Available, l.Offers[0].UnitCost, l.ShipmentCost))
	}
}
