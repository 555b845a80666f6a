package transfer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"
)

// side is what a step does at one of the two locations. The lines of a bucket
// are one decision of the books.
type side struct {
	location string
	lines    []stock.ShiftLine
	forOrder string // that the units came for
	undo     bool   // takes an earlier one back
}

// filter is the part of the side that is about these products, or that is not.
func (d side) filter(products map[string]bool, about bool) side {
	part := side{location: d.location, forOrder: d.forOrder}
	for _, l := range d.lines {
		if products[l.Item.Product] == about {
			part.lines = append(part.lines, l)
		}
	}
	return part
}

// sides are what a step does, in the order in which it is done: the side that loses units
// comes before the one that gets them. Between the two the units are nowhere; they are
// never in two places (docs/adr/0018). after is the transfer with the step.
func (t *Transfer) sides(after *Transfer, s *Step) []side {
	source, destination := side{location: t.From}, side{location: t.To, forOrder: s.For}
	at := map[int]TransferMoved{}
	for _, m := range s.Lines {
		at[m.Line] = m
	}
	for i := range t.Lines {
		m := at[i]
		source.add(t.leaves(i, s.Action, m))
		destination.add(t.enters(after, i, s.Action, m))
	}
	order := []side{source, destination}
	if s.Action == ActionCancel {
		slices.Reverse(order) // the promise is booked first
	}
	return slices.DeleteFunc(order, func(d side) bool { return len(d.lines) == 0 })
}

func (d *side) add(l stock.ShiftLine) {
	if len(l.Postings) > 0 {
		d.lines = append(d.lines, l)
	}
}

// leaves is what the step does to line i at the source.
func (t *Transfer) leaves(i int, action string, m TransferMoved) stock.ShiftLine {
	l := &t.Lines[i]
	line := stock.ShiftLine{
		Item: stock.ItemKey{Tenant: t.Tenant, Location: t.From, Product: l.Product, Lot: string(l.Lot)}, Mark: stock.Transit(t.ID), Was: t.TransitOf(l.Product),
	}
	pool := stock.Shared
	if t.Channel != "" {
		pool = stock.Quota(t.Channel)
	}
	switch action {
	case ActionShip:
		post(&line, pool, line.Mark, m.Qty)
	case ActionReceive:
		post(&line, line.Mark, stock.Adjustment, m.Qty+m.Lost)
		post(&line, stock.Adjustment, stock.Discrepancy, m.Lost)
	case ActionCancel:
		post(&line, line.Mark, pool, m.Qty)
	}
	return line
}

// enters is what the step does to line i at the destination.
func (t *Transfer) enters(after *Transfer, i int, action string, m TransferMoved) stock.ShiftLine {
	l := &t.Lines[i]
	line := stock.ShiftLine{
		Item: stock.ItemKey{Tenant: t.Tenant, Location: t.To, Product: l.Product, Lot: string(l.Lot)}, Mark: stock.Incoming(t.ID), Was: t.incomingOf(l.Product),
	}
	promised := after.incoming(&after.Lines[i]) - t.incoming(l)
	post(&line, line.Mark, stock.Promise, -promised)
	post(&line, stock.Promise, line.Mark, promised)
	if action == ActionReceive {
		post(&line, stock.Adjustment, stock.Shared, m.Qty+m.Surplus)
		post(&line, stock.Discrepancy, stock.Adjustment, m.Surplus)
	}
	return line
}

func post(l *stock.ShiftLine, from, to stock.Account, n stock.Qty) {
	if n > 0 {
		l.Postings = append(l.Postings, stock.Posting{From: from, To: to, Qty: n})
	}
}

// undone is the side that takes d back.
func (d side) undone() side {
	back := side{location: d.location, lines: slices.Clone(d.lines), undo: true}
	net := map[string]stock.Qty{}
	for i := range d.lines {
		net[d.lines[i].Item.Product] += d.lines[i].Net()
	}
	for i := range back.lines {
		l := &back.lines[i]
		l.Was += net[l.Item.Product]
		l.Postings = slices.Clone(l.Postings)
		slices.Reverse(l.Postings)
		for j, p := range l.Postings {
			l.Postings[j] = stock.Posting{From: p.To, To: p.From, Qty: p.Qty}
		}
	}
	return back
}

// listAsks returns the commands of a side, one for each bucket that its lines are in, by bucket.
// word is what their keys begin with.
func (x *Transfers) listAsks(ctx context.Context, t *Transfer, d side, note stock.Note, word string) ([]intake.Ask, error) {
	refs := make([]catalog.Ref, len(d.lines))
	for i := range d.lines {
		refs[i] = catalog.Ref{Tenant: t.Tenant, Product: d.lines[i].Item.Product, Location: d.location}
	}
	known, err := x.door.LookUp(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("look up the lines of transfer %q: %w", t.ID, err)
	}
	all := map[stock.Bucket]*intake.Ask{}
	for i, l := range d.lines {
		b := known[i].Bucket(l.Item)
		if all[b] == nil {
			all[b] = &intake.Ask{Command: &stock.Shift{Note: note, For: d.forOrder, Undo: d.undo}, Key: fmt.Sprintf("transfer %s %s %d", t.ID, word, b)}
		}
		shift := all[b].Command.(*stock.Shift)
		shift.Lines, all[b].Known = append(shift.Lines, l), append(all[b].Known, known[i])
	}
	asks := make([]intake.Ask, 0, len(all))
	for _, b := range slices.Sorted(maps.Keys(all)) {
		asks = append(asks, *all[b])
	}
	return asks, nil
}
