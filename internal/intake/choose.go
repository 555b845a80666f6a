package intake

import (
	"context"
	"errors"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// chooses reports whether the ask is not for the books alone: locations are to
// be chosen, or it names a kit.
func (b *batch) chooses(ctx context.Context, a *Ask) (bool, error) {
	switch c := a.Command.(type) {
	case *stock.Place:
		switch {
		case b.orders != nil && a.Sourcing == nil:
			return b.haveKit(ctx, c)
		case b.orders == nil && a.Sourcing != nil:
			return false, &catalog.InvalidError{Field: "sourcing", Reason: "this server chooses no locations"}
		}
		return a.Sourcing != nil, nil
	case *stock.Change:
		return b.mayChangeKit(ctx, c)
	case targeting:
		return b.isOfKit(ctx, c.Aim()), nil
	}
	return false, nil
}

// markInactive marks asks for units of locations that take no new orders. The
// books refuse them: they know which lines the order already has, and the answer
// to an earlier call with the same key.
func (b *batch) markInactive(ctx context.Context, a *Ask) error {
	switch a.Command.(type) {
	case *stock.Place, *stock.Change, *stock.Relocate:
	default:
		return nil
	}
	if a.Sourcing != nil {
		return nil
	}
	places, err := b.directory.Places(ctx, b.tenant)
	if err != nil {
		return err
	}
	inactive := func(location string) bool {
		at := catalog.FindPlace(places, location)
		return at != nil && !at.Active
	}
	switch c := a.Command.(type) {
	case *stock.Place:
		for i := range c.Lines {
			c.Lines[i].Inactive = inactive(c.Lines[i].Item.Location)
		}
	case *stock.Change:
		for i := range c.Lines {
			c.Lines[i].Inactive = inactive(c.Lines[i].Item.Location)
		}
	case *stock.Relocate:
		c.Inactive = inactive(c.To.Location)
	}
	return nil
}

// isOfKit reports whether the target's product is known to be a kit. The books
// know what is held, even while the catalog does not answer. So a kit is looked
// up only where the books do not know the line.
func (b *batch) isOfKit(ctx context.Context, t stock.Target) bool {
	if b.orders == nil || t.Item.Product == "" {
		return false
	}
	b.products = append(b.products[:0], t.Item.Product)
	kit, err := b.orders.KitAmong(ctx, b.tenant, b.products)
	return kit != "" && err == nil
}

// mayChangeKit reports whether the change names a product that is a kit, or has been one.
func (b *batch) mayChangeKit(ctx context.Context, c *stock.Change) (bool, error) {
	if b.orders == nil {
		return false, nil
	}
	b.products = b.products[:0]
	for i := range c.Lines {
		b.products = append(b.products, c.Lines[i].Item.Product)
	}
	return b.orders.HadKit(ctx, b.tenant, b.products)
}

// submit takes writes to the books together.
func (b *batch) submit(ctx context.Context, writes []write) {
	if len(writes) == 0 {
		return
	}
	requests := b.oneRequest[:]
	if len(writes) > 1 || b.choosing > 0 { // in that case others may submit at the same time
		requests = make([]ledger.Request, len(writes))
	}
	for i := range writes {
		requests[i] = ledger.Request{Command: writes[i].command, Key: b.asks[writes[i].ask].Key}
	}
	mine := b.underWay.begin(b.tenant, requests)
	results := b.books.Submit(ctx, requests...)
	b.underWay.end(b.tenant, requests, results, mine)
	for i := range writes {
		o := &b.outcomes[writes[i].ask]
		if o.Result = results[i]; b.mayHaveBeenKit(&writes[i], o.Err) {
			b.changeKit(ctx, &writes[i])
		}
	}
}

// choose carries out a write that is not for the books alone.
func (b *batch) choose(ctx context.Context, w *write) {
	p, isPlace := w.command.(stock.Place)
	if isPlace {
		b.reserve(ctx, w, &p)
		return
	}
	if c, is := w.command.(stock.Change); is {
		if !b.changeOrder(ctx, w, &c) {
			b.submit(ctx, []write{*w})
		}
		return
	}
	if b.changeKit(ctx, w) {
		return
	}
	b.submit(ctx, []write{*w})
	o := &b.outcomes[w.ask]
	if t, _ := targetOf(w.command); t.Item.Lot != "" && isNotFound(o.Err) {
		o.Err = &catalog.InvalidError{Field: "lot", Reason: "goes without kits: name the component that is of the lot"}
	}
}

// reserve has the locations of a place chosen and its kits taken apart.
func (b *batch) reserve(ctx context.Context, w *write, p *stock.Place) {
	a, o := &b.asks[w.ask], &b.outcomes[w.ask]
	switch {
	case p.Ahead:
		o.Err = &catalog.InvalidError{
			Field: "accept_promised", Reason: "goes without sourcing and kits: name for each line the product and the location where it will arrive, or leave accept_promised out",
		}
		return
	case slices.ContainsFunc(p.Lines, func(l stock.Demand) bool { return l.Lot != "" }):
		o.Err = &catalog.InvalidError{Field: "lot", Reason: "goes without sourcing and kits: reserve the lot's product at its location"}
		return
	}
	r := fulfil.Reserve{
		Order: p.Order, Channel: p.Channel, Customer: p.Customer, TTL: p.TTL, Partial: p.Partial, Note: p.Note, Key: a.Key,
		Rules: a.Sourcing, Lines: make([]fulfil.Line, len(p.Lines)),
	}
	for i, l := range p.Lines {
		r.Lines[i] = fulfil.Line{Product: l.Item.Product, Location: l.Item.Location, Qty: l.Qty}
		if a.Sourcing == nil {
			continue
		}
		r.Lines[i].Location = ""
		if !o.Known[i].Product {
			o.Err = Unknown(catalog.Ref{Product: l.Item.Product}, o.Known[i])
			return
		}
	}
	b.carryOutUnderKey(w, func() error {
		var err error
		o.Chosen, err = b.orders.Reserve(ctx, r)
		o.Result = o.Chosen.Result
		return err
	})
	o.Known = nil
}

// carryOutUnderKey carries a write out with do, its key noted as under way.
func (b *batch) carryOutUnderKey(w *write, do func() error) {
	requests := []ledger.Request{{Command: w.command, Key: b.asks[w.ask].Key}}
	mine := b.underWay.begin(b.tenant, requests)
	results := []ledger.Result{{Err: do()}}
	b.underWay.end(b.tenant, requests, results, mine)
	b.outcomes[w.ask].Err = results[0].Err
}

// mayHaveBeenKit reports whether the books do not know the line that a write is
// about: the product may have been a kit when it was reserved.
func (b *batch) mayHaveBeenKit(w *write, err error) bool {
	t, ok := targetOf(w.command)
	return ok && b.orders != nil && t.Item.Product != "" && isNotFound(err)
}

func isNotFound(err error) bool {
	var refusal *stock.Refusal
	return errors.As(err, &refusal) && refusal.Code == stock.NotFound
}

// targetOf returns the target of a command about lines of an order.
func targetOf(command stock.Command) (t stock.Target, ok bool) {
	if c, ok := command.(interface{ Aim() stock.Target }); ok {
		return c.Aim(), true
	}
	return t, false
}

// kitChange is a command about lines of an order as one about a kit.
func kitChange(command stock.Command) (p fulfil.KitChange) {
	t, _ := targetOf(command)
	p = fulfil.KitChange{Op: command.Op(), Order: t.Order, Product: t.Item.Product, Location: t.Item.Location, Qty: t.Qty}
	switch c := command.(type) {
	case stock.Release:
		p.Note = c.Note
	case stock.Confirm:
		p.Note, p.Left = c.Note, c.At
	case stock.Withdraw:
		p.Note, p.TTL = c.Note, c.TTL
	case stock.Commit:
		p.Note = c.Note
	case stock.Extend:
		p.Note, p.TTL = c.Note, c.TTL
	}
	return p
}

// changeKit carries out a command about a kit of an order. It reports false, and leaves the
// outcome as it is, when the order has no such kit.
func (b *batch) changeKit(ctx context.Context, w *write) bool {
	a := &b.asks[w.ask]
	if t, _ := targetOf(w.command); t.Item.Lot != "" {
		return false // a kit is of no lot
	}
	p := kitChange(w.command)
	p.Key, p.Anywhere = a.Key, a.AnyLocation
	return b.carryOutKit(w, func() (*fulfil.KitChanged, bool, error) { return b.orders.ChangeKit(ctx, p) })
}

// changeOrder carries out a change of an order that names kits. It reports false, and leaves the
// outcome as it is, when the change names none.
func (b *batch) changeOrder(ctx context.Context, w *write, c *stock.Change) bool {
	a, o := &b.asks[w.ask], &b.outcomes[w.ask]
	if err := c.Check(); err != nil {
		o.Err = err
		return true
	}
	p := fulfil.OrderChange{Change: *c, Anywhere: a.AnyLocation, Key: a.Key}
	return b.carryOutKit(w, func() (*fulfil.KitChanged, bool, error) { return b.orders.ChangeOrder(ctx, p) })
}

// carryOutKit carries out a write about kits with do, which reports whether the order has them.
func (b *batch) carryOutKit(w *write, do func() (*fulfil.KitChanged, bool, error)) bool {
	o := &b.outcomes[w.ask]
	found, was := false, o.Err
	b.carryOutUnderKey(w, func() error {
		changed, kit, err := do()
		if found = kit || err != nil; changed == nil {
			return err
		}
		o.Result = ledger.Result{Event: changed.Event, At: changed.At, Replayed: changed.Replayed}
		o.Positions = changed.Positions
		return err
	})
	if !found {
		o.Err = was
		return false
	}
	o.Known = nil
	return true
}
