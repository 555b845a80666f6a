package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// DueLegs returns the orders whose legs in this slot are past their deadline, when
// the command needs their units or shows figures that count them. The decisions of
// their homes are not known here.
func (s *Slot) DueLegs(cmd stock.Command) (orders []stock.OrderKey) {
	demands := stock.Demands(cmd)
	if demands == nil && !showsInventory(cmd.Op()) {
		return nil
	}
	now := s.clock.Now()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	if s.m.legs.live == 0 {
		return nil
	}
	if demands == nil {
		for _, k := range cmd.Reach().Items {
			orders = s.m.appendDueLegs(orders, k, nil, stock.MaxQty, now)
		}
		return orders
	}
	for i := range demands { // several may be of one item: the next does not have what one needs
		d := &demands[i]
		orders = s.m.appendDueLegs(orders, d.Item, s.m.freesFor(cmd, d, now), d.Qty, now)
	}
	return orders
}

// DueLegsOf is DueLegs of a command that came short by these amounts.
func (s *Slot) DueLegsOf(cmd stock.Command, short []stock.Shortage) (orders []stock.OrderKey) {
	demands := stock.Demands(cmd)
	now := s.clock.Now()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	for _, t := range short {
		for i := range demands {
			d := &demands[i]
			if d.Item.Product != t.Product || d.Item.Location != t.Location || t.NotOnSale {
				continue
			}
			orders = s.m.appendDueLegs(orders, d.Item, s.m.freesFor(cmd, d, now), t.Requested-t.Available, now)
			break
		}
	}
	return orders
}

// freesFor returns the accounts whose held units would help a demand for an item;
// nil for any: a line that grows draws on a channel of its own.
func (m *memory) freesFor(cmd stock.Command, d *stock.Demand, now stock.Time) []stock.Account {
	if p, ok := cmd.(stock.Place); ok {
		return m.frees(d.Item, p.Channel, d.Lot, now)
	}
	return nil
}

// appendDueLegs appends orders with due legs of the item until their units, drawn
// from the accounts (nil: any), cover need.
func (m *memory) appendDueLegs(orders []stock.OrderKey, k stock.ItemKey, from []stock.Account, need stock.Qty, now stock.Time) []stock.OrderKey {
	known := func(k stock.OrderKey) bool { return slices.Contains(orders, k) }
	return append(orders, m.legs.pick(k, from, need, now, sweepSlice, known)...)
}

// TakeOverdueLegs takes up to limit legs that have been past their deadline for
// longer than grace out of the index, and returns their orders. giveBack must be
// called after their homes were asked.
func (s *Slot) TakeOverdueLegs(grace stock.Time, limit int) (orders []stock.OrderKey, giveBack func()) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.dues()
	s.m.dropLeft()
	legs := s.m.legs
	lines := legs.overdue(s.clock.Now()-grace, limit)
	for _, l := range lines {
		if k := l.orderKey(); !slices.Contains(orders, k) {
			orders = append(orders, k)
		}
	}
	return orders, func() {
		s.m.mu.Lock()
		defer s.m.mu.Unlock()
		s.m.dues()
		legs.giveBack(lines)
	}
}
