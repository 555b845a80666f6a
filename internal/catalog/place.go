package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
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

// Place has the facts of a known location that the choice of a location uses.
// How its items are placed in the books is not among them; see Location.
type Place struct {
	Tenant       string    `json:"-"`
	ID           string    `json:"-"` // of the location
	Kind         PlaceKind `json:"kind"`
	Name         string    `json:"name,omitempty"` // for people, 0 to 256 bytes
	*Coordinates           // nil: not known, so never the nearest
	Priority     int32     `json:"priority"`           // lower is asked first, 0 to 1,000,000
	Active       bool      `json:"active"`             // false: no new order is sent there
	Online       bool      `json:"online"`             // orders from afar may be sent there
	Pickup       bool      `json:"pickup"`             // customers may fetch there
	Channels     []string  `json:"channels,omitempty"` // the channels it serves, sorted; none: all of them
	Region       string    `json:"region,omitempty"`   // the pooled region it belongs to, "": none
	// Capacity is the most units, of all products together, that one order may
	// be sent from there; 0 is no bound.
	Capacity int64 `json:"capacity,omitempty"`
	// Before are the channels that it served and no longer serves, sorted: since
	// PlaceSeen, as long as it is due.
	Before []string `json:"before,omitempty"`
	// Due is when the change of the channels that it serves is to be processed,
	// zero once that is done.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

// Coordinates are degrees, north and east positive.
type Coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

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

// Check returns the place as it is stored, or an ErrInvalid that names what may
// not be stored.
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

// facts keeps the facts for the choice of locations, and kits: in memory by
// tenant.
type facts struct {
	*core
	places *tenantCache[[]Place]
	lanes  *tenantCache[[]Lane]
	kits   *tenantCache[kits]
	// reasons are never nil.
	reasons *tenantCache[*ReasonList]
	recalls *tenantCache[map[string][]Recall] // in force, by product
}

func newFacts(c *core) (f facts, err error) {
	f.core = c
	if f.places, err = newTenantCache(c, "locations", readPlaces); err != nil {
		return f, err
	}
	if f.lanes, err = newTenantCache(c, "lanes", readLanes); err != nil {
		return f, err
	}
	if f.kits, err = newTenantCache(c, "kits", readKits); err != nil {
		return f, err
	}
	if f.recalls, err = newTenantCache(c, "recalls", readRecalls); err != nil {
		return f, err
	}
	f.reasons, err = newTenantCache(c, "reasons", readReasons)
	return f, err
}

// Places returns the known locations of a tenant with their facts, sorted by
// id. They come from memory where possible and are shared, so nobody may change
// them. A write of another process is visible within 2 s, a write of this
// process at once.
func (c *facts) Places(ctx context.Context, tenant string) ([]Place, error) {
	return c.places.get(ctx, tenant)
}

// Place returns the facts of one known location as Places does, or ErrUnknown.
func (c *facts) Place(ctx context.Context, tenant, id string) (Place, error) {
	all, err := c.Places(ctx, tenant)
	if err != nil {
		return Place{}, err
	}
	p := FindPlace(all, id)
	if p == nil {
		return Place{}, &UnknownError{What: "location", ID: id}
	}
	return *p, nil
}

// FindPlace returns one of those that Places returned, nil when it is not among them.
func FindPlace(all []Place, id string) *Place {
	i, found := slices.BinarySearchFunc(all, id, func(p Place, id string) int { return cmp.Compare(p.ID, id) })
	if !found {
		return nil
	}
	return &all[i]
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
		if err := w.findTenant(tenant); err != nil {
			return err
		}
		return placeKind.putAll(w, kept,
			func(is, p *Place) bool {
				p.follow(is, w.time())
				return is.Equal(*p)
			},
			func(p *Place) Ref { return Ref{Tenant: tenant, Location: p.ID} },
			func(ref Ref) error {
				was := DefaultPlace(tenant, ref.Location)
				kept[slices.IndexFunc(kept, func(p Place) bool { return p.ID == ref.Location })].follow(&was, w.time())
				return w.open(ref)
			})
	})
	return result(kept, err, "set %d locations", len(set))
}

// follow notes what is to be seen of a place that was another one before.
func (p *Place) follow(was *Place, at time.Time) {
	p.Due, p.Before = was.Due, nil
	if !was.Due.IsZero() {
		p.Before = was.Before
	}
	if p.Active != was.Active || !slices.Equal(p.Channels, was.Channels) {
		p.Due, p.Before = at, slices.Concat(p.Before, was.Channels)
	}
	p.Before = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(p.Before))), func(channel string) bool {
		return len(p.Channels) > 0 && p.Serves(channel)
	})
	if len(p.Before) == 0 {
		p.Before = nil
	}
}

// PlacesDue returns places of all tenants whose served channels have changed and
// have not yet been processed, the longest due first. They are due from their write
// on, whatever the caller's clock says.
func (c *facts) PlacesDue(ctx context.Context, limit int) ([]Place, error) {
	return documents[Place]{c.core, &placeKind}.Due(ctx, time.UnixMilli(maxCount), limit)
}

// PlaceSeen notes that the place was processed. If the place was changed meanwhile, or
// somebody else has processed it, it is ErrStale.
func (c *facts) PlaceSeen(ctx context.Context, p Place) error {
	err := c.store.write(ctx, c.now, func(w *write) error { return placeKind.done(w, &p, 0) })
	return during(err, "note what location %q serves", p.ID)
}

var placeKind = documentKind[Place]{
	name: "place", title: "location",
	pack: func(p *Place) document {
		return document{tenant: p.Tenant, id: p.ID, due: millis(p.Due), seq: p.Revision}
	},
	unpack: func(d *document, p *Place) {
		p.Tenant, p.ID, p.Due, p.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
}

// readPlaces returns all known locations of the tenant with their facts, sorted
// by id.
func readPlaces(r *read, tenant string) ([]Place, error) {
	if !storable(tenant) {
		return nil, nil
	}
	ids, err := list(r, func(scan func(...any) error, id *string) error { return scan(id) },
		`SELECT id FROM {location} WHERE tenant = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	described, err := placeKind.list(r, tenant)
	if err != nil {
		return nil, err
	}
	all := make([]Place, len(ids))
	for i, id := range ids {
		if len(described) > 0 && described[0].ID == id {
			all[i], described = described[0], described[1:]
			continue
		}
		all[i] = DefaultPlace(tenant, id)
	}
	return all, nil
}
