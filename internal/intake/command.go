package intake

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

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
	case targeting:
		if len(a.Decimals) > 0 {
			refs = append(refs, catalog.Ref{Tenant: tenant, Product: c.Aim().Item.Product})
		}
	default:
		if added, ok := stock.AddedTo(a.Command); ok {
			refs = append(refs, refOf(tenant, added.Item))
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

// Fill fills the command in as Submit does and returns it, for a caller who only
// judges it. Known has to be set.
func (a *Ask) Fill() stock.Command { return a.fillIn(a.Known) }

// fillIn fills the command in and returns it as the books take it. known is what
// is known of its items.
func (a *Ask) fillIn(known []catalog.Knowledge) stock.Command {
	if added, ok := stock.AddedTo(a.Command); ok {
		*added.Bucket = known[0].Bucket(added.Item)
		if added.Open != nil && !a.Existing {
			*added.Open = known[0].Opening()
		}
	}
	switch c := a.Command.(type) {
	case *stock.OpenItem:
		c.Unit, c.Scale = known[0].Unit.Name, uint8(known[0].Unit.Scale)
	case *stock.Move:
		c.To.Bucket = c.From.Bucket
	case *stock.Shift:
		for i := range c.Lines {
			c.Bucket = known[i].Bucket(c.Lines[i].Item) // the same of all lines
			c.Lines[i].Open = known[i].Opening()
		}
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
	case *stock.Relocate:
		c.FromBucket, c.ToBucket = known[0].Bucket(c.From), known[1].Bucket(c.To)
		c.Known, c.Keyed = known[1].Product && known[1].Location, a.Key != ""
	case targeting:
		c.SetKeyed(a.Key != "")
	}
	return stock.Value(a.Command)
}

// targeting is a pointer to a command about lines of an order.
type targeting interface {
	Aim() stock.Target
	SetKeyed(keyed bool)
}
