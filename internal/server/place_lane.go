package server

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

func checkLane(f *requestForm, location, zone string) {
	f.id("location_id", location, maxLocation)
	f.optionalID("zone", zone, maxZone)
}

func renderLane(l catalog.Lane) *holdfastv1.Lane {
	return &holdfastv1.Lane{LocationId: l.Location, Zone: l.Zone, CostPerUnit: l.PerUnit, CostPerShipment: l.PerShipment}
}

func (s *locationChapter) setLanes(ctx context.Context, c *call, r *holdfastv1.SetLanesRequest) (*holdfastv1.SetLanesResponse, error) {
	var f requestForm
	f.rows(len(r.GetItems()))
	set := make([]catalog.Lane, len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.enter("items", i)
		checkLane(&f, item.GetLocationId(), item.GetZone())
		f.requireRange("cost_per_unit", item.GetCostPerUnit(), 0, catalog.MaxCost)
		f.requireRange("cost_per_shipment", item.GetCostPerShipment(), 0, catalog.MaxCost)
		set[i] = catalog.Lane{
			Tenant: c.tenant, Location: item.GetLocationId(), Zone: item.GetZone(),
			PerUnit: item.GetCostPerUnit(), PerShipment: item.GetCostPerShipment(),
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.facts.SetLanes(ctx, c.tenant, set); err != nil {
		return nil, factError("items", err)
	}
	return &holdfastv1.SetLanesResponse{Items: each(set, renderLane)}, nil
}

func (s *locationChapter) listLanes(ctx context.Context, c *call, r *holdfastv1.ListLanesRequest) (*holdfastv1.ListLanesResponse, error) {
	var f requestForm
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	size, list := f.page(r.PageSize), "lanes "+r.GetLocationId()
	after := f.readPageToken(list, r.GetPageToken())
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	if id := r.GetLocationId(); id != "" {
		if _, err := s.facts.Place(ctx, c.tenant, id); err != nil {
			return nil, factError("", err)
		}
	}
	all, err := s.facts.Lanes(ctx, c.tenant)
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
	page, next := cutPage(all, list, after, size, func(l catalog.Lane) string { return l.Location + "\x00" + l.Zone })
	return &holdfastv1.ListLanesResponse{NextPageToken: next, Items: each(page, renderLane)}, nil
}

func (s *locationChapter) deleteLane(ctx context.Context, c *call, r *holdfastv1.DeleteLaneRequest) (*holdfastv1.DeleteLaneResponse, error) {
	var f requestForm
	checkLane(&f, r.GetLocationId(), r.GetZone())
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.facts.DropLane(ctx, c.tenant, catalog.LaneKey{Location: r.GetLocationId(), Zone: r.GetZone()}); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteLaneResponse{}, nil
}
