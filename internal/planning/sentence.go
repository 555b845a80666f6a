package planning

import (
	"fmt"
	"strings"
)

// String says the reason as an English sentence.
func (r Reason) String() string {
	switch r.Code {
	case Chosen:
		return r.chosen()
	case Inactive:
		return fmt.Sprintf("%s is not active.", r.LocationID)
	case NotServingChannel:
		return fmt.Sprintf("%s does not serve the channel of the order.", r.LocationID)
	case ClosedForOnline:
		return fmt.Sprintf("%s is closed for online orders.", r.LocationID)
	case NoLane:
		return fmt.Sprintf("%s has no lane to where the order goes, so nobody knows what it costs from there.", r.LocationID)
	case NotPickupPoint:
		return fmt.Sprintf("%s is not %s, where the customer fetches the order.", r.LocationID, r.Than)
	case NothingThere:
		return fmt.Sprintf("%s has no %s.", r.LocationID, r.Product)
	case TooLittleForWholeLine:
		return fmt.Sprintf("%s has %d of %d %s, and a line is not split.", r.source(), r.Available, r.Wanted, r.Product)
	case TooLittleForWholeOrder:
		return fmt.Sprintf("%s has %d of %d %s, and the order is not split.", r.source(), r.Available, r.Wanted, r.Product)
	case OverCapacity:
		return fmt.Sprintf("%s has room for %d units more, too few to give %s.", r.source(), r.Left, r.Product)
	case LessAvailable:
		return fmt.Sprintf("%s gives no %s: it has %d units of what is ordered, %s has %d.", r.LocationID, r.Product, r.Has, r.Than, r.ThanHas)
	case LowerPriority:
		return fmt.Sprintf("%s gives no %s: its priority %d comes after %d of %s.", r.LocationID, r.Product, r.Priority, r.ThanPriority, r.Than)
	case Farther:
		return fmt.Sprintf("%s gives no %s: it is %.1f km away, %s %.1f km.", r.LocationID, r.Product, r.Km, r.Than, r.ThanKm)
	case NoCoordinates:
		return fmt.Sprintf("%s gives no %s: nobody knows where it is, and %s is %.1f km away.", r.LocationID, r.Product, r.Than, r.ThanKm)
	case CostsMore:
		if r.ShipmentCost > 0 {
			return fmt.Sprintf("%s gives no %s: a shipment from there would cost %d by itself.", r.LocationID, r.Product, r.ShipmentCost)
		}
		return fmt.Sprintf("%s gives no %s: a unit costs %d from there, %d from %s.", r.LocationID, r.Product, r.Cost, r.ThanCost, r.Than)
	}
	return r.notNeeded()
}

func (r Reason) chosen() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s gives %d of %d %s", r.LocationID, r.Qty, r.Wanted, r.Product)
	if r.Km > 0 {
		fmt.Fprintf(&b, ", %.1f km away", r.Km)
	}
	if r.Cost > 0 {
		fmt.Fprintf(&b, ", at %d a unit", r.Cost)
	}
	b.WriteByte('.')
	return b.String()
}

func (r Reason) notNeeded() string {
	if r.Than == "" {
		return fmt.Sprintf("%s gives no %s: it is not needed.", r.LocationID, r.Product)
	}
	shipments := "shipments"
	if r.Shipments == 1 {
		shipments = "shipment"
	}
	return fmt.Sprintf("%s gives no %s: %s has it, and %d %s will do.", r.LocationID, r.Product, r.Than, r.Shipments, shipments)
}

// source is the source that the figures of TooLittle… and OverCapacity are about.
func (r Reason) source() string {
	if r.Region == "" {
		return r.LocationID
	}
	return "region " + r.Region
}
