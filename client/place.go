package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// LocationService keeps locations and their lanes.
type LocationService struct {
	c    *caller
	stub holdfastv1.LocationServiceClient
}

// LocationKind says what a location is.
type LocationKind string

// The kinds of a location.
const (
	Store     LocationKind = "store"
	Warehouse LocationKind = "warehouse"
	Virtual   LocationKind = "virtual"
)

// Coordinates are degrees, north and east positive.
type Coordinates struct{ Latitude, Longitude float64 }

// Location is what is known of a location except its stock. Sourcing uses it to choose
// the location that an order is sent from.
type Location struct {
	LocationID  string
	Kind        LocationKind
	Name        string
	Coordinates *Coordinates // nil when nobody has said
	Priority    int          // the lowest is chosen first
	Active      bool         // false: no new order is sent from there
	Online      bool         // orders from afar may be sent from there
	Pickup      bool         // customers may fetch their orders there
	Channels    []string     // those it serves, sorted; none: all of them
	Region      string       // the pooled region it belongs to, if any
	Capacity    int64        // most units that one order may be sent from there; 0: no bound
}

// DefaultLocation returns the values of a location that nobody has described. Start
// from it for SetLocations.
func DefaultLocation(id string) Location {
	return Location{LocationID: id, Kind: Store, Priority: 100, Active: true, Online: true}
}

// Set describes 1 to 1,000 locations completely, all or none of them, and makes them
// known. To set the same again changes nothing.
func (s *LocationService) Set(ctx context.Context, locations ...Location) ([]Location, error) {
	m, _, err := ask(ctx, s.c, "set_locations", s.stub.SetLocations, &holdfastv1.SetLocationsRequest{Items: each(locations, Location.request)})
	if err != nil {
		return nil, err
	}
	return each(m.GetItems(), locationOf), nil
}

// Get shows a location.
func (s *LocationService) Get(ctx context.Context, id string) (*Location, error) {
	return askOne(ctx, s.c, "location", s.stub.GetLocation, &holdfastv1.GetLocationRequest{LocationId: id}, locationOf)
}

// List reads a page of the known locations, ordered by id. It uses only the page
// fields of List.
func (s *LocationService) List(ctx context.Context, r List) (*Page[Location], error) {
	return askPage(ctx, s.c, "locations", s.stub.ListLocations, &holdfastv1.ListLocationsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, locationOf)
}

func (l Location) request() *holdfastv1.SetLocationRequest {
	m := &holdfastv1.SetLocationRequest{
		LocationId: l.LocationID, Kind: string(l.Kind), Name: l.Name, Priority: new(int32(min(max(l.Priority, -1), 1<<30))),
		Active: &l.Active, Online: &l.Online, Pickup: l.Pickup, Channels: l.Channels, Region: l.Region,
	}
	if l.Coordinates != nil {
		m.Coordinates = &holdfastv1.Coordinates{Latitude: l.Coordinates.Latitude, Longitude: l.Coordinates.Longitude}
	}
	if l.Capacity != 0 {
		m.Capacity = &l.Capacity
	}
	return m
}

func locationOf(m *holdfastv1.Location) Location {
	l := Location{
		LocationID: m.GetLocationId(), Kind: LocationKind(m.GetKind()), Name: m.GetName(), Priority: int(m.GetPriority()),
		Active: m.GetActive(), Online: m.GetOnline(), Pickup: m.GetPickup(), Channels: m.GetChannels(), Region: m.GetRegion(), Capacity: m.GetCapacity(),
	}
	if at := m.GetCoordinates(); at != nil {
		l.Coordinates = &Coordinates{Latitude: at.GetLatitude(), Longitude: at.GetLongitude()}
	}
	return l
}

// Lane is what it costs to send from a location to a zone, in the smallest
// units of the tenant's money.
type Lane struct {
	LocationID      string
	Zone            string // empty: everywhere that has no lane of its own
	CostPerUnit     int64
	CostPerShipment int64
}

// SetLanes sets 1 to 1,000 lanes, all or none of them; others stay as they are.
// To set the same again changes nothing.
func (s *LocationService) SetLanes(ctx context.Context, lanes ...Lane) error {
	_, _, err := ask(ctx, s.c, "set_lanes", s.stub.SetLanes, &holdfastv1.SetLanesRequest{Items: each(lanes, func(l Lane) *holdfastv1.LaneItem {
		return &holdfastv1.LaneItem{LocationId: l.LocationID, Zone: l.Zone, CostPerUnit: l.CostPerUnit, CostPerShipment: l.CostPerShipment}
	})})
	return err
}

// Lanes reads a page of lanes, ordered by location and zone.
func (s *LocationService) Lanes(ctx context.Context, r List) (*Page[Lane], error) {
	return askPage(ctx, s.c, "lanes", s.stub.ListLanes, &holdfastv1.ListLanesRequest{
		LocationId: r.LocationID, PageSize: size(r.PageSize), PageToken: r.PageToken,
	}, func(m *holdfastv1.Lane) Lane {
		return Lane{LocationID: m.GetLocationId(), Zone: m.GetZone(), CostPerUnit: m.GetCostPerUnit(), CostPerShipment: m.GetCostPerShipment()}
	})
}

// DropLane deletes a lane. To delete it again changes nothing.
func (s *LocationService) DropLane(ctx context.Context, locationID, zone string) error {
	_, _, err := ask(ctx, s.c, "drop_lane", s.stub.DeleteLane, &holdfastv1.DeleteLaneRequest{LocationId: locationID, Zone: zone})
	return err
}
