package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Sourcing says how the locations of an order are chosen.
type Sourcing struct {
	Strategy Strategy // ByPriority when empty
	Split    Split    // SplitFreely when empty
	// Latitude and Longitude are where the order is sent to. Destination is a location
	// in place of them. Nearest needs one of the two.
	Latitude, Longitude *float64
	Destination         string
	Zone                string // whose lanes count
	Pickup              string // the location where the customer fetches it; only its units may be used
	// Regions and Locations are where the units may come from; with both empty, from
	// anywhere.
	Regions, Locations []string
	MaxShipments       int // from how many locations at most; 0: any
}

// Strategy is how locations are chosen.
type Strategy string

// The strategies.
const (
	ByPriority       Strategy = "priority"
	Nearest          Strategy = "nearest"
	FewestShipments  Strategy = "fewest_shipments"
	HighestAvailable Strategy = "highest_available"
	Cheapest         Strategy = "cheapest"
)

// Split says how far an order may be divided among locations.
type Split string

// The splits.
const (
	SplitFreely Split = "allow"
	SplitByLine Split = "lines"
	SplitNever  Split = "never"
)

// SourcingPlan is what was chosen.
type SourcingPlan struct {
	Lines []SourcedLine
	// Explanation says why a location supplies a product: each location that does, and
	// some of the others.
	Explanation []SourcingReason
	Shipments   int   // how many locations give
	Cost        int64 // by the lanes, when Costed
	Costed      bool
	Attempts    int // how often it was chosen
}

// SourcedLine is what one location supplies.
type SourcedLine struct {
	ProductID, LocationID string
	Quantity              int64
}

// SourcingReason is why a location supplies a product, or does not.
type SourcingReason struct {
	ProductID, LocationID string
	Code                  string
	Sentence              string
}

// ReservedKit is a line of a Reserve whose product is a kit.
type ReservedKit struct {
	ProductID  string
	LocationID string // empty when its locations were chosen
	Quantity   int64  // kits
	Components []Component
}

func (s *Sourcing) message() *holdfastv1.Sourcing {
	if s == nil {
		return nil
	}
	m := &holdfastv1.Sourcing{
		Strategy: string(s.Strategy), Split: string(s.Split), Zone: s.Zone, PickupLocationId: s.Pickup,
		Regions: s.Regions, Locations: s.Locations,
	}
	if s.Latitude != nil || s.Longitude != nil || s.Destination != "" {
		m.Destination = &holdfastv1.Destination{Latitude: s.Latitude, Longitude: s.Longitude, LocationId: s.Destination}
	}
	if s.MaxShipments != 0 {
		most := int32(s.MaxShipments)
		m.MaxShipments = &most
	}
	return m
}

func sourcingPlanOf(m *holdfastv1.SourcingPlan) *SourcingPlan {
	if m == nil {
		return nil
	}
	return &SourcingPlan{
		Shipments: int(m.GetShipments()), Cost: m.GetCost(), Costed: m.Cost != nil, Attempts: int(m.GetAttempts()),
		Lines: mapAll(m.GetLines(), func(l *holdfastv1.SourcedLine) SourcedLine {
			return SourcedLine{l.GetProductId(), l.GetLocationId(), l.GetQuantity()}
		}),
		Explanation: mapAll(m.GetExplanation(), func(r *holdfastv1.SourcingReason) SourcingReason {
			return SourcingReason{r.GetProductId(), r.GetLocationId(), r.GetCode(), r.GetSentence()}
		}),
	}
}

func reservedKitsOf(list []*holdfastv1.ReservedKit) []ReservedKit {
	return mapAll(list, func(m *holdfastv1.ReservedKit) ReservedKit {
		return ReservedKit{
			ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Quantity: m.GetQuantity(),
			Components: mapAll(m.GetComponents(), func(c *holdfastv1.ReservedComponent) Component {
				return Component{ProductID: c.GetProductId(), Quantity: c.GetQuantity()}
			}),
		}
	})
}

// Cart is what the caller asks about before reserving it.
type Cart struct {
	Items     []Item // 1 to 500
	ChannelID string // the shared pool only when empty
	// OrderID names an order that may hold the cart or a part of it: its holds count as free.
	OrderID string
	// CustomerID is the customer who would order, for the limits of a campaign.
	CustomerID string
	// Sourcing lets the server choose the locations; then lines name none.
	Sourcing *Sourcing
}

// Confirmation is the answer to a Cart.
type Confirmation struct {
	Confirmed bool // a Reserve of the whole cart would be granted now
	Items     []ConfirmedItem
	// Plan is where the units would come from, with Sourcing and when all are there.
	Plan *SourcingPlan
}

// ConfirmedItem is the answer for one line.
type ConfirmedItem struct {
	ProductID  string
	LocationID string
	Requested  int64
	// Available is what this line alone could have. It has a meaning only when Tracked;
	// otherwise there is always enough.
	Available   int64
	Tracked     bool
	Confirmed   bool
	Reason      string // why not, such as "insufficient_stock"
	Explanation string // the same as a sentence
}

// ConfirmAvailability asks whether a whole cart could be reserved now. Nothing
// is held.
func (c *Client) ConfirmAvailability(ctx context.Context, cart Cart) (*Confirmation, error) {
	q := &holdfastv1.ConfirmAvailabilityRequest{ChannelId: cart.ChannelID, OrderId: cart.OrderID, CustomerId: cart.CustomerID, Sourcing: cart.Sourcing.message()}
	for _, it := range cart.Items {
		q.Items = append(q.Items, &holdfastv1.ConfirmAvailabilityItem{
			ProductId: it.ProductID, LocationId: it.LocationID, Quantity: it.Quantity, QuantityDecimal: it.Decimal, Lot: it.Lot,
		})
	}
	return askOne(ctx, c.caller, "confirm_availability", c.orders.ConfirmAvailability, q, func(m *holdfastv1.ConfirmAvailabilityResponse) Confirmation {
		return Confirmation{Confirmed: m.GetConfirmed(), Plan: sourcingPlanOf(m.GetPlan()), Items: mapAll(m.GetItems(), confirmedItemOf)}
	})
}

func confirmedItemOf(m *holdfastv1.ConfirmedItem) ConfirmedItem {
	return ConfirmedItem{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Requested: m.GetRequested(),
		Available: m.GetAvailable(), Tracked: m.Available != nil, Confirmed: m.GetConfirmed(),
		Reason: m.GetReason(), Explanation: m.GetExplanation(),
	}
}
