package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// PlaceKind says what a location is.
type PlaceKind string

// The kinds of locations. The books treat them alike.
const (
	PlaceStore     PlaceKind = "store"
	PlaceWarehouse PlaceKind = "warehouse"
	PlaceVirtual   PlaceKind = "virtual" // nowhere: drop shipment, a supplier's stock
)

// PlaceKinds is all of them.
var PlaceKinds = []PlaceKind{PlaceStore, PlaceWarehouse, PlaceVirtual}

// Place is what the choice of a location goes by: the facts of a known
// location. How its items are placed in the books is no fact of this kind;
// see Location.
type Place struct {
	Tenant      string
	ID          string // of the location
	Kind        PlaceKind
	Name        string       // for people, 0 to 256 bytes
	Coordinates *Coordinates // nil: not known, so never the nearest
	Priority    int32        // lower is asked first, 0 to 1,000,000
	Active      bool         // false: no new order is sent there
	Online      bool         // orders from afar may be sent there
	Pickup      bool         // customers may fetch there
	Channels    []string     // the channels it serves, sorted; none: all of them
	Region      string       // the pooled region it belongs to, "": none
	// Capacity is the most units, of all products together, that one order may
	// be sent from there; 0 is no bound.
	Capacity int64
}

// Coordinates are degrees, north and east positive.
type Coordinates struct{ Latitude, Longitude float64 }

const (
	defaultPriority = 100
	maxPriority     = 1_000_000
	maxPlaceName    = 256
	maxServed       = 100 // channels a place serves
	// maxCount is the greatest quantity of the contract: exact in JSON too.
	maxCount = 1<<53 - 1
)

// MaxSet is how many rows one call of a setter may have.
const MaxSet = 1000

// DefaultPlace is what a location is that nobody has described.
func DefaultPlace(tenant, id string) Place {
	return Place{Tenant: tenant, ID: id, Kind: PlaceStore, Priority: defaultPriority, Active: true, Online: true}
}

// Serves says whether orders of the channel may be sent there.
func (p Place) Serves(channel string) bool {
	if len(p.Channels) == 0 {
		return true
	}
	_, found := slices.BinarySearch(p.Channels, channel)
	return found
}

// Equal reports that two places say the same.
func (p Place) Equal(q Place) bool {
	if (p.Coordinates == nil) != (q.Coordinates == nil) || p.Coordinates != nil && *p.Coordinates != *q.Coordinates {
		return false
	}
	return p.Tenant == q.Tenant && p.ID == q.ID && p.Kind == q.Kind && p.Name == q.Name && p.Priority == q.Priority &&
		p.Active == q.Active && p.Online == q.Online && p.Pickup == q.Pickup && slices.Equal(p.Channels, q.Channels) &&
		p.Region == q.Region && p.Capacity == q.Capacity
}

// Check returns the place as it is kept, or what may not be kept of it: an
// ErrInvalid.
func (p Place) Check() (Place, error) {
	bad := func(field, reason string) (Place, error) { return p, &InvalidError{Field: field, Reason: reason} }
	if err := checkID("location_id", p.ID, maxLocation); err != nil {
		return p, err
	}
	switch {
	case !slices.Contains(PlaceKinds, p.Kind):
		return bad("kind", "must be store, warehouse or virtual")
	case len(p.Name) > maxPlaceName || !printable(p.Name):
		return bad("name", fmt.Sprintf("must have 0 to %d bytes of text without control characters", maxPlaceName))
	case p.Priority < 0 || p.Priority > maxPriority:
		return bad("priority", fmt.Sprintf("must be 0 to %d", maxPriority))
	case p.Capacity < 0 || p.Capacity > maxCount:
		return bad("capacity", "must be 0 to 2^53-1")
	case len(p.Channels) > maxServed:
		return bad("channels", fmt.Sprintf("must be 0 to %d", maxServed))
	}
	if p.Region != "" {
		if err := checkID("region", p.Region, maxZone); err != nil {
			return p, err
		}
	}
	for _, channel := range p.Channels {
		if err := checkID("channels", channel, maxChannel); err != nil {
			return p, err
		}
	}
	if len(p.Channels) == 0 {
		p.Channels = nil
	} else {
		p.Channels = slices.Compact(slices.Sorted(slices.Values(p.Channels)))
	}
	if p.Coordinates != nil {
		at, err := p.Coordinates.check()
		if err != nil {
			return p, err
		}
		p.Coordinates = &at
	}
	return p, nil
}

