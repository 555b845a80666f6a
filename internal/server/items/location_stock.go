package items

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/server/kit"
)

func (s *List) listLocationStock(ctx context.Context, c *kit.Call, r *holdfastv1.ListLocationStockRequest) (*holdfastv1.ListLocationStockResponse, error) {
	var f kit.Form
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	if err := f.Err(); err != nil {
		return nil, err
	}
	list, err := kit.ListName("location stock", r)
	if err != nil {
		return nil, err
	}
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if s.items == nil {
		return nil, kit.Unavailable("this server keeps no list of items", nil)
	}
	if _, err := kit.Known(ctx, s.Core.Directory, catalog.Ref{Tenant: c.Tenant, Location: r.GetLocationId()}); err != nil {
		return nil, err
	}
	tally, err := s.items.Tally(ctx, c.Tenant, r.GetLocationId(), c.Bounds)
	if err != nil {
		return nil, itemError(err)
	}
	places, err := s.Core.Directory.Places(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	var total itemlist.Counts
	for i := range tally.Locations {
		for state, n := range tally.Locations[i].Counts {
			total[state] += n
		}
	}
	page, next := kit.CutPage(tally.Locations, list, after, size, func(at itemlist.LocationCounts) string { return at.Location })
	return &holdfastv1.ListLocationStockResponse{
		Items: kit.Each(page, func(at itemlist.LocationCounts) *holdfastv1.LocationStock {
			return renderLocationStock(&at, catalog.FindPlace(places, at.Location))
		}),
		Total: renderCounts(&total), NextPageToken: next, AsOf: kit.KnownTime(tally.AsOf),
	}, nil
}

// renderLocationStock shows the stock of a location; place is nil where the catalog does not
// know it.
func renderLocationStock(at *itemlist.LocationCounts, place *catalog.Place) *holdfastv1.LocationStock {
	m := &holdfastv1.LocationStock{LocationId: at.Location, Items: renderCounts(&at.Counts)}
	if place != nil {
		m.Name = place.Name
		if place.Coordinates != nil {
			m.Coordinates = &holdfastv1.Coordinates{Latitude: place.Latitude, Longitude: place.Longitude}
		}
	}
	return m
}

func renderCounts(n *itemlist.Counts) *holdfastv1.StockCounts {
	return &holdfastv1.StockCounts{
		InStock: n[itemlist.InStock], Low: n[itemlist.Low], SoldOut: n[itemlist.SoldOut], Oversold: n[itemlist.Oversold],
		OffSale: n[itemlist.OffSale], NotCounted: n[itemlist.NotCounted],
	}
}
