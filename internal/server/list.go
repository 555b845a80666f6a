package server

import (
	"context"
	"errors"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// Levels lists the stock.
type Levels interface {
	// Page returns one page. It returns view.ErrPageToken for a token it did not make.
	Page(ctx context.Context, q view.LevelQuery) (*view.LevelPage, error)
}

// Journal lists what happened.
type Journal interface {
	// Entries returns one page. It returns view.ErrPageToken for a token it did not make, and
	// feed.ErrAhead for a token of a history that is lost.
	Entries(ctx context.Context, q view.EntryQuery) (*view.EntryPage, error)
	// Entry returns the entry with the id, nil when the tenant has none inside the bounds.
	Entry(ctx context.Context, tenant, id string, bounds *stock.Bounds) (*view.Entry, error)
}

// page checks the size of a page; 0 is the usual one.
func (f *requestForm) page(size *int32) int {
	if size == nil {
		return view.DefaultPageSize
	}
	f.requireRange("page_size", int64(*size), 1, view.MaxPageSize)
	return int(*size)
}

func badPage(err error) error {
	if errors.Is(err, view.ErrPageToken) {
		return invalid("page_token", "is malformed or belongs to another request")
	}
	if errors.Is(err, feed.ErrAhead) {
		return &problem{code: codeGone, detail: "the books were restored since the page before: begin with the first page", cause: err}
	}
	return err
}

func (s *inventoryChapter) listInventory(ctx context.Context, c *call, r *holdfastv1.ListInventoryRequest) (*holdfastv1.ListInventoryResponse, error) {
	var f requestForm
	f.consistency(r.Consistency)
	return s.listLevels(ctx, c, &f, r.Consistency, view.LevelQuery{Location: r.LocationId, PageSize: f.page(r.PageSize), PageToken: r.PageToken})
}

func (s *inventoryChapter) listLowStock(ctx context.Context, c *call, r *holdfastv1.ListLowStockRequest) (*holdfastv1.ListInventoryResponse, error) {
	var f requestForm
	f.consistency(r.Consistency)
	return s.listLevels(ctx, c, &f, r.Consistency, view.LevelQuery{Low: true, Location: r.LocationId, PageSize: f.page(r.PageSize), PageToken: r.PageToken})
}

func (s *inventoryChapter) listLevels(ctx context.Context, c *call, f *requestForm, consistency string, q view.LevelQuery) (*holdfastv1.ListInventoryResponse, error) {
	f.optionalID("location_id", q.Location, maxLocation)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, consistency)
	if err != nil {
		return nil, err
	}
	if q.Location != "" {
		if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Location: q.Location}); err != nil {
			return nil, err
		}
	}
	q.Tenant = c.tenant
	c.stale = s.books.Behind() // asked before the page is read
	page, err := from.page(ctx, q)
	if err != nil {
		return nil, badPage(err)
	}
	places, err := s.directory.Places(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListInventoryResponse{AsOf: timeOf(page.AsOf), Items: each(page.Items, func(it *stock.Item) *holdfastv1.Inventory {
		return renderItem(it, it.Figures(), catalog.FindPlace(places, it.Key.Location), page.AsOf)
	})}
	if page.NextPageToken != "" {
		out.NextPageToken = &page.NextPageToken
	}
	return out, s.unitsOfInventory(ctx, c.tenant, out.Items...)
}

// known returns what the catalog knows of ref, or refuses what it does not know.
func (s *core) known(ctx context.Context, ref catalog.Ref) (catalog.Knowledge, error) {
	known, err := s.directory.KnownAll(ctx, []catalog.Ref{ref})
	if err != nil {
		return catalog.Knowledge{}, err
	}
	if refusal := intake.Unknown(ref, known[0]); refusal != nil {
		return known[0], refusal
	}
	return known[0], nil
}

// itemRequest asks about a product at a location.
type itemRequest interface {
	GetProductId() string
	GetLocationId() string
	GetConsistency() string
}

// readItem returns an item, and what the catalog knows of it, as of a time.
func (s *core) readItem(ctx context.Context, c *call, r itemRequest) (*ledger.Level, catalog.Knowledge, stock.Time, error) {
	var f requestForm
	f.item(r.GetProductId(), r.GetLocationId())
	f.consistency(r.GetConsistency())
	var known catalog.Knowledge
	if err := f.err(); err != nil {
		return nil, known, 0, err
	}
	from, err := s.source(ctx, c, r.GetConsistency())
	if err == nil {
		known, err = s.known(ctx, c.ref(r.GetProductId(), r.GetLocationId()))
	}
	if err != nil {
		return nil, known, 0, err
	}
	levels, now, err := from.items(ctx, []stock.ItemKey{c.item(r.GetProductId(), r.GetLocationId())})
	if err != nil {
		return nil, known, 0, err
	}
	return &levels[0], known, now, nil
}

func (s *inventoryChapter) getProduct(ctx context.Context, c *call, r *holdfastv1.GetProductRequest) (*holdfastv1.ProductInventory, error) {
	var f requestForm
	f.id("product_id", r.ProductId, maxProduct)
	f.consistency(r.Consistency)
	if err := f.err(); err != nil {
		return nil, err
	}
	from, err := s.source(ctx, c, r.Consistency)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Product: r.ProductId})
	if err != nil {
		return nil, err
	}
	levels, now, err := from.product(ctx, engine.ProductKey{Tenant: c.tenant, Product: r.ProductId})
	if err != nil {
		return nil, err
	}
	places, err := s.directory.Places(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ProductInventory{ProductId: r.ProductId, AsOf: timeOf(now)}
	for i := range levels {
		if levels[i].Item == nil {
			continue
		}
		at := renderItem(levels[i].Now(), levels[i].Figures(), catalog.FindPlace(places, levels[i].Key.Location), now)
		out.AvailableStock = summed(out.AvailableStock, at.AvailableStock)
		out.ReservedStock = summed(out.ReservedStock, at.ReservedStock)
		out.TotalStock = summed(out.TotalStock, at.TotalStock)
		out.Locations = append(out.Locations, at)
	}
	out.Unit, out.Scale = spell(known.Unit)
	for _, at := range out.Locations {
		at.Unit, at.Scale = out.Unit, out.Scale
	}
	return out, nil
}
