package replay

import (
	"sync"
	"testing"
)

const dataDir = "../../data/online-retail/"

const dataFile = dataDir + "orders-2010-12_2011-05.csv.gz"

// dataset loads the six months once for all tests.
var dataset = sync.OnceValues(func() (*History, error) {
	h, err := Load(dataFile)
	if err != nil {
		return nil, err
	}
	h.Network, err = LoadNetwork(dataDir + "../geo")
	return h, err
})

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

// readme is what the README says of a run.
type readme struct {
	outcomes []Outcome // what a right server answers to each task
	books    books     // how it ends
}

// followReadme is the arithmetic of the README, written down once more without
// a server.
func followReadme(p *Plan) *readme {
	switch p.Mode {
	case Channels:
		return followChannels(p)
	case Warehouses:
		return followWarehouses(p)
	}
	end := &readme{books: books{onHand: append([]int64(nil), p.Stock...)}}
	stock := end.books.onHand
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
		end.outcomes = append(end.outcomes, Outcome{Units: units})
	}
	return end
}

// followChannels: own quota first, then the pool; returns and corrections meet
// the pool.
func followChannels(p *Plan) *readme {
	end := &readme{books: books{onHand: append([]int64(nil), p.Stock...), shares: make(sharing, len(p.SKUs))}}
	for sku, units := range p.Stock {
		end.books.shares[sku] = Shares{Shared: units - units/2 - units/5, Channels: []Share{
			{ChannelID: "trade", Remaining: units / 2}, {ChannelID: "web", Remaining: units / 5},
		}}
	}
	for i := range p.Tasks {
		task := &p.Tasks[i]
		shares := &end.books.shares[task.SKU]
		units, by := max(task.Qty, -task.Qty), task.Qty
		if task.Kind == Sale {
			own := &Share{} // of a channel without a quota
			switch {
			case p.Web[task.Invoice]:
				own = &shares.Channels[1]
			case task.Customer >= 0:
				own = &shares.Channels[0]
			}
			first := min(own.Remaining, task.Qty)
			if by = first - task.Qty; shares.Shared+by < 0 {
				end.outcomes = append(end.outcomes, Outcome{})
				continue
			}
			own.Remaining -= first
			own.Sold += first
			own.SoldFromPool -= by
			end.books.onHand[task.SKU] -= first
		}
		if shares.Shared+by < 0 {
			units, by = 0, 0
		}
		shares.Shared += by
		end.books.onHand[task.SKU] += by
		end.outcomes = append(end.outcomes, Outcome{Units: units})
	}
	return end
}

// followWarehouses: a line goes whole to the nearest site that has it.
func followWarehouses(p *Plan) *readme {
	end := &readme{books: books{onHand: append([]int64(nil), p.Stock...)}}
	sites := len(p.Network.Sites)
	for i := range p.Tasks {
		task := &p.Tasks[i]
		shelves := end.books.onHand[int(task.SKU)*sites:][:sites]
		nearest, km := -1, 0.0
		for site, s := range p.Network.Sites {
			if task.Kind == Adjust && site > 0 || task.Kind != Cancel && shelves[site]+signed(task) < 0 {
				continue
			}
			if d := p.Network.origin(p.Countries[task.Country]).Km(s.At); nearest < 0 || d < km {
				nearest, km = site, d
			}
		}
		var o Outcome
		if nearest >= 0 {
			shelves[nearest] += signed(task)
			o.Units = max(task.Qty, -task.Qty)
			if task.Kind == Sale {
				o.Site = int32(nearest)
			}
		}
		end.outcomes = append(end.outcomes, o)
	}
	return end
}

// signed is what a task does to the stock.
func signed(t *Task) int64 {
	if t.Kind == Sale {
		return -t.Qty
	}
	return t.Qty
}

// asSummary tallies outcomes and sums up as a run does.
func asSummary(t *testing.T, p *Plan, end *readme) *Summary {
	t.Helper()
	tally := NewTally(p)
	for i, outcome := range end.outcomes {
		if err := tally.Apply(&p.Tasks[i], outcome); err != nil {
			t.Fatal(err)
		}
	}
	stock := end.books.onHand
	s := &Summary{Settings: p.Settings, FileSHA256: p.FileSHA256, Figures: tally.figures(stock), Oversold: tally.oversold(true)}
	switch p.Mode {
	case Flash:
		s.Flash = tally.flashSummary(stock)
	case Channels:
		s.Channels, s.Differences = tally.channelsSummary(end.books.shares, stock)
	case Warehouses:
		s.Warehouses = tally.warehousesSummary(stock)
	}
	return s
}
