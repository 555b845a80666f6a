package transfer

import (
	"context"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// trialStock is the stock that the rules see; it changes as they are tried out in memory.
type trialStock struct {
	has  map[productAt]stock.Qty // for sale, and on the way to the place
	free map[productAt][]pool    // in the pools, and promised to no transfer
}

// pool is units for sale of one lot, or of none.
type pool struct {
	lot stock.Lot
	qty stock.Qty
}

// pools are those that a location may give of an item, in the order in which
// orders draw them.
func pools(it *stock.Item, now stock.Time) []pool {
	if len(it.Lots) == 0 {
		return []pool{{"", it.Of(stock.Shared)}}
	}
	var all []pool
	for _, a := range it.Draws("", now) {
		if lot, _, _ := a.Lot(); it.Of(a) > 0 {
			all = append(all, pool{lot, it.Of(a)})
		}
	}
	return all
}

// promised takes units out of the lot's pool that another transfer shall have.
func (s *trialStock) promised(at productAt, lot stock.Lot, n stock.Qty) {
	for i := range s.free[at] {
		if p := &s.free[at][i]; p.lot == lot {
			p.qty -= min(p.qty, n)
		}
	}
}

// subtractKept takes the units that the location keeps out of those it would give last.
func (s *trialStock) subtractKept(at productAt, n stock.Qty) {
	for i := range slices.Backward(s.free[at]) {
		p := &s.free[at][i]
		kept := min(p.qty, n)
		p.qty, n = p.qty-kept, n-kept
	}
}

// productAt is a product at a location.
type productAt struct{ location, product string }

// readStock reads the current stock.
func (x *Transfers) readStock(ctx context.Context, r *ReplenishRequest, open []*Transfer) (*trialStock, error) {
	var keys []stock.ItemKey
	s := &trialStock{has: map[productAt]stock.Qty{}, free: map[productAt][]pool{}}
	for _, rule := range r.Rules {
		for _, location := range append([]string{rule.To}, rule.From...) {
			at := productAt{location, rule.Product}
			if _, known := s.has[at]; !known {
				s.has[at] = 0
				keys = append(keys, stock.ItemKey{Tenant: r.Tenant, Location: location, Product: rule.Product})
			}
		}
	}
	for part := range slices.Chunk(keys, maxItemsRead) {
		levels, now, err := x.books.Items(ctx, part)
		if err != nil {
			return nil, err
		}
		for i := range levels {
			at := productAt{part[i].Location, part[i].Product}
			if it := levels[i].Item; it != nil {
				s.has[at], s.free[at] = levels[i].Figures().Available, pools(it, now)
			}
		}
	}
	for _, t := range open {
		for i := range t.Lines {
			l := &t.Lines[i]
			s.has[productAt{t.To, l.Product}] += t.Outstanding(l)
			if t.State != InTransit && t.Channel == "" {
				s.promised(productAt{t.From, l.Product}, l.Lot, l.Requested)
			}
		}
	}
	for _, rule := range r.Rules {
		s.subtractKept(productAt{rule.To, rule.Product}, rule.Min)
	}
	return s, nil
}

// wanted is the lines of a transfer between two locations.
type wanted struct {
	from, to string
	lines    []CallLine
}

// fill carries the rules out, one after another, and says what is short.
func (s *trialStock) fill(rules []ReplenishRule, short *[]stock.Shortage) []*wanted {
	var all []*wanted
	for _, rule := range rules {
		need := rule.Target - s.has[productAt{rule.To, rule.Product}]
		if s.has[productAt{rule.To, rule.Product}] >= rule.Min || need <= 0 {
			continue
		}
		carton := max(rule.Multiple, 1)
		need = (need + carton - 1) / carton * carton
		left := need
		for _, from := range rule.From {
			gives := s.free[productAt{from, rule.Product}]
			for i := range gives {
				n := min(left, gives[i].qty) / carton * carton
				if n <= 0 {
					continue
				}
				all = addWanted(all, from, rule.To, CallLine{Product: rule.Product, Lot: gives[i].lot, Qty: n})
				gives[i].qty -= n
				left -= n
			}
		}
		if left > 0 {
			*short = append(*short, stock.Shortage{Location: rule.To, Product: rule.Product, Requested: need, Available: need - left})
		}
	}
	return all
}

// addWanted adds the line to the first transfer between the two that has room for it.
func addWanted(all []*wanted, from, to string, line CallLine) []*wanted {
	i := slices.IndexFunc(all, func(w *wanted) bool {
		return w.from == from && w.to == to && len(w.lines) < MaxLines
	})
	if i < 0 {
		i, all = len(all), append(all, &wanted{from: from, to: to})
	}
	all[i].lines = append(all[i].lines, line)
	return all
}
