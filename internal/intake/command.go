package intake

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// item returns the item that a command is about, and where its bucket and its
// opening go, nil if it has none. ok is false for every other command.
func item(command stock.Command) (of stock.ItemKey, bucket *stock.Bucket, open **stock.Opening, ok bool) {
	switch c := command.(type) {
	case *stock.OpenItem:
		return c.Item, &c.Bucket, nil, true
	case *stock.Restock:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.Adjust:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SetThreshold:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SetSaleStatus:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.Move:
		return c.From.Item, &c.From.Bucket, &c.Open, true
	case *stock.Return:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.Observe:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SoldElsewhere:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SetQuotas:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.Allot:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.ResetSold:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SetPromises:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.SetLotPolicy:
		return c.Item, &c.Bucket, &c.Open, true
	case *stock.Recall:
		return c.Item, &c.Bucket, nil, true
	case *stock.Retire:
		return c.Item, &c.Bucket, nil, true
	case *stock.Reinstate:
		return c.Item, &c.Bucket, nil, true
	}
	return stock.ItemKey{}, nil, nil, false
}

// appendRefs appends what has to be looked up before the command can be filled
// in: its items, in their order. For a target with a decimal, and for a line
// whose location will be chosen, that is the product alone.
func (a *Ask) appendRefs(refs []catalog.Ref, tenant string) []catalog.Ref {
	switch c := a.Command.(type) {
	case *stock.Place:
		for i := range c.Lines {
			ref := catalog.Ref{Tenant: tenant, Product: c.Lines[i].Item.Product}
			if a.Sourcing == nil {
				ref.Location = c.Lines[i].Item.Location
			}
			refs = append(refs, ref)
		}
	case *stock.Change:
		for i := range c.Lines {
			refs = append(refs, refOf(tenant, c.Lines[i].Item))
		}
	case *stock.Relocate:
		refs = append(refs, refOf(tenant, c.From), refOf(tenant, c.To))
	case *stock.Shift:
		for i := range c.Lines {
			refs = append(refs, refOf(tenant, c.Lines[i].Item))
		}
	case *stock.Release:
		refs = a.appendTarget(refs, tenant, &c.Target)
	case *stock.Confirm:
		refs = a.appendTarget(refs, tenant, &c.Target)
	case *stock.Withdraw:
		refs = a.appendTarget(refs, tenant, &c.Target)
	default:
		if of, _, _, ok := item(a.Command); ok {
			refs = append(refs, refOf(tenant, of))
		}
	}
	return refs
}

// Refs are what has to be looked up about the ask: its items, in their order. A
// location that has still to be chosen is left out, and so is that of an order's
// line.
func (a *Ask) Refs(tenant string) []catalog.Ref { return a.appendRefs(nil, tenant) }

func refOf(tenant string, k stock.ItemKey) catalog.Ref {
	return catalog.Ref{Tenant: tenant, Product: k.Product, Location: k.Location}
}

func (a *Ask) appendTarget(refs []catalog.Ref, tenant string, t *stock.Target) []catalog.Ref {
	if len(a.Decimals) == 0 {
		return refs
	}
	return append(refs, catalog.Ref{Tenant: tenant, Product: t.Item.Product})
}

// Fill fills the command in as Submit does and returns it, for a caller who only
// judges it. Known has to be set.
func (a *Ask) Fill() stock.Command { return a.fillIn(a.Known) }

// fillIn fills the command in and returns it as the books take it. known is what
// is known of its items.
func (a *Ask) fillIn(known []catalog.Knowledge) stock.Command {
	if of, bucket, open, ok := item(a.Command); ok {
		*bucket = known[0].Bucket(of)
		if open != nil && !a.Existing {
			*open = known[0].Opening()
		}
	}
	switch c := a.Command.(type) {
	case *stock.OpenItem:
		c.Unit, c.Scale = known[0].Unit.Name, uint8(known[0].Unit.Scale)
		return *c
	case *stock.Restock:
		return *c
	case *stock.Adjust:
		return *c
	case *stock.SetThreshold:
		return *c
	case *stock.SetSaleStatus:
		return *c
	case *stock.Retire:
		return *c
	case *stock.Reinstate:
		return *c
	case *stock.Move:
		c.To.Bucket = c.From.Bucket
		return *c
	case *stock.Return:
		return *c
	case *stock.Observe:
		return *c
	case *stock.SoldElsewhere:
		return *c
	case *stock.SetQuotas:
		return *c
	case *stock.Allot:
		return *c
	case *stock.ResetSold:
		return *c
	case *stock.SetPromises:
		return *c
	case *stock.SetLotPolicy:
		return *c
	case *stock.Recall:
		return *c
	case *stock.Announce:
		return *c
	case *stock.Shift:
		for i := range c.Lines {
			c.Bucket = known[i].Bucket(c.Lines[i].Item) // the same of all lines
			c.Lines[i].Open = known[i].Opening()
		}
		return *c
	case *stock.Place:
		for i := range c.Lines {
			l := &c.Lines[i]
			l.Bucket, l.Known = known[i].Bucket(l.Item), known[i].Product && known[i].Location
		}
		return *c
	case *stock.Change:
		for i := range c.Lines {
			l := &c.Lines[i]
			l.Bucket, l.Known = known[i].Bucket(l.Item), known[i].Product && known[i].Location
		}
		c.Keyed = a.Key != ""
		return *c
	case *stock.Relocate:
		c.FromBucket, c.ToBucket = known[0].Bucket(c.From), known[1].Bucket(c.To)
		c.Known, c.Keyed = known[1].Product && known[1].Location, a.Key != ""
		return *c
	case *stock.Release:
		c.Keyed = a.Key != ""
		return *c
	case *stock.Confirm:
		c.Keyed = a.Key != ""
		return *c
	case *stock.Withdraw:
		c.Keyed = a.Key != ""
		return *c
	case *stock.Commit:
		c.Keyed = a.Key != ""
		return *c
	case *stock.Extend:
		c.Keyed = a.Key != ""
		return *c
	}
	return a.Command // a command that has nothing to fill in
}
