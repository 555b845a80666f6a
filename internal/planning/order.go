package planning

import (
	"math/bits"

	"holdfast.dev/holdfast/internal/stock"
)

// Line is a number of units of a product: what an order asks for, or what a
// kit needs.
type Line struct {
	Product string
	Qty     stock.Qty
}

// Order is what is to be sourced, and how.
type Order struct {
	Lines    []Line // each product once, 1..MaxLines
	Strategy Strategy
	Split    Split
	To       *Point // where it goes; Nearest needs it, the others use it among equals; nil: not known
	Pickup   string // the location where the customer fetches it; only that one may give
}

// Strategy is how the locations of an order are chosen. Every strategy first
// fills as much of the order as the locations and the split rule allow.
type Strategy string

const (
	// Priority takes from the location with the smallest priority number.
	Priority Strategy = "priority"
	// Nearest takes from the location nearest to the customer.
	Nearest Strategy = "nearest"
	// FewestShipments uses as few locations as possible. Of several such sets it takes the
	// one with the smallest sum of priorities, then the shortest sum of distances, then the
	// location that ranks first.
	FewestShipments Strategy = "fewest_shipments"
	// HighestAvailable takes from the location that has most units of the ordered products,
	// all lines together.
	HighestAvailable Strategy = "highest_available"
	// Cheapest makes the sum of unit and shipment costs as small as possible.
	Cheapest Strategy = "cheapest"
)

// isByRank reports whether locations simply give in the order of rank, without a search.
func (s Strategy) isByRank() bool {
	return s == Priority || s == Nearest || s == HighestAvailable
}

// Split is how far an order may be divided over sources. A source is a region, if its
// locations are pooled, else a location. A part that may not be divided comes whole or not
// at all.
type Split string

const (
	// SplitFreely lets lines and the quantities in them come from several sources.
	SplitFreely Split = "allow"
	// SplitByLine lets every line come from another source, but whole.
	SplitByLine Split = "lines"
	// SplitNever lets the whole order come from one source only.
	SplitNever Split = "never"
)

// Location is a candidate for an order, with what it could give.
type Location struct {
	ID       string
	Region   string // locations of one region are one source (Split); "" is alone
	Priority int    // smaller goes first, 0..MaxPriority
	At       *Point // nil: not known, then it comes after all others by distance
	// Closed is why it may give nothing to this order: Inactive,
	// NotServingChannel, ClosedForOnline or NoLane. Empty means it may.
	Closed       Code
	Offers       []Offer   // one per line of the order
	ShipmentCost Cost      // once, if anything of the order leaves from here
	Capped       bool      // it handles at most Capacity units of this order
	Capacity     stock.Qty // over all lines
}

// Offer is what a location could give to one line.
type Offer struct {
	Available stock.Qty // what the ledger says may be had there for the order's channel
	UnitCost  Cost      // to bring one unit from here to the customer
}

// Cost is money in its smallest unit, as the caller counts it.
type Cost int64

// Bounds of one order. They keep every sum within int64 and the time for a
// plan within reason.
const (
	MaxLines     = 2000 // what one reserve call takes (docs/protocol/api.md)
	MaxLocations = 1000
	MaxOffers    = 1 << 16 // lines times locations; with more, leave far locations out first
	MaxPriority  = 1_000_000
	MaxCost      = 1 << 30 // of a unit, or of a shipment
)

// maxTotal bounds the cost of a whole order.
const maxTotal = 1 << 62

