package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Lane is what it costs to send from a location to a zone, in the smallest
// units of the tenant's money. A zone is an id that the tenant chooses and
// orders name; the id of a region may serve as one.
type Lane struct {
	Tenant      string `json:"-"`
	Location    string `json:"location"`
	Zone        string `json:"zone,omitempty"`    // 0 to 63 bytes; "" is everywhere that has no lane of its own
	PerUnit     int64  `json:"cost_per_unit"`     // 0 to MaxCost
	PerShipment int64  `json:"cost_per_shipment"` // 0 to MaxCost, once for each shipment
}

// MaxCost bounds a cost: the most that sourcing can compare without a sum that
// leaves int64 (planning.MaxCost).
const MaxCost = 1 << 30

// LaneKey names a lane of a tenant.
type LaneKey struct{ Location, Zone string }

// id is the lane's within the tenant; no id has a slash.
func (k LaneKey) id() string { return k.Location + "/" + k.Zone }

func (l Lane) key() LaneKey { return LaneKey{l.Location, l.Zone} }

func (k LaneKey) check() error {
	if err := checkID("location_id", k.Location, maxLocation); err != nil {
		return err
	}
	if k.Zone == "" {
		return nil
	}
	return checkID("zone", k.Zone, maxZone)
}

func (l Lane) check() error {
	if err := l.key().check(); err != nil {
		return err
	}
	for _, cost := range []struct {
		field string
		value int64
	}{{"cost_per_unit", l.PerUnit}, {"cost_per_shipment", l.PerShipment}} {
		if cost.value < 0 || cost.value > MaxCost {
			return &InvalidError{Field: cost.field, Reason: "must be 0 to 2^30"}
		}
	}
	return nil
}

// CompareLanes orders lanes by location and zone.
func CompareLanes(a, b Lane) int {
	return cmp.Or(strings.Compare(a.Location, b.Location), strings.Compare(a.Zone, b.Zone))
}

// Lanes returns the lanes of a tenant, sorted by location and zone. They come
// from memory as those of Places do.
func (c *facts) Lanes(ctx context.Context, tenant string) ([]Lane, error) {
	return c.lanes.get(ctx, tenant)
}

// SetLanes sets 1 to MaxSet lanes of known locations, all or none of them;
// other lanes stay as they are. One that is there with the same costs is not
// written again.
func (c *facts) SetLanes(ctx context.Context, tenant string, set []Lane) error {
	set, err := checkRows("lanes", set, func(l Lane) (Lane, LaneKey, error) {
		l.Tenant = tenant
		return l, l.key(), l.check()
	}, &InvalidError{Field: "zone", Reason: "is given twice for this location"})
	if err != nil {
		return err
	}
	err = c.store.write(ctx, c.now, func(w *write) error {
		return laneKind.putAll(w, set, func(is, l *Lane) bool { return *is == *l },
			func(l *Lane) Ref { return Ref{Tenant: tenant, Location: l.Location} }, w.mustKnow)
	})
	return during(err, "set %d lanes", len(set))
}

// DropLane takes a lane away. One that was taken away already is no change;
// one that never was is ErrUnknown.
func (c *facts) DropLane(ctx context.Context, tenant string, key LaneKey) error {
	err := key.check()
	if err == nil {
		err = documents[Lane]{c.core, &laneKind}.drop(ctx, tenant, key.id())
	}
	return during(err, "drop the lane from %q to %q", key.Location, key.Zone)
}

var laneKind = documentKind[Lane]{
	name: "lane", title: "lane",
	pack:   func(l *Lane) document { return document{tenant: l.Tenant, id: l.key().id()} },
	unpack: func(d *document, l *Lane) { l.Tenant = d.tenant },
}

// readLanes returns the lanes of a tenant, sorted by location and zone.
func readLanes(r *read, tenant string) ([]Lane, error) {
	all, err := laneKind.list(r, tenant)
	slices.SortFunc(all, CompareLanes)
	return all, err
}
