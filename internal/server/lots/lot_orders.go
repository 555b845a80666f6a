package lots

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// This file has the list of the orders that have units of lots. The journal of the
// product has every reserve that drew from a lot. The journal of each of those orders
// has its later history.

func (s *Chapter) listLotOrders(ctx context.Context, c *kit.Call, r *holdfastv1.ListLotOrdersRequest) (*holdfastv1.ListLotOrdersResponse, error) {
	var f kit.Form
	lotQuery{r.ProductId, r.LocationId, r.Attr, r.Consistency}.check(&f)
	if len(r.Attr) == 0 {
		f.NeededLot("attr", r.Attr)
	}
	size := f.Page(r.PageSize)
	if err := f.Err(); err != nil {
		return nil, err
	}
	lot, err := kit.LotOf(r.Attr)
	if err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId}); err != nil {
		return nil, err
	}
	page, err := from.Entries(ctx, view.EntryQuery{
		Tenant: c.Tenant, Product: r.ProductId, Location: r.LocationId, Drew: lot, PageSize: size, PageToken: r.PageToken,
	})
	if err != nil {
		return nil, kit.BadPage(err)
	}
	c.Stale = page.Stale
	out := &holdfastv1.ListLotOrdersResponse{ProductId: r.ProductId}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	for i := range page.Entries {
		order, err := lotOrder(ctx, from, c, lot, &page.Entries[i])
		if err != nil {
			return nil, err
		}
		if order != nil {
			out.Items = append(out.Items, order)
		}
	}
	return out, nil
}

// lotOrder is what the order of a reserve has of the lots now; nil when it returned
// all units.
func lotOrder(ctx context.Context, s *kit.Source, c *kit.Call, lot stock.Lot, reserve *view.Entry) (*holdfastv1.LotOrder, error) {
	q := view.EntryQuery{Tenant: c.Tenant, Product: reserve.Product, Location: reserve.Location, Order: reserve.Order, PageSize: view.MaxPageSize}
	out := &holdfastv1.LotOrder{OrderId: reserve.Order, LocationId: reserve.Location, ReservedAt: kit.TimeOf(reserve.At)}
	var had lotsHad
	for {
		page, err := s.Entries(ctx, q)
		if err != nil {
			return nil, err
		}
		c.Stale = c.Stale || page.Stale
		for i := range page.Entries {
			e := &page.Entries[i]
			if out.UpdatedAt == nil { // the newest
				out.ChannelId, out.CustomerId, out.UpdatedAt = e.Channel, e.Customer, kit.TimeOf(e.At)
				had.holds(e.Drawn, lot)
			}
			had.moved(e.Postings, lot)
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			break
		}
	}
	out.Lots = had.list()
	if len(out.Lots) == 0 {
		return nil, nil
	}
	return out, nil
}

// lotsHad is what an order drew of lots and did not return, in the order of
// drawing.
type lotsHad struct{ lots []lotHad }

type lotHad struct {
	lot         stock.Lot
	drawn, held stock.Qty // drawn minus returned; the part of it that is still held
}

func (h *lotsHad) get(lot stock.Lot) *lotHad {
	for i := range h.lots {
		if h.lots[i].lot == lot {
			return &h.lots[i]
		}
	}
	h.lots = append(h.lots, lotHad{lot: lot})
	return &h.lots[len(h.lots)-1]
}

// holds records what a line still holds.
func (h *lotsHad) holds(drawn []stock.Balance, want stock.Lot) {
	for _, b := range drawn {
		if lot, _, of := b.Account.Lot(); of && lot.Has(want) {
			h.get(lot).held += b.Qty
		}
	}
}

// moved records the units that were drawn and given back. Units may also be given
// back to the withheld units of a lot that is no longer sold.
func (h *lotsHad) moved(postings []stock.Posting, want stock.Lot) {
	for _, p := range postings {
		if lot, _, of := p.From.Lot(); of && p.To == stock.Held && lot.Has(want) {
			h.get(lot).drawn += p.Qty
		}
		if lot, _, of := p.To.Lot(); of && p.From == stock.Held && lot.Has(want) {
			h.get(lot).drawn -= p.Qty
		}
	}
}

// list leaves out lots that were returned completely.
func (h *lotsHad) list() []*holdfastv1.LotOrdered {
	var out []*holdfastv1.LotOrdered
	for _, l := range h.lots {
		if l.drawn > 0 {
			out = append(out, &holdfastv1.LotOrdered{Lot: kit.AttributesOf(l.lot), Held: int64(l.held), Deducted: int64(l.drawn - l.held)})
		}
	}
	return out
}
