package outpost

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// onlineUnits are the units of an order of the centre that are still held, by product.
type onlineUnits map[string]stock.Qty

// centreOrder is an order that a till may take on, or keeps.
type centreOrder struct {
	units onlineUnits
	kept  bool
	seq   engine.Seq // the record that changed it last
}

// centreOrders are those of a till's location in one slot, by id.
type centreOrders map[string]centreOrder

// readOnline reads the orders of all slots: where the location is shows later.
func readOnline(ctx context.Context, slots []engine.Engine, s *CentreState) ([]centreOrders, error) {
	all := make([]centreOrders, len(slots))
	for i, e := range slots {
		var err error
		if all[i], err = readOrders(ctx, e, s); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readOrders(ctx context.Context, e engine.Engine, s *CentreState) (centreOrders, error) {
	orders, bucket := centreOrders{}, stock.BucketOf(s.Tenant, s.Location)
	_, err := e.ScanHolds(ctx, engine.HoldScan{Open: true, Bucket: &bucket}, func(row *engine.HoldRow) error {
		if row.Key.Tenant != s.Tenant {
			return nil
		}
		h, err := stock.DecodeHold(row.Key, row.Packed)
		if err != nil {
			return err
		}
		o, ok := onlineOf([]*stock.Hold{h}, s.Location, s.Till)
		if !ok {
			return nil
		}
		units := onlineUnits{}
		for _, l := range o.Lines {
			units[l.Product] += stock.Qty(l.Units)
		}
		orders[strings.Clone(o.ID)] = centreOrder{units: units, kept: o.Keeps, seq: row.Seq}
		return nil
	})
	return orders, err
}

// unchanged returns those of the orders that nothing has happened to since they were read: they
// are what they were when the centre's cursor was read in between.
func (o centreOrders) unchanged(ctx context.Context, e engine.Engine, s *CentreState) (centreOrders, error) {
	now, err := readOrders(ctx, e, s)
	if err != nil {
		return nil, err
	}
	same := centreOrders{}
	for id, is := range now {
		if was, ok := o[id]; ok && was.seq == is.seq {
			same[id] = is
		}
	}
	return same, nil
}

// addOnline notes what the till holds of an order of the centre after an event of its log.
func (b *tillBooks) addOnline(e *stock.Event) {
	id, ok := stock.OfCentre(e.Order)
	if !ok {
		return
	}
	units := maps.Clone(b.online[id])
	if units == nil {
		units = onlineUnits{}
	}
	for i := range e.Lines {
		l := &e.Lines[i].Line
		if delete(units, l.Item.Product); l.End == stock.Open {
			units[l.Item.Product] = l.Quantity()
		}
	}
	if b.online[id] = units; len(units) == 0 {
		delete(b.online, id)
	}
}

// compareOnline returns which orders one side keeps and the other does not. The till may hold an order
// that has changed or ended at the centre, or that another till keeps, until it has heard of that.
func compareOnline(there centreOrders, here map[string]onlineUnits) (faults []string) {
	for _, id := range slices.Sorted(maps.Keys(there)) {
		switch o := there[id]; {
		case o.kept && !maps.Equal(o.units, here[id]):
			faults = append(faults, fmt.Sprintf("order %q: the centre keeps %s for the till, and by the till's log it has accepted %s", id, o.units, here[id]))
		case !o.kept && maps.Equal(o.units, here[id]):
			faults = append(faults, fmt.Sprintf("order %q: by the till's log it has accepted %s, and the centre offers them to its tills", id, here[id]))
		}
	}
	return faults
}

// String is the units as people read them.
func (u onlineUnits) String() string {
	if len(u) == 0 {
		return "nothing"
	}
	var parts []string
	for _, product := range slices.Sorted(maps.Keys(u)) {
		parts = append(parts, fmt.Sprintf("%d of %q", u[product], product))
	}
	return strings.Join(parts, ", ")
}
