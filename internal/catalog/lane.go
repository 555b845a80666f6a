package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Lane is what it costs to send from a location to a zone, in the smallest
// units of the tenant's money. A zone is an id that the tenant chooses and
// orders name; the id of a region may serve as one.
type Lane struct {
	Tenant      string
	Location    string
	Zone        string // 0 to 63 bytes; "" is everywhere that has no lane of its own
	PerUnit     int64  // 0 to MaxCost
	PerShipment int64  // 0 to MaxCost, once for each shipment
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

// lanes is what a tenant has of them, sorted by location and zone.
type lanes []Lane

// Lanes returns the lanes of a tenant, sorted by location and zone. They come
// from memory as those of Places do.
func (c *Catalog) Lanes(ctx context.Context, tenant string) ([]Lane, error) {
	if err := c.fresh(ctx); err != nil {
		return nil, err
	}
	all, err := c.lanes.get(ctx, tenant, func(ctx context.Context) (all lanes, err error) {
		err = c.store.look(ctx, func(r *read) error {
			all, err = r.lanesOf(tenant)
			return err
		})
		return all, err
	})
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	return all, nil
}

// SetLanes sets 1 to MaxSet lanes of known locations, all or none of them;
// other lanes stay as they are. One that is there with the same costs is not
// written again.
func (c *Catalog) SetLanes(ctx context.Context, tenant string, set []Lane) error {
	if err := checkCount("lanes", len(set)); err != nil {
		return err
	}
	seen := make(map[LaneKey]bool, len(set))
	for i, l := range set {
		if err := l.check(); err != nil {
			return rowError(i, err)
		}
		if seen[l.key()] {
			return rowError(i, &InvalidError{Field: "zone", Reason: "is given twice for this location"})
		}
		seen[l.key()] = true
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		for i, l := range set {
			l.Tenant = tenant
			if err := w.setLane(l); err != nil {
				return rowError(i, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set %d lanes: %w", len(set), err)
	}
	return nil
}

// DropLane takes a lane away. One that was taken away already is no change;
// one that never was is ErrUnknown.
func (c *Catalog) DropLane(ctx context.Context, tenant string, key LaneKey) error {
	err := key.check()
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error {
			is, found, err := w.lane(tenant, key.id())
			switch {
			case err != nil:
				return err
			case !found:
				return &UnknownError{What: "lane", ID: key.id()}
			case is.gone:
				return nil
			}
			return w.putLane(laneRow{Lane: Lane{Tenant: tenant, Location: key.Location, Zone: key.Zone}, gone: true}, false)
		})
	}
	if err != nil {
		return fmt.Errorf("drop the lane from %q to %q: %w", key.Location, key.Zone, err)
	}
	return nil
}

// setLane stores a lane if it has other costs.
func (w *write) setLane(l Lane) error {
	is, found, err := w.lane(l.Tenant, l.key().id())
	if err != nil || found && is == (laneRow{Lane: l}) {
		return err
	}
	if !found {
		k, err := w.knowledge(Ref{Tenant: l.Tenant, Location: l.Location})
		if err != nil {
			return err
		}
		if !k.Location {
			return &UnknownError{What: "location", ID: l.Location}
		}
	}
	return w.putLane(laneRow{Lane: l}, !found)
}

// laneRow is a lane in its table. One that was dropped stays there, so that
// the log has its row.
type laneRow struct {
	Lane
	gone bool
}

// laneBody is a lane in the log.
type laneBody struct {
	Location    string `json:"location"`
	Zone        string `json:"zone,omitempty"`
	PerUnit     int64  `json:"cost_per_unit"`
	PerShipment int64  `json:"cost_per_shipment"`
	Gone        bool   `json:"gone,omitempty"`
}

func (l laneRow) body() any {
	return laneBody{l.Location, l.Zone, l.PerUnit, l.PerShipment, l.gone}
}

const laneColumns = `location, zone, per_unit, per_shipment, gone`

func scanLane(scan func(...any) error, l *laneRow) error {
	return scan(&l.Location, &l.Zone, &l.PerUnit, &l.PerShipment, &l.gone)
}

func (r *read) lane(tenant, id string) (laneRow, bool, error) {
	if !storable(tenant) || !storable(id) {
		return laneRow{}, false, nil
	}
	rows, err := list(r, scanLane, `SELECT `+laneColumns+` FROM {lane} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return laneRow{}, false, err
	}
	rows[0].Tenant = tenant
	return rows[0], true, nil
}

func (r *read) lanesOf(tenant string) (lanes, error) {
	if !storable(tenant) {
		return nil, nil
	}
	rows, err := list(r, scanLane, `SELECT `+laneColumns+` FROM {lane} WHERE tenant = ?`, tenant)
	if err != nil {
		return nil, err
	}
	all := make(lanes, 0, len(rows))
	for _, row := range rows {
		if !row.gone {
			row.Tenant = tenant
			all = append(all, row.Lane)
		}
	}
	slices.SortFunc(all, CompareLanes)
	return all, nil
}

func (w *write) putLane(l laneRow, fresh bool) error {
	kind := KindLaneSet
	if l.gone {
		kind = KindLaneDropped
	}
	seq, err := w.log(l.Tenant, kind, l.key().id(), l.body())
	if err != nil {
		return err
	}
	if fresh {
		w.insert(`{lane} (`+laneColumns+`, tenant, id, seq)`,
			l.Location, l.Zone, l.PerUnit, l.PerShipment, l.gone, l.Tenant, l.key().id(), seq)
		return nil
	}
	return w.exec(`UPDATE {lane} SET per_unit = ?, per_shipment = ?, gone = ?, seq = ? WHERE tenant = ? AND id = ?`,
		l.PerUnit, l.PerShipment, l.gone, seq, l.Tenant, l.key().id())
}
