package server

import (
	"context"
	"errors"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

// locationChapter keeps locations and their lanes.
type locationChapter struct {
	*core
	facts Places
}

func (s *locationChapter) functions() map[string]method {
	return map[string]method{
		"SetLocation":   unary(knowing(s.core, writeOnce(s.core, nil, s.setLocation))),
		"SetLocations":  unary(knowing(s.core, writeOnce(s.core, nil, s.setLocations))),
		"GetLocation":   unary(knowing(s.core, s.getLocation)),
		"ListLocations": unary(knowing(s.core, s.listLocations)),
		"SetLanes":      unary(knowing(s.core, writeOnce(s.core, nil, s.setLanes))),
		"ListLanes":     unary(knowing(s.core, s.listLanes)),
		"DeleteLane":    unary(knowing(s.core, writeOnce(s.core, nil, s.deleteLane))),
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
	maxZone   = 63
	maxName   = 256
	maxServed = 100

	maxPriority = 1_000_000
)

func checkLocation(f *requestForm, r *holdfastv1.SetLocationRequest) {
	f.id("location_id", r.GetLocationId(), maxLocation)
	f.oneOf("kind", r.GetKind(), string(catalog.PlaceStore), string(catalog.PlaceWarehouse), string(catalog.PlaceVirtual))
	if len(r.GetName()) > maxName || isBadText(r.GetName()) {
		f.refuse("name", "must be UTF-8 of at most "+itoa(maxName)+" bytes without control characters")
	}
	f.optionalID("region", r.GetRegion(), maxZone)
	if r.Priority != nil {
		f.requireRange("priority", int64(r.GetPriority()), 0, maxPriority)
	}
	if len(r.GetChannels()) > maxServed {
		f.refuse("channels", "must be at most "+itoa(maxServed))
	}
	if r.Capacity != nil {
		f.requireRange("capacity", r.GetCapacity(), 1, maxQty)
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

func (s *locationChapter) setLocation(ctx context.Context, c *call, r *holdfastv1.SetLocationRequest) (*holdfastv1.Location, error) {
	var f requestForm
	checkLocation(&f, r)
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.facts.SetPlaces(ctx, c.tenant, []catalog.Place{placeOf(c.tenant, r)})
	if err != nil {
		return nil, factError("", err)
	}
	return renderPlace(kept[0]), nil
}

func (s *locationChapter) setLocations(ctx context.Context, c *call, r *holdfastv1.SetLocationsRequest) (*holdfastv1.SetLocationsResponse, error) {
	var f requestForm
	f.rows(len(r.GetItems()))
	set := make([]catalog.Place, len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.enter("items", i)
		checkLocation(&f, item)
		set[i] = placeOf(c.tenant, item)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.facts.SetPlaces(ctx, c.tenant, set)
	if err != nil {
		return nil, factError("items", err)
	}
	return &holdfastv1.SetLocationsResponse{Items: each(kept, renderPlace)}, nil
}

func (s *locationChapter) getLocation(ctx context.Context, c *call, r *holdfastv1.GetLocationRequest) (*holdfastv1.Location, error) {
	if err := checkID("location_id", r.GetLocationId(), maxLocation); err != nil {
		return nil, err
	}
	if err := s.answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	p, err := s.facts.Place(ctx, c.tenant, r.GetLocationId())
	if err != nil {
		return nil, factError("", err)
	}
	return renderPlace(p), nil
}

func (s *locationChapter) listLocations(ctx context.Context, c *call, r *holdfastv1.ListLocationsRequest) (*holdfastv1.ListLocationsResponse, error) {
	size, after, err := pageForm("locations", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if err := s.answers.CatchUp(ctx); err != nil {
		return nil, err
	}
	all, err := s.facts.Places(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	if c.bounds != nil { // the list is others' too
		all = slices.DeleteFunc(slices.Clone(all), func(p catalog.Place) bool { return !c.bounds.Location(p.ID) })
	}
	page, next := cutPage(all, "locations", after, size, func(p catalog.Place) string { return p.ID })
	return &holdfastv1.ListLocationsResponse{NextPageToken: next, Items: each(page, renderPlace)}, nil
}

// factError turns a refusal of the catalog into the words of the API. items is the list
// of the rows, "" when there was only one row.
func factError(items string, err error) error {
	var row *catalog.RowError
	list := ""
	if errors.As(err, &row) && items != "" {
		list = items + "[" + itoa(row.Row) + "]."
	}
	if tree, ok := errors.AsType[*catalog.KitTreeError](err); ok {
		return invalid(list+"components", "%s", tree.Error())
	}
	if bad, ok := errors.AsType[*catalog.InvalidError](err); ok {
		return invalid(list+bad.Field, "%s", bad.Reason)
	}
	if unknown, ok := errors.AsType[*catalog.UnknownError](err); ok {
		return refuse(codeNotFound, "%s", unknown.Error())
	}
	return err
}
