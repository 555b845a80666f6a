package places

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

func checkLane(f *kit.Form, location, zone string) {
	f.ID("location_id", location, kit.MaxLocation)
	f.OptionalID("zone", zone, kit.MaxZone)
}

func renderLane(l catalog.Lane) *holdfastv1.Lane {
	return &holdfastv1.Lane{LocationId: l.Location, Zone: l.Zone, CostPerUnit: l.PerUnit, CostPerShipment: l.PerShipment}
}

func (s *Chapter) setLanes(ctx context.Context, c *kit.Call, r *holdfastv1.SetLanesRequest) (*holdfastv1.SetLanesResponse, error) {
	var f kit.Form
	f.Rows(len(r.GetItems()))
	set := make([]catalog.Lane, len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.Enter("items", i)
		checkLane(&f, item.GetLocationId(), item.GetZone())
		f.RequireRange("cost_per_unit", item.GetCostPerUnit(), 0, catalog.MaxCost)
		f.RequireRange("cost_per_shipment", item.GetCostPerShipment(), 0, catalog.MaxCost)
		set[i] = catalog.Lane{
			Tenant: c.Tenant, Location: item.GetLocationId(), Zone: item.GetZone(),
			PerUnit: item.GetCostPerUnit(), PerShipment: item.GetCostPerShipment(),
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.facts.SetLanes(ctx, c.Tenant, set); err != nil {
		return nil, kit.FactError("items", err)
	}
	return &holdfastv1.SetLanesResponse{Items: kit.Each(set, renderLane)}, nil
}

func (s *Chapter) listLanes(ctx context.Context, c *kit.Call, r *holdfastv1.ListLanesRequest) (*holdfastv1.ListLanesResponse, error) {
	var f kit.Form
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	size, list := f.Page(r.PageSize), "lanes "+r.GetLocationId()
	after := f.ReadPageToken(list, r.GetPageToken())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	if id := r.GetLocationId(); id != "" {
		if _, err := s.facts.Place(ctx, c.Tenant, id); err != nil {
			return nil, kit.FactError("", err)
		}
	}
	all, err := s.facts.Lanes(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	if id := r.GetLocationId(); id != "" {
		from, _ := slices.BinarySearchFunc(all, id, func(l catalog.Lane, id string) int { return strings.Compare(l.Location, id) })
		to := from
		for to < len(all) && all[to].Location == id {
			to++
		}
		all = all[from:to]
	}
	// No id has a NUL: the keys are in the order of location and zone.
	page, next := kit.CutPage(all, list, after, size, func(l catalog.Lane) string { return l.Location + "\x00" + l.Zone })
	return &holdfastv1.ListLanesResponse{NextPageToken: next, Items: kit.Each(page, renderLane)}, nil
}

func (s *Chapter) deleteLane(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteLaneRequest) (*holdfastv1.DeleteLaneResponse, error) {
	var f kit.Form
	checkLane(&f, r.GetLocationId(), r.GetZone())
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.facts.DropLane(ctx, c.Tenant, catalog.LaneKey{Location: r.GetLocationId(), Zone: r.GetZone()}); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteLaneResponse{}, nil
}
