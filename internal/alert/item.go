package alert

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// seeItems looks at what items have: those of one product in the books, others in the list of
// items.
func (d *Desk) seeItems(ctx context.Context, o *observation) error {
	if o.rule.Product != "" {
		return d.forEachItem(ctx, o, func(it *stock.Item) { o.item(it) })
	}
	q := &itemlist.Query{Tenant: o.rule.Tenant, Location: o.rule.Location, Channel: o.rule.Channel}
	if o.rule.Metric == SoldOut {
		q.States = []itemlist.State{itemlist.SoldOut, itemlist.Oversold}
	}
	err := d.rooms.Items.Each(ctx, q, func(s *itemlist.Standing) {
		if s.State == itemlist.OffSale || s.State == itemlist.NotCounted {
			return
		}
		of := subject{product: s.Key.Product, location: s.Key.Location, channel: o.rule.Channel}
		if o.rule.Metric == SoldOut {
			// An item that is oversold is so on each channel. Others that the query finds are sold out
			// on its channel.
			over := s.State == itemlist.Oversold
			o.see(of, oneIf(!over), float64(s.OnHand), float64(s.Held), oneIf(over))
			return
		}
		o.see(of, float64(s.Available), float64(s.Threshold), float64(s.OnHand), float64(s.Held), oneIf(s.State == itemlist.Low))
	})
	if err != nil {
		return fmt.Errorf("look at the items: %w", err)
	}
	return nil
}

// item adds an item as it is in the books.
func (o *observation) item(it *stock.Item) {
	now, f := stock.Time(o.at.UnixMilli()), it.Figures()
	of := subject{product: it.Key.Product, location: it.Key.Location, channel: o.rule.Channel}
	state := itemlist.StateOf(it, o.rule.Channel, nil, now)
	if state == itemlist.OffSale || state == itemlist.NotCounted {
		return
	}
	if o.rule.Metric == SoldOut {
		o.see(of, oneIf(state == itemlist.SoldOut), float64(f.OnHand), float64(f.Held), oneIf(state == itemlist.Oversold))
		return
	}
	if o.rule.Channel != "" {
		f.Available = it.Drawable(o.rule.Channel, now)
	}
	o.see(of, float64(f.Available), float64(it.Threshold), float64(f.OnHand), float64(f.Held), oneIf(state == itemlist.Low))
}

// oneIf is 1 for what is true.
func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seeOversold looks by how much items are oversold.
func (d *Desk) seeOversold(ctx context.Context, o *observation) error {
	see := func(it *stock.Item) {
		o.see(subject{product: it.Key.Product, location: it.Key.Location}, float64(-it.Of(stock.Oversold)))
	}
	if o.rule.Product != "" {
		return d.forEachItem(ctx, o, see)
	}
	q := &itemlist.Query{Tenant: o.rule.Tenant, Location: o.rule.Location, States: []itemlist.State{itemlist.Oversold}}
	var keys []stock.ItemKey
	if err := d.rooms.Items.Each(ctx, q, func(s *itemlist.Standing) { keys = append(keys, s.Key) }); err != nil {
		return fmt.Errorf("look at the items: %w", err)
	}
	if len(keys) == 0 {
		return nil
	}
	levels, _, err := d.rooms.Books.Items(ctx, keys)
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	o.forEachLevel(levels, see)
	return nil
}

// forEachItem calls see for each item of the product of a rule.
func (d *Desk) forEachItem(ctx context.Context, o *observation, see func(*stock.Item)) error {
	levels, _, err := d.rooms.Books.Product(ctx, engine.ProductKey{Tenant: o.rule.Tenant, Product: o.rule.Product})
	if err != nil {
		return fmt.Errorf("read the items of product %q: %w", o.rule.Product, err)
	}
	o.forEachLevel(levels, see)
	return nil
}

// forEachLevel calls see for each item that is there, at the location of the rule.
func (o *observation) forEachLevel(levels []ledger.Level, see func(*stock.Item)) {
	for i := range levels {
		if it := levels[i].Committed(); it != nil && it.Key.Lot == "" && isAt(o.rule, it.Key.Location) {
			see(it)
		}
	}
}

// isAt reports whether a rule is about a location.
func isAt(r *catalog.AlertRule, location string) bool {
	return r.Location == "" || r.Location == location
}
