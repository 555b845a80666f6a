package items

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

func (s *Inventory) listInventory(ctx context.Context, c *kit.Call, r *holdfastv1.ListInventoryRequest) (*holdfastv1.ListInventoryResponse, error) {
	var f kit.Form
	f.Consistency(r.Consistency)
	return s.listLevels(ctx, c, &f, r.Consistency, view.LevelQuery{Location: r.LocationId, PageSize: f.Page(r.PageSize), PageToken: r.PageToken})
}

func (s *Inventory) listLowStock(ctx context.Context, c *kit.Call, r *holdfastv1.ListLowStockRequest) (*holdfastv1.ListInventoryResponse, error) {
	var f kit.Form
	f.Consistency(r.Consistency)
	return s.listLevels(ctx, c, &f, r.Consistency, view.LevelQuery{Low: true, Location: r.LocationId, PageSize: f.Page(r.PageSize), PageToken: r.PageToken})
}

func (s *Inventory) listLevels(ctx context.Context, c *kit.Call, f *kit.Form, consistency string, q view.LevelQuery) (*holdfastv1.ListInventoryResponse, error) {
	f.OptionalID("location_id", q.Location, kit.MaxLocation)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, consistency)
	if err != nil {
		return nil, err
	}
	if q.Location != "" {
		if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Location: q.Location}); err != nil {
			return nil, err
		}
	}
	q.Tenant = c.Tenant
	c.Stale = s.core.Books.Behind() // asked before the page is read
	page, err := from.Page(ctx, q)
	if err != nil {
		return nil, kit.BadPage(err)
	}
	places, err := s.core.Directory.Places(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListInventoryResponse{AsOf: kit.TimeOf(page.AsOf), Items: kit.Each(page.Items, func(it *stock.Item) *holdfastv1.Inventory {
		return kit.RenderItem(it, it.Figures(), catalog.FindPlace(places, it.Key.Location), page.AsOf)
	})}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, kit.UnitsOfInventory(ctx, s.core.Directory, c.Tenant, out.Items...)
}

func (s *Inventory) getProduct(ctx context.Context, c *kit.Call, r *holdfastv1.GetProductRequest) (*holdfastv1.ProductInventory, error) {
	var f kit.Form
	f.ID("product_id", r.ProductId, kit.MaxProduct)
	f.Consistency(r.Consistency)
	if err := f.Err(); err != nil {
		return nil, err
	}
	from, err := s.core.Source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Product: r.ProductId})
	if err != nil {
		return nil, err
	}
	levels, now, err := from.Product(ctx, engine.ProductKey{Tenant: c.Tenant, Product: r.ProductId})
	if err != nil {
		return nil, err
	}
	places, err := s.core.Directory.Places(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ProductInventory{ProductId: r.ProductId, AsOf: kit.TimeOf(now)}
	for i := range levels {
		if levels[i].Item == nil {
			continue
		}
		at := kit.RenderItem(levels[i].Now(), levels[i].Figures(), catalog.FindPlace(places, levels[i].Key.Location), now)
		out.AvailableStock = kit.Summed(out.AvailableStock, at.AvailableStock)
		out.ReservedStock = kit.Summed(out.ReservedStock, at.ReservedStock)
		out.TotalStock = kit.Summed(out.TotalStock, at.TotalStock)
		out.Locations = append(out.Locations, at)
	}
	out.Unit, out.Scale = kit.Spell(known.Unit)
	for _, at := range out.Locations {
		at.Unit, at.Scale = out.Unit, out.Scale
	}
	return out, nil
}