// check returns the coordinates as they are kept: without a minus before 0.
func (at Coordinates) check() (Coordinates, error) {
	if !(math.Abs(at.Latitude) <= 90) { // also of what is no number
		return at, &InvalidError{Field: "latitude", Reason: "must be -90 to 90 degrees"}
	}
	if !(math.Abs(at.Longitude) <= 180) {
		return at, &InvalidError{Field: "longitude", Reason: "must be -180 to 180 degrees"}
	}
	return Coordinates{at.Latitude + 0, at.Longitude + 0}, nil
}

// places is what a tenant has of them, sorted by id.
type places []Place

// facts keeps what the choice of locations goes by, and kits: in memory by tenant.
type facts struct {
	*core
	places *shelf[places]
	lanes  *shelf[lanes]
	kits   *shelf[*kits]
}

func newFacts(c *core) (f facts, err error) {
	f.core = c
	if f.places, err = newShelf(c, "locations", readPlaces); err != nil {
		return f, err
	}
	if f.lanes, err = newShelf(c, "lanes", readLanes); err != nil {
		return f, err
	}
	f.kits, err = newShelf(c, "kits", readKits)
	return f, err
}

// Places returns the known locations of a tenant with their facts, sorted by
// id. They come from memory where possible and are shared: nobody changes
// them. What another process wrote is seen within 2 s, what this one wrote at
// once.
func (c *facts) Places(ctx context.Context, tenant string) ([]Place, error) {
	return c.places.get(ctx, tenant)
}

// Place returns the facts of one known location as Places does, or ErrUnknown.
func (c *facts) Place(ctx context.Context, tenant, id string) (Place, error) {
	all, err := c.Places(ctx, tenant)
	if err != nil {
		return Place{}, err
	}
	i, found := slices.BinarySearchFunc(all, id, func(p Place, id string) int { return cmp.Compare(p.ID, id) })
	if !found {
		return Place{}, &UnknownError{What: "location", ID: id}
	}
	return all[i], nil
}

// SetPlaces sets the facts of 1 to MaxSet locations, all or none of them, and
// returns them as they are kept. Locations that are not known become so. One
// that has these facts already is not written again.
func (c *facts) SetPlaces(ctx context.Context, tenant string, set []Place) ([]Place, error) {
	kept, err := checkRows("locations", set, func(p Place) (Place, string, error) {
		p.Tenant = tenant
		p, err := p.Check()
		return p, p.ID, err
	}, &InvalidError{Field: "location_id", Reason: "is given twice"})
	if err != nil {
		return nil, err
	}
	err = c.store.write(ctx, c.now, func(w *write) error {
		if _, err := findTenant(&w.read, tenant); err != nil {
			return err
		}
		return storePlaces(w, tenant, kept)
	})
	if err != nil {
		return nil, fmt.Errorf("set %d locations: %w", len(set), err)
	}
	return kept, nil
}

// storePlaces stores the facts of places that have others.
func storePlaces(w *write, tenant string, set []Place) error {
	ids := make([]string, len(set))
	for i := range set {
		ids[i] = set[i].ID
	}
	have, err := placeKind.some(&w.read, tenant, ids)
	if err != nil {
		return err
	}
	var fresh []Ref
	for _, id := range ids {
		if have[id].is == nil {
			fresh = append(fresh, Ref{Tenant: tenant, Location: id})
		}
	}
	if err := w.meetAll(fresh); err != nil {
		return err
	}
	for i := range set {
		p := &set[i]
		is := have[p.ID].is
		if is != nil && is.Equal(*p) {
			continue
		}
		if is == nil {
			k, err := w.knowledge(Ref{Tenant: tenant, Location: p.ID})
			if err == nil && !k.Location {
				err = (&Location{Tenant: tenant, ID: p.ID, Created: w.at()}).open(w)
			}
			if err != nil {
				return err
			}
		}
		if _, err := placeKind.put(w, p, is); err != nil {
			return err
		}
	}
	return nil
}
