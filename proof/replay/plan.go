package replay

import (
	"cmp"
	"fmt"
	"slices"
)

// Settings say what is replayed. They determine every call and its key, so a run can only be
// continued with the same settings.
type Settings struct {
	Opening  Policy `json:"opening,omitempty"` // empty with Flash, which has its own
	Mode     Mode   `json:"mode"`
	Month    string `json:"month,omitempty"` // for Flash; empty: the last month of the history
	Run      string `json:"run"`             // begins every order id and key; empty: derived from the other settings
	Prefix   string `json:"prefix,omitempty"`
	Location string `json:"location,omitempty"` // empty: the tenant's default
	// NetworkSHA256 is that of the Network. It is filled in, for Warehouses only.
	NetworkSHA256 string `json:"network_sha256,omitempty"`
}

// Task is the smallest part of a run with an outcome of its own: a line, or all sale lines of
// an invoice.
type Task struct {
	Seq      int64 // of its first line
	At       int64
	Qty      int64 // units moved: requested, returned or (signed) corrected
	Items    []Item
	SKU      int32
	Invoice  int32
	Customer int32
	Country  int32
	Site     int32 // the site of a return or a correction, for Warehouses
	Kind     Kind
	Channel  channel // of Channels
}

// Item is one line of an order's Task.
type Item struct {
	SKU int32
	Qty int64
}

// lines is the number of sale lines in the task.
func (t *Task) lines() int64 {
	if t.Items != nil {
		return int64(len(t.Items))
	}
	return 1
}

// Plan is a run before anything is sent: the items to open, then every task in the order of
// events.
type Plan struct {
	*History
	Settings
	Stock []int64 // opening, per shelf
	Open  []int32 // the SKUs that take part, in byte order
	Tasks []Task
	Sale  *FlashSale // of Flash, else nil
	near  [][]int32  // of Warehouses: per country the sites, nearest first
}

// sites is how many locations a SKU has stock at.
func (p *Plan) sites() int {
	if p.Mode == Warehouses {
		return len(p.Network.Sites)
	}
	return 1
}

// shelf numbers the places of stock: a SKU at a site. With one site it is the SKU.
func (p *Plan) shelf(sku, site int32) int { return int(sku)*p.sites() + int(site) }

// location is the id of a site.
func (p *Plan) location(site int32) string {
	if p.Mode == Warehouses {
		return p.Network.Sites[site].ID
	}
	return p.Location
}

// NewPlan applies the README's rules to h.
func NewPlan(h *History, s Settings) (*Plan, error) {
	p := &Plan{History: h, Settings: s}
	var err error
	switch s.Mode {
	case Flash:
		p.Settings.Opening = ""
		err = p.flash()
	case ByOrder:
		p.Month = ""
		p.Stock, err = Opening(h, s.Opening)
		p.Tasks = orderTasks(h)
	case Warehouses:
		err = p.warehouses()
	case ByLine, ByPart, Linked, Channels:
		p.Month = ""
		p.Stock, err = Opening(h, s.Opening)
		p.Tasks = p.lineTasks(h.Moves)
	default:
		return nil, badSettings("unknown mode %q: use one of %v", s.Mode, Modes)
	}
	if err != nil {
		return nil, err
	}
	if p.Open == nil {
		p.Open = make([]int32, len(h.SKUs))
		for i := range p.Open {
			p.Open[i] = int32(i)
		}
	}
	slices.SortFunc(p.Open, func(a, b int32) int {
		return cmp.Compare(h.SKUs[a], h.SKUs[b])
	})
	for i := range p.Tasks {
		if n := len(p.sendable(p.Tasks[i].Items)); n > maxItems {
			return nil, fmt.Errorf("invoice %s has %d different SKUs: an order has at most %d", h.Invoices[p.Tasks[i].Invoice], n, maxItems)
		}
	}
	return p, p.identify()
}

// flash plans a flash sale: opening stock is three tenths of the buyers.
func (p *Plan) flash() error {
	if p.Month == "" {
		p.Month = LastMonth(p.History)
	}
	sale, err := NewFlashSale(p.History, p.Month)
	if err != nil {
		return err
	}
	p.Sale, p.Stock = sale, make([]int64, len(p.SKUs))
	for i, sku := range sale.SKUs {
		p.Stock[sku] = sale.Lines[i] * 3 / 10
	}
	p.Open = slices.Clone(sale.SKUs)
	p.Tasks = p.lineTasks(sale.Buyers)
	return nil
}

// warehouses plans a run over the sites of the network.
func (p *Plan) warehouses() error {
	switch {
	case p.Network == nil:
		return badSettings("mode warehouses needs a network of sites")
	case p.Location != "":
		return badSettings("mode warehouses has locations of its own")
	}
	p.Month, p.NetworkSHA256 = "", p.Network.SHA256
	stock, err := Opening(p.History, p.Settings.Opening)
	if err != nil {
		return err
	}
	p.Stock = splitStock(stock, len(p.Network.Sites))
	p.near = make([][]int32, len(p.Countries))
	for i, country := range p.Countries {
		p.near[i] = p.Network.ranked(p.Network.origin(country))
	}
	p.Tasks = p.lineTasks(p.Moves)
	return nil
}

func (p *Plan) lineTasks(moves []Move) []Task {
	tasks := make([]Task, len(moves))
	for i, m := range moves {
		t := lineTask(m)
		switch {
		case p.Mode == Channels:
			t.Channel = p.channelOf(&m)
		case p.Mode == Warehouses && m.Kind == Cancel:
			t.Site = p.near[m.Country][0]
		}
		tasks[i] = t
	}
	return tasks
}

func lineTask(m Move) Task {
	t := Task{Seq: m.Seq, At: m.At, Qty: m.Qty, SKU: m.SKU, Invoice: m.Invoice, Customer: m.Customer, Country: m.Country, Kind: m.Kind}
	if m.Kind == Cancel {
		t.Qty = -m.Qty
	}
	return t
}

// orderTasks puts each invoice at the place of its first line: its sale lines together, then its
// other lines.
func orderTasks(h *History) []Task {
	byInvoice := make([][]int32, len(h.Invoices))
	for i, m := range h.Moves {
		byInvoice[m.Invoice] = append(byInvoice[m.Invoice], int32(i))
	}
	tasks := make([]Task, 0, len(h.Moves))
	for _, lines := range byInvoice {
		var order *Task
		var rest []Task
		for _, i := range lines {
			m := h.Moves[i]
			if m.Kind != Sale {
				rest = append(rest, lineTask(m))
				continue
			}
			if order == nil {
				t := lineTask(m)
				t.Qty, order = 0, &t
			}
			order.Qty += m.Qty
			order.Items = append(order.Items, Item{SKU: m.SKU, Qty: m.Qty})
		}
		if order != nil {
			tasks = append(tasks, *order)
		}
		tasks = append(tasks, rest...)
	}
	return tasks
}
