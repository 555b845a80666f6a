package replay

import (
	"strings"
	"sync"
	"testing"
)

const dataDir = "../../../data/online-retail/"

const dataFile = dataDir + "orders-2010-12_2011-05.csv.gz"

// dataset loads the six months once for all tests.
var dataset = sync.OnceValues(func() (*History, error) { return Load(dataFile) })

func sixMonths(t *testing.T) *History {
	t.Helper()
	h, err := dataset()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustPlan(t testing.TB, h *History, s Settings) *Plan {
	t.Helper()
	p, err := NewPlan(h, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// followReadme is the arithmetic of the README, written down once more without
// a server: it returns what a right server answers to each task, and the stock
// at the end.
func followReadme(p *Plan) (outcomes, stock []int64) {
	stock = append([]int64(nil), p.Stock...)
	mine := map[[2]int32]int64{}
	for i := range p.Tasks {
		task := &p.Tasks[i]
		units := int64(0)
		switch task.Kind {
		case Sale:
			items := task.Items
			if items == nil {
				items = []Item{{task.SKU, task.Qty}}
			}
			asked := map[int32]int64{}
			for _, item := range items {
				asked[item.SKU] += item.Qty
			}
			covered := true
			for sku, qty := range asked {
				covered = covered && stock[sku] >= qty
			}
			if covered {
				units = task.Qty
				for sku, qty := range asked {
					stock[sku] -= qty
				}
			} else if p.Mode == ByPart {
				units = stock[task.SKU]
				stock[task.SKU] = 0
			}
			mine[[2]int32{task.Customer, task.SKU}] += units
		case Cancel:
			units = task.Qty
			if p.Mode == Linked {
				units = 0
				if task.Customer >= 0 {
					units = min(task.Qty, mine[[2]int32{task.Customer, task.SKU}])
				}
				mine[[2]int32{task.Customer, task.SKU}] -= units
			}
			stock[task.SKU] += units
		case Adjust:
			if stock[task.SKU]+task.Qty >= 0 {
				stock[task.SKU] += task.Qty
				units = max(task.Qty, -task.Qty)
			}
		}
		outcomes = append(outcomes, units)
	}
	return outcomes, stock
}

// asSummary tallies outcomes and sums up as a run does.
func asSummary(t *testing.T, p *Plan, outcomes, stock []int64) *Summary {
	t.Helper()
	tally := NewTally(p)
	for i, units := range outcomes {
		if err := tally.Apply(&p.Tasks[i], units); err != nil {
			t.Fatal(err)
		}
	}
	s := &Summary{Settings: p.Settings, FileSHA256: p.FileSHA256, Figures: tally.figures(stock), Oversold: tally.oversold(true)}
	if p.Mode == Flash {
		s.Flash = tally.flashSummary(stock)
	}
	return s
}

func TestEveryExpectedRunFollowsFromTheFile(t *testing.T) {
	t.Parallel()
	h := sixMonths(t)
	expected, err := ReadExpected(dataDir + "expected.json")
	if err != nil {
		t.Fatal(err)
	}
	runs := []Settings{{Mode: Flash}}
	for name := range expected.Runs {
		opening, mode, _ := strings.Cut(name, "/")
		runs = append(runs, Settings{Opening: Policy(opening), Mode: Mode(mode)})
	}
	if len(runs) != 16 {
		t.Errorf("expected.json has %d runs, want 15", len(runs)-1)
	}
	for _, s := range runs {
		t.Run(runName(s), func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, h, s)
			if err := expected.Covers(p.Settings); err != nil {
				t.Fatal(err)
			}
			outcomes, stock := followReadme(p)
			for _, difference := range expected.Compare(asSummary(t, p, outcomes, stock)) {
				t.Error(difference)
			}
		})
	}
}
