package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/itemlist"
)

func (s *itemChapter) listLocationStock(ctx context.Context, c *call, r *holdfastv1.ListLocationStockRequest) (*holdfastv1.ListLocationStockResponse, error) {
	var f requestForm
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	if err := f.err(); err != nil {
		return nil, err
	}
	list, err := listName("location stock", r)
	if err != nil {
		return nil, err
	}
	size, after, err := pageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if s.items == nil {
		return nil, unavailable("this server keeps no list of items", nil)
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Location: r.GetLocationId()}); err != nil {
		return nil, err
	}
	tally, err := s.items.Tally(ctx, c.tenant, r.GetLocationId(), c.bounds)
	if err != nil {
		return nil, itemError(err)
	}
	places, err := s.directory.Places(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	var total itemlist.Counts
	for i := range tally.Locations {
		for state, n := range tally.Locations[i].Counts {
			total[state] += n
		}
	}
	page, next := cutPage(tally.Locations, list, after, size, func(at itemlist.LocationCounts) string { return at.Location })
	return &holdfastv1.ListLocationStockResponse{
		Items: each(page, func(at itemlist.LocationCounts) *holdfastv1.LocationStock {
			return renderLocationStock(&at, catalog.FindPlace(places, at.Location))
		}),
		Total: renderCounts(&total), NextPageToken: next, AsOf: knownTime(tally.AsOf),
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
