// Package places keeps locations and lanes.
package places

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

// Chapter keeps locations and their lanes.
type Chapter struct {
	core  *kit.Core
	facts Places
}

// New returns the chapter.
func New(core *kit.Core, facts Places) *Chapter {
	return &Chapter{core, facts}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetLocation":   kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setLocation))),
		"SetLocations":  kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setLocations))),
		"GetLocation":   kit.Unary(kit.Knowing(s.core, s.getLocation)),
		"ListLocations": kit.Unary(kit.Knowing(s.core, s.listLocations)),
		"SetLanes":      kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setLanes))),
		"ListLanes":     kit.Unary(kit.Knowing(s.core, s.listLanes)),
		"DeleteLane":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteLane))),
	}
}

// This file has the calls about locations. They only write to the catalog.

// Places is the part of the catalog about locations and lanes.
type Places interface {
	// Place and Places return the known locations; catalog.ErrUnknown for others.
	Place(ctx context.Context, tenant, id string) (catalog.Place, error)
	Places(ctx context.Context, tenant string) ([]catalog.Place, error)
	SetPlaces(ctx context.Context, tenant string, set []catalog.Place) ([]catalog.Place, error)
	// Lanes are sorted by location and zone.
	Lanes(ctx context.Context, tenant string) ([]catalog.Lane, error)
	SetLanes(ctx context.Context, tenant string, set []catalog.Lane) error
	DropLane(ctx context.Context, tenant string, key catalog.LaneKey) error
}

const (
	maxServed = 100

	maxPriority = 1_000_000
)

func checkLocation(f *kit.Form, r *holdfastv1.SetLocationRequest) {
	f.ID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OneOf("kind", r.GetKind(), string(catalog.PlaceStore), string(catalog.PlaceWarehouse), string(catalog.PlaceVirtual))
	if len(r.GetName()) > kit.MaxName || kit.IsBadText(r.GetName()) {
		f.Refuse("name", "must be UTF-8 of at most "+kit.Itoa(kit.MaxName)+" bytes without control characters")
	}
	f.OptionalID("region", r.GetRegion(), kit.MaxZone)
	if r.Priority != nil {
		f.RequireRange("priority", int64(r.GetPriority()), 0, maxPriority)
	}
	if len(r.GetChannels()) > maxServed {
		f.Refuse("channels", "must be at most "+kit.Itoa(maxServed))
	}
	if r.Capacity != nil {
		f.RequireRange("capacity", r.GetCapacity(), 1, kit.MaxQty)
	}
}

// placeOf is the location that a request describes.
func placeOf(tenant string, r *holdfastv1.SetLocationRequest) catalog.Place {
	p := catalog.DefaultPlace(tenant, r.GetLocationId())
	p.Name, p.Pickup, p.Channels, p.Region, p.Capacity = r.GetName(), r.GetPickup(), r.GetChannels(), r.GetRegion(), r.GetCapacity()
	if r.GetKind() != "" {
		p.Kind = catalog.PlaceKind(r.GetKind())
	}
	if at := r.GetCoordinates(); at != nil {
		p.Coordinates = &catalog.Coordinates{Latitude: at.GetLatitude(), Longitude: at.GetLongitude()}
	}
	if r.Priority != nil {
		p.Priority = r.GetPriority()
	}
	if r.Active != nil {
		p.Active = r.GetActive()
	}
	if r.Online != nil {
		p.Online = r.GetOnline()
	}
	return p
}

func renderPlace(p catalog.Place) *holdfastv1.Location {
	l := &holdfastv1.Location{
		LocationId: p.ID, Kind: string(p.Kind), Name: p.Name, Priority: p.Priority, Active: p.Active, Online: p.Online,
		Pickup: p.Pickup, Channels: p.Channels, Region: p.Region,
	}
	if p.Coordinates != nil {
		l.Coordinates = &holdfastv1.Coordinates{Latitude: p.Coordinates.Latitude, Longitude: p.Coordinates.Longitude}
	}
	if p.Capacity > 0 {
		l.Capacity = new(p.Capacity)
	}
	return l
}

func (s *Chapter) setLocation(ctx context.Context, c *kit.Call, r *holdfastv1.SetLocationRequest) (*holdfastv1.Location, error) {
	var f kit.Form
	checkLocation(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.facts.SetPlaces(ctx, c.Tenant, []catalog.Place{placeOf(c.Tenant, r)})
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderPlace(kept[0]), nil
}

func (s *Chapter) setLocations(ctx context.Context, c *kit.Call, r *holdfastv1.SetLocationsRequest) (*holdfastv1.SetLocationsResponse, error) {
	var f kit.Form
	f.Rows(len(r.GetItems()))
	set := make([]catalog.Place, len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.Enter("items", i)
		checkLocation(&f, item)
		set[i] = placeOf(c.Tenant, item)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	kept, err := s.facts.SetPlaces(ctx, c.Tenant, set)
	if err != nil {
		return nil, kit.FactError("items", err)
	}
	return &holdfastv1.SetLocationsResponse{Items: kit.Each(kept, renderPlace)}, nil
}

func (s *Chapter) getLocation(ctx context.Context, c *kit.Call, r *holdfastv1.GetLocationRequest) (*holdfastv1.Location, error) {
	if err := kit.CheckID("location_id", r.GetLocationId(), kit.MaxLocation); err != nil {
		return nil, err
	}
	if err := s.core.Answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	p, err := s.facts.Place(ctx, c.Tenant, r.GetLocationId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderPlace(p), nil
}

func (s *Chapter) listLocations(ctx context.Context, c *kit.Call, r *holdfastv1.ListLocationsRequest) (*holdfastv1.ListLocationsResponse, error) {
	size, after, err := kit.PageForm("locations", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := s.core.Answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	all, err := s.facts.Places(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	if c.Bounds != nil { // the list is others' too
		all = slices.DeleteFunc(slices.Clone(all), func(p catalog.Place) bool { return !c.Bounds.Location(p.ID) })
	}
	page, next := kit.CutPage(all, "locations", after, size, func(p catalog.Place) string { return p.ID })
	return &holdfastv1.ListLocationsResponse{NextPageToken: next, Items: kit.Each(page, renderPlace)}, nil
}
