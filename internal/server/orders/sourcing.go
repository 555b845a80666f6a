package orders

import (
	"math"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/server/kit"
)

// This file has how a reserve sets the rules for the choice of its locations, and how the
// choice is shown.

// Bounds of a sourcing.
const (
	maxRegions   = 100
	maxPlaces    = 1000
	maxShipments = 1000
)

func sourcing(f *kit.Form, r *holdfastv1.Sourcing) {
	if r == nil {
		return
	}
	f.OneOf("sourcing.strategy", r.Strategy, string(planning.Priority), string(planning.Nearest), string(planning.FewestShipments), string(planning.HighestAvailable), string(planning.Cheapest))
	f.OneOf("sourcing.split", r.Split, string(planning.SplitFreely), string(planning.SplitByLine), string(planning.SplitNever))
	f.OptionalID("sourcing.zone", r.Zone, kit.MaxZone)
	f.OptionalID("sourcing.pickup_location_id", r.PickupLocationId, kit.MaxLocation)
	f.IDs("sourcing.regions", r.Regions, maxRegions, kit.MaxZone)
	f.IDs("sourcing.locations", r.Locations, maxPlaces, kit.MaxLocation)
	if r.MaxShipments != nil {
		f.RequireRange("sourcing.max_shipments", int64(r.GetMaxShipments()), 1, maxShipments)
	}
	if r.PickupLocationId != "" && len(r.Regions)+len(r.Locations) > 0 {
		f.Refuse("sourcing.pickup_location_id", "excludes regions and locations: it alone may give")
	}
	destination(f, r.Destination)
}

func destination(f *kit.Form, d *holdfastv1.Destination) {
	if d == nil {
		return
	}
	point := d.Latitude != nil && d.Longitude != nil
	switch {
	case (d.Latitude != nil) != (d.Longitude != nil):
		f.Refuse("sourcing.destination", "latitude and longitude go together")
	case point == (d.LocationId != ""):
		f.Refuse("sourcing.destination", "must be a location_id, or latitude and longitude")
	case point && !(math.Abs(d.GetLatitude()) <= 90): // also of what is no number
		f.Refuse("sourcing.destination.latitude", "must be from -90 to 90")
	case point && !(math.Abs(d.GetLongitude()) <= 180):
		f.Refuse("sourcing.destination.longitude", "must be from -180 to 180")
	}
	f.OptionalID("sourcing.destination.location_id", d.LocationId, kit.MaxLocation)
}

// location requires a line's location, or none when the server chooses it.
func location(f *kit.Form, id string, chosen *holdfastv1.Sourcing) {
	f.OptionalID("location_id", id, kit.MaxLocation)
	if id != "" && chosen != nil {
		f.Refuse("location_id", "goes without sourcing, which chooses the location")
	}
}

// rulesOf are the rules of a request, nil when it has none.
func rulesOf(r *holdfastv1.Sourcing) *fulfil.Rules {
	if r == nil {
		return nil
	}
	rules := &fulfil.Rules{
		Strategy: planning.Strategy(r.Strategy), Split: planning.Split(r.Split),
		ToPlace: r.GetDestination().GetLocationId(), Zone: r.Zone, Pickup: r.PickupLocationId,
		Regions: r.Regions, Locations: r.Locations, MaxShipments: int(r.GetMaxShipments()),
	}
	if rules.Strategy == "" {
		rules.Strategy = planning.Priority
	}
	if rules.Split == "" {
		rules.Split = planning.SplitFreely
	}
	if d := r.GetDestination(); d != nil && d.Latitude != nil {
		rules.To = &planning.Point{Lat: d.GetLatitude(), Lon: d.GetLongitude()}
	}
	return rules
}

// ShortagesOf are the units that a reserve could not take.
func ShortagesOf(o *intake.Outcome) []*holdfastv1.Shortage {
	short := o.Event.Short
	if o.Chosen != nil {
		short = append(short[:len(short):len(short)], o.Chosen.Plan.Short...)
	}
	return kit.Shortages(short)
}

// PlanOf shows the choice for a reserve, and its kits.
func PlanOf(chosen *fulfil.Answer) (*holdfastv1.SourcingPlan, []*holdfastv1.ReservedKit) {
	if chosen == nil {
		return nil, nil
	}
	p := &chosen.Plan
	kits := make([]*holdfastv1.ReservedKit, len(p.Kits))
	for i, k := range p.Kits {
		kits[i] = &holdfastv1.ReservedKit{ProductId: k.Product, LocationId: k.Location, Quantity: int64(k.Qty)}
		for _, part := range k.Parts {
			kits[i].Components = append(kits[i].Components, &holdfastv1.ReservedComponent{ProductId: part.Product, Quantity: int64(part.Qty * k.Qty)})
		}
	}
	if !chosen.Sourced {
		return nil, kits
	}
	out := sourcingPlan(p)
	attempts := int32(chosen.Attempts)
	out.Attempts = &attempts
	return out, kits
}

func sourcingPlan(p *fulfil.Plan) *holdfastv1.SourcingPlan {
	out := &holdfastv1.SourcingPlan{Shipments: int32(p.Shipments)}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, &holdfastv1.SourcedLine{ProductId: l.Product, LocationId: l.Location, Quantity: int64(l.Qty)})
	}
	for _, r := range p.Reasons {
		out.Explanation = append(out.Explanation, &holdfastv1.SourcingReason{
			ProductId: r.Product, LocationId: r.Location, Code: string(r.Code), Sentence: r.Sentence,
		})
	}
	if p.Cost >= 0 {
		cost := p.Cost
		out.Cost = &cost
	}
	return out
}
