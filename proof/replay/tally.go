package replay

import (
	"cmp"
	"fmt"
	"slices"
)

// Counts are the figures of a run, under the names of expected.json.
type Counts struct {
	SaleLines         int64 `json:"sale_lines"`
	CancelLines       int64 `json:"cancel_lines"`
	AdjustLines       int64 `json:"adjust_lines"`
	Orders            int64 `json:"orders"`
	OrdersGranted     int64 `json:"orders_granted"`
	OrdersShort       int64 `json:"orders_short"`
	LinesGranted      int64 `json:"lines_granted"`
	LinesShort        int64 `json:"lines_short"`
	LinesPartly       int64 `json:"lines_partly"`
	CancelNothingBack int64 `json:"cancel_lines_nothing_back"`
	AdjustRejected    int64 `json:"adjust_rejected"`
	OpeningTotal      int64 `json:"opening_total"`
	UnitsAsked        int64 `json:"units_asked"`
	UnitsGranted      int64 `json:"units_granted"`
	UnitsShort        int64 `json:"units_short"`
	UnitsReturned     int64 `json:"units_returned"`
	UnitsAdjusted     int64 `json:"units_adjusted"`
}

// Tally is the sum of the server's answers. It depends only on the plan and the outcomes, so a
// checkpoint only needs the outcomes.
type Tally struct {
	Counts
	plan    *Plan
	done    int     // tasks applied
	onHand  []int64 // per shelf: what the books should say
	short   []int64 // per SKU: units asked for and not granted
	granted []int64 // per SKU: sale lines granted
	lowest  []int64 // per shelf: the lowest onHand so far
	orders  []verdict
	credit  credits

	channels channelSales // of Channels
	sites    siteSales    // of Warehouses
}

// Outcome is the outcome of a task: units granted, returned, or, for an adjust, its
// size if it was carried out and 0 if not.
type Outcome struct {
	Units int64
	Site  int32 // that supplied them, for a sale in Warehouses
}

type verdict uint8

const (
	unseen verdict = iota
	granted
	short
)

// NewTally returns the tally of p before its first task.
func NewTally(p *Plan) *Tally {
	n := len(p.SKUs)
	t := &Tally{
		plan: p, onHand: slices.Clone(p.Stock), lowest: make([]int64, len(p.Stock)),
		short: make([]int64, n), granted: make([]int64, n),
		orders: make([]verdict, len(p.Invoices)), credit: credits{},
	}
	for shelf := range p.shelves() {
		t.OpeningTotal += p.Stock[p.shelf(p.opened(shelf))]
	}
	switch p.Mode {
	case Channels:
		t.channels.units = make([][len(channelIDs)]int64, n)
	case Warehouses:
		t.sites = newSiteSales(p.sites())
	}
	return t
}

// Apply books the outcome of the next task.
func (t *Tally) Apply(task *Task, o Outcome) error {
	units := o.Units
	if units < 0 || units > full(task) || o.Site < 0 || int(o.Site) >= t.plan.sites() {
		return fmt.Errorf("seq %d: an outcome of %d units for %d, from site %d", task.Seq, units, full(task), o.Site)
	}
	t.done++
	switch task.Kind {
	case Sale:
		t.sale(task, o)
	case Cancel:
		t.CancelLines++
		t.UnitsReturned += units
		if units == 0 {
			t.CancelNothingBack++
		}
		t.move(task.SKU, task.Site, units)
	case Adjust:
		t.AdjustLines++
		if units == 0 {
			t.AdjustRejected++
			return nil
		}
		t.UnitsAdjusted += task.Qty
		t.move(task.SKU, task.Site, task.Qty)
	}
	if t.plan.Mode == Linked {
		t.credit.book(task, units)
	}
	return nil
}

// full is the outcome of a task without refusals.
func full(task *Task) int64 { return max(task.Qty, -task.Qty) }

func (t *Tally) sale(task *Task, o Outcome) {
	units := o.Units
	missing := task.Qty - units
	t.SaleLines += task.lines()
	t.UnitsAsked += task.Qty
	t.UnitsGranted += units
	t.UnitsShort += missing
	if missing == 0 {
		t.LinesGranted += task.lines()
	} else {
		t.LinesShort += task.lines()
		if units > 0 {
			t.LinesPartly++
		}
	}
	t.judge(task.Invoice, missing == 0)
	switch t.plan.Mode {
	case Channels:
		t.channels.book(task, units)
	case Warehouses:
		t.sites.book(t.plan, task, o)
	}
	items := task.Items
	if items == nil {
		items = []Item{{SKU: task.SKU, Qty: task.Qty}}
	}
	for _, item := range items {
		if missing == 0 {
			t.granted[item.SKU]++
			t.move(item.SKU, o.Site, -item.Qty)
			continue
		}
		taken := int64(0)
		if task.Items == nil {
			taken = units
		}
		t.short[item.SKU] += item.Qty - taken
		t.move(item.SKU, o.Site, -taken)
	}
}

// judge counts an order as granted until one of its lines was short.
func (t *Tally) judge(invoice int32, ok bool) {
	before := t.orders[invoice]
	switch {
	case before == unseen && ok:
		t.orders[invoice] = granted
		t.Orders++
		t.OrdersGranted++
	case before == unseen:
		t.orders[invoice] = short
		t.Orders++
		t.OrdersShort++
	case before == granted && !ok:
		t.orders[invoice] = short
		t.OrdersGranted--
		t.OrdersShort++
	}
}

func (t *Tally) move(sku, site int32, by int64) {
	shelf := t.plan.shelf(sku, site)
	t.onHand[shelf] += by
	t.lowest[shelf] = min(t.lowest[shelf], t.onHand[shelf])
}

// oversold counts the promised units that were not there. inOrder says that the server got the
// lines of each SKU in the order of the tally, so that every moment can be checked and not only
// the end.
func (t *Tally) oversold(inOrder bool) int64 {
	var units int64
	for shelf, left := range t.onHand {
		if inOrder {
			left = t.lowest[shelf]
		}
		units -= min(left, 0)
	}
	return units
}

// ShortSKU is a SKU and its units that were requested but not granted.
type ShortSKU struct {
	SKU   string
	Units int64
}

// topShort returns the n SKUs with most missing units; of equal ones the first in byte
// order.
func (t *Tally) topShort(n int) []ShortSKU {
	all := []ShortSKU{}
	for sku, units := range t.short {
		if units > 0 {
			all = append(all, ShortSKU{SKU: t.plan.SKUs[sku], Units: units})
		}
	}
	slices.SortFunc(all, func(a, b ShortSKU) int {
		return cmp.Or(cmp.Compare(b.Units, a.Units), cmp.Compare(a.SKU, b.SKU))
	})
	return all[:min(n, len(all))]
}
