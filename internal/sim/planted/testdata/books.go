package slot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// unkept shows orders of tills as if the centre had them.
type unkept struct{ *group }

func (u *unkept) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(u.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			drawn := holds[i].Lines[n].Drawn
			for b := range drawn {
				if _, origin, escrow := drawn[b].Account.Escrow(); escrow {
					drawn[b].Account = origin
				}
			}
		}
	}
	return holds
}

// unlimited takes the limits of customers away.
func unlimited(it *stock.Item) {
	it.Rules = slices.Clone(it.Rules)
	for i := range it.Rules {
		it.Rules[i].MaxCustomer, it.Rules[i].MaxHolds = 0, 0
	}
}

// promised changes what of the item is sold ahead.
func promised(it *stock.Item, change func(*stock.Promises)) {
	if it.Promises != nil {
		p := *it.Promises
		change(&p)
		it.Promises = &p
	}
}

// altered shows items otherwise than they are.
type altered struct {
	*group
	as func(*stock.Item)
}

func (a *altered) Item(k stock.ItemKey) *stock.Item {
	it := a.group.Item(k)
	if it == nil {
		return it
	}
	it = it.Clone()
	a.as(it)
	return it
}

// fresh shows lots as if they never expired.
type fresh struct{ *group }

func (f *fresh) Item(k stock.ItemKey) *stock.Item {
	it := f.group.Item(k)
	if it == nil || len(it.Lots) == 0 {
		return it
	}
	it = it.Clone()
	for i := range it.Lots {
		it.Lots[i].Expires = 0
	}
	return it
}

// forgetful does not show the orders that the call has made in this group.
type forgetful struct {
	*group
	call *submission
}

func (f *forgetful) Order(k stock.OrderKey) []*stock.Hold {
	if slices.ContainsFunc(f.ops, func(o op) bool { return o.call == f.call && o.reach.New && o.reach.Order == k }) {
		return nil
	}
	return f.group.Order(k)
}

// merging shows the lines of an order as if all of these items had one deadline.
type merging struct {
	*group
	items []stock.ItemKey
}

func (m *merging) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(m.group.Order(k))
	var first *stock.Line
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			l := &holds[i].Lines[n]
			if l.End != stock.Open || !slices.Contains(m.items, l.Item) {
				continue
			}
			if first == nil {
				first = l
			}
			l.Deadline = first.Deadline
		}
	}
	return holds
}

// timeless shows lines without their deadlines.
type timeless struct{ *group }

func (t *timeless) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(t.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			holds[i].Lines[n].Deadline = 0
		}
	}
	return holds
}

// unreturned shows lines as if nothing of them had come back.
type unreturned struct{ *group }

func (u *unreturned) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(u.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			holds[i].Lines[n].Returned = 0
		}
	}
	return holds
}
