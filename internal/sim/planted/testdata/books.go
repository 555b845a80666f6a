package slot

// This file is no part of the product. The overlay of internal/sim/planted adds it.

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// relined shows the lines of orders otherwise than they are.
type relined struct {
	*group
	as func(*stock.Line)
}

func (r *relined) Order(k stock.OrderKey) []*stock.Hold {
	holds := slices.Clone(r.group.Order(k))
	for i, h := range holds {
		holds[i] = h.Clone()
		for n := range holds[i].Lines {
			r.as(&holds[i].Lines[n])
		}
	}
	return holds
}

// ofTheCentre shows a line of a till as if the centre had its units.
func ofTheCentre(l *stock.Line) {
	for i := range l.Drawn {
		if _, origin, escrow := l.Drawn[i].Account.Escrow(); escrow {
			l.Drawn[i].Account = origin
		}
	}
}

// withOneDeadline shows the open lines of these items with the deadline of the first.
func withOneDeadline(items []stock.ItemKey) func(*stock.Line) {
	var first *stock.Line
	return func(l *stock.Line) {
		if l.End != stock.Open || !slices.Contains(items, l.Item) {
			return
		}
		if first == nil {
			first = l
		}
		l.Deadline = first.Deadline
	}
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