// check returns what is wrong with the order and its candidates. seen is
// cleared and used.
func check(o Order, locations []Location, seen map[string]int) error {
	if err := o.check(seen); err != nil {
		return err
	}
	if len(locations) > MaxLocations || len(locations)*len(o.Lines) > MaxOffers {
		return invalid("%d lines at %d locations, at most %d locations and %d offers", len(o.Lines), len(locations), MaxLocations, MaxOffers)
	}
	clear(seen)
	var dearest Cost
	var shipments Cost
	for i := range locations {
		l := &locations[i]
		if _, twice := seen[l.ID]; twice || l.ID == "" {
			return invalid("location %q is there twice, or has no id", l.ID)
		}
		seen[l.ID] = i
		if err := l.check(len(o.Lines)); err != nil {
			return err
		}
		shipments += l.ShipmentCost
		for _, offer := range l.Offers {
			dearest = max(dearest, offer.UnitCost)
		}
	}
	var units stock.Qty
	for _, l := range o.Lines {
		units += l.Qty
	}
	if hi, lo := bits.Mul64(uint64(units), uint64(dearest)); hi > 0 || lo > maxTotal-uint64(shipments) {
		return invalid("%d units at up to %d each cost more than can be counted", units, dearest)
	}
	if _, known := seen[o.Pickup]; o.Pickup != "" && !known {
		return invalid("pickup at %q, which is not among the locations", o.Pickup)
	}
	return nil
}

func (o Order) check(seen map[string]int) error {
	switch o.Strategy {
	case Priority, Nearest, FewestShipments, HighestAvailable, Cheapest:
	default:
		return invalid("strategy %q, want priority, nearest, fewest_shipments, highest_available or cheapest", o.Strategy)
	}
	switch o.Split {
	case SplitFreely, SplitByLine, SplitNever:
	default:
		return invalid("split %q, want allow, lines or never", o.Split)
	}
	if o.To == nil && o.Strategy == Nearest && o.Pickup == "" {
		return invalid("nearest, but nobody says where the order goes")
	}
	if o.To != nil && !o.To.valid() {
		return invalid("the order goes to %v, want latitude -90..90 and longitude -180..180", *o.To)
	}
	if len(o.Lines) == 0 || len(o.Lines) > MaxLines {
		return invalid("%d lines, want 1 to %d", len(o.Lines), MaxLines)
	}
	clear(seen)
	var sum stock.Qty
	for _, l := range o.Lines {
		if l.Qty < 1 || l.Qty > stock.MaxQty {
			return invalid("%d of %q, want 1 to %d", l.Qty, l.Product, stock.MaxQty)
		}
		if _, twice := seen[l.Product]; twice || l.Product == "" {
			return invalid("product %q is in two lines, or has no id: add them up first", l.Product)
		}
		seen[l.Product] = 0
		if sum += l.Qty; sum > stock.MaxQty {
			return invalid("the lines ask for more than %d units", stock.MaxQty)
		}
	}
	return nil
}

func (l *Location) check(lines int) error {
	switch {
	case l.Closed != "" && l.Closed != Inactive && l.Closed != NotServingChannel && l.Closed != ClosedForOnline && l.Closed != NoLane:
		return invalid("location %q is closed for %q, which is no reason a caller gives", l.ID, l.Closed)
	case l.At != nil && !l.At.valid():
		return invalid("location %q is at %v, want latitude -90..90 and longitude -180..180", l.ID, *l.At)
	case l.Priority < 0 || l.Priority > MaxPriority:
		return invalid("location %q has priority %d, want 0 to %d", l.ID, l.Priority, MaxPriority)
	case l.ShipmentCost < 0 || l.ShipmentCost > MaxCost:
		return invalid("a shipment from location %q costs %d, want 0 to %d", l.ID, l.ShipmentCost, MaxCost)
	case l.Capped && outOfRange(l.Capacity):
		return invalid("location %q has capacity %d, want 0 to %d", l.ID, l.Capacity, stock.MaxQty)
	case len(l.Offers) != lines:
		return invalid("location %q has %d offers for %d lines", l.ID, len(l.Offers), lines)
	}
	for i, offer := range l.Offers {
		if outOfRange(offer.Available) {
			return invalid("location %q offers %d in line %d, want 0 to %d", l.ID, offer.Available, i, stock.MaxQty)
		}
		if offer.UnitCost < 0 || offer.UnitCost > MaxCost {
			return invalid("a unit of line %d from location %q costs %d, want 0 to %d", i, l.ID, offer.UnitCost, MaxCost)
		}
	}
	return nil
}
