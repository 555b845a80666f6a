package intake

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// A kit has no stock of its own: the stock of its components is sold.

// RefuseKits refuses operations that are impossible with kits, when one of the
// products is a kit.
func (d *Door) RefuseKits(ctx context.Context, tenant string, products ...string) error {
	if d.orders == nil {
		return nil
	}
	kit, err := d.orders.KitAmong(ctx, tenant, products)
	if err != nil || kit == "" {
		return err
	}
	return &stock.Refusal{Code: stock.InvalidState, Detail: fmt.Sprintf("product %q is a kit: it has no stock of its own, its components have", kit)}
}

// refuseStockOfKits refuses the asks about stock that a kit would have of its
// own: it would never be sold. A kit is off sale when one of its components is.
func (b *batch) refuseStockOfKits(ctx context.Context) {
	for i := range b.asks {
		a := &b.asks[i]
		if !b.open(i) || a.Checked {
			continue
		}
		if b.products = a.appendStockOf(b.products[:0]); len(b.products) > 0 {
			b.outcomes[i].Err = b.RefuseKits(ctx, b.tenant, b.products...)
		}
	}
}

// appendStockOf appends the products whose own stock the ask is about: their units,
// their properties, or who may have them.
func (a *Ask) appendStockOf(products []string) []string {
	switch c := a.Command.(type) {
	case *stock.OpenItem:
		isRead := func(d Decimal) bool { return d.To == &c.Qty }
		if c.Qty == 0 && !slices.ContainsFunc(a.Decimals, isRead) {
			return products // it only makes the product known
		}
		return append(products, c.Item.Product)
	case *stock.Allot, *stock.ResetSold, *stock.Recall:
		return products // they move only what is there
	case *stock.Relocate:
		return append(products, c.From.Product)
	}
	if added, ok := stock.AddedTo(a.Command); ok {
		products = append(products, added.Item.Product)
	}
	return products
}

// haveKit reports whether a product of the lines is a kit, or has been one: then
// the call may repeat a call that took the kit apart. A kit is never reserved in
// part, ahead or by lot.
func (b *batch) haveKit(ctx context.Context, p *stock.Place) (bool, error) {
	b.products = b.products[:0]
	plain := p.Partial || p.Ahead
	for i := range p.Lines {
		b.products = append(b.products, p.Lines[i].Item.Product)
		plain = plain || p.Lines[i].Lot != ""
	}
	if plain {
		kit, err := b.orders.KitAmong(ctx, b.tenant, b.products)
		return kit != "", err
	}
	return b.orders.HadKit(ctx, b.tenant, b.products)
}
