package server

import (
	"context"
	"errors"
	"math"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has what a reserve does when its locations are to be chosen, or
// when it names kits.

// Orders carries out calls about orders that need a choice. A *fulfil.Orders
// is one.
type Orders interface {
	// HasKits says whether any of the products is a kit. It is asked for every
	// reserve.
	HasKits(ctx context.Context, tenant string, products []string) (bool, error)
	// Parts is what one unit of a kit is made of, nil for a plain product.
	Parts(ctx context.Context, tenant, product string) ([]planning.Line, error)
	// Reserve chooses and holds. There is an answer beside an error too.
	Reserve(ctx context.Context, r fulfil.Reserve) (*fulfil.Answer, error)
	// Part releases or deducts a kit of an order; false when it has none such.
	Part(ctx context.Context, p fulfil.Part) (*fulfil.Parted, bool, error)
	// Confirm says whether a reserve of a cart would be granted.
	Confirm(ctx context.Context, cart fulfil.Cart) ([]fulfil.Verdict, *fulfil.Plan, error)
}

// Bounds of a sourcing.
const (
	maxRegions   = 100
	maxPlaces    = 1000
	maxShipments = 1000
)

func (f *form) sourcing(r *holdfastv1.Sourcing) {
	if r == nil {
		return
	}
	f.oneOf("sourcing.strategy", r.Strategy, string(planning.Priority), string(planning.Nearest), string(planning.FewestShipments), string(planning.Cheapest))
	f.oneOf("sourcing.split", r.Split, string(planning.SplitFreely), string(planning.SplitByLine), string(planning.SplitNever))
	f.optionalID("sourcing.zone", r.Zone, maxZone)
	f.optionalID("sourcing.pickup_location_id", r.PickupLocationId, maxLocation)
	f.ids("sourcing.regions", r.Regions, maxRegions, maxZone)
	f.ids("sourcing.locations", r.Locations, maxPlaces, maxLocation)
	if r.MaxShipments != nil {
		f.within("sourcing.max_shipments", int64(r.GetMaxShipments()), 1, maxShipments)
	}
	if r.PickupLocationId != "" && len(r.Regions)+len(r.Locations) > 0 {
		f.refuse("sourcing.pickup_location_id", "excludes regions and locations: it alone may give")
	}
	f.destination(r.Destination)
}

func (f *form) ids(field string, list []string, most, bytes int) {
	if len(list) > most {
		f.refuse(field, "must have at most "+itoa(most)+" elements")
		return
	}
	for i, id := range list {
		f.id(field+"["+itoa(i)+"]", id, bytes)
	}
}

func (f *form) destination(d *holdfastv1.Destination) {
	if d == nil {
		return
	}
	point := d.Latitude != nil && d.Longitude != nil
	switch {
	case (d.Latitude != nil) != (d.Longitude != nil):
		f.refuse("sourcing.destination", "latitude and longitude go together")
	case point == (d.LocationId != ""):
		f.refuse("sourcing.destination", "must be a location_id, or latitude and longitude")
	case point && !(math.Abs(d.GetLatitude()) <= 90): // also of what is no number
		f.refuse("sourcing.destination.latitude", "must be from -90 to 90")
	case point && !(math.Abs(d.GetLongitude()) <= 180):
		f.refuse("sourcing.destination.longitude", "must be from -180 to 180")
	}
	f.optionalID("sourcing.destination.location_id", d.LocationId, maxLocation)
}

// location wants a line's location, or none where it is to be chosen.
func (f *form) location(id string, chosen *holdfastv1.Sourcing) {
	f.optionalID("location_id", id, maxLocation)
	if id != "" && chosen != nil {
		f.refuse("location_id", "goes without sourcing, which chooses the location")
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

// kitted is a write that may name kits.
type kitted interface{ products() []string }

func (w reserveWrite) products() []string {
	if len(w.Items) == 0 {
		return []string{w.ProductId}
	}
	all := make([]string, len(w.Items))
	for i, it := range w.Items {
		all[i] = it.ProductId
	}
	return all
}

func (w releaseWrite) products() []string { return named(w.ProductId) }
func (w deductWrite) products() []string  { return named(w.ProductId) }

func named(product string) []string {
	if product == "" {
		return nil
	}
	return []string{product}
}

// chooses reports whether a write is not for the books alone: locations are to
// be chosen, or it names a kit.
func (s *Server) chooses(ctx context.Context, c *call, w write) (bool, error) {
	r, reserve := w.(reserveWrite)
	if s.orders == nil {
		if reserve && r.Sourcing != nil {
			return false, invalid("sourcing", "this server chooses no locations")
		}
		return false, nil
	}
	if reserve && r.Sourcing != nil {
		return true, nil
	}
	k, ok := w.(kitted)
	if !ok {
		return false, nil
	}
	products := k.products()
	if len(products) == 0 {
		return false, nil
	}
	kits, err := s.orders.HasKits(ctx, c.tenant, products)
	if !reserve {
		// What is held is for the books to say, also while the catalog does not
		// answer; a kit is looked for where they do not know the line.
		return kits && err == nil, nil
	}
	return kits, err
}

// choose carries out a write that chooses.
func (s *Server) choose(ctx context.Context, c *call, j *job, command stock.Command) {
	p, ok := command.(stock.Place)
	if !ok {
		if !s.partOfKit(ctx, c, j, command) {
			t := trip{Server: s, call: c, jobs: []job{*j}}
			t.add(0, ledger.Request{Command: command, Key: j.key})
			t.submit(ctx)
			*j = t.jobs[0]
			if refusal := (*stock.Refusal)(nil); ofLot(command) && errors.As(j.err, &refusal) && refusal.Code == stock.NotFound {
				j.err = invalid("lot", "goes without kits: name the component that is of the lot")
			}
		}
		return
	}
	if p.Ahead {
		j.err = invalid("accept_promised", "goes without sourcing and kits: what an order waits for is reserved where it will arrive")
		return
	}
	if slices.ContainsFunc(p.Lines, func(l stock.Demand) bool { return l.Lot != "" }) {
		j.err = invalid("lot", "goes without sourcing and kits: reserve the lot's product at its location")
		return
	}
	w := j.write.(reserveWrite)
	r := fulfil.Reserve{
		Order: p.Order, Channel: p.Channel, Customer: p.Customer, TTL: p.TTL, Partial: p.Partial, Note: p.Note, Key: j.key,
		Rules: rulesOf(w.Sourcing), Lines: make([]fulfil.Line, len(p.Lines)),
	}
	for i, l := range p.Lines {
		r.Lines[i] = fulfil.Line{Product: l.Item.Product, Location: l.Item.Location, Qty: l.Qty}
		if r.Rules == nil {
			continue
		}
		r.Lines[i].Location = ""
		if !j.known[i].Product {
			j.err = refuse(codeNotFound, "product %q is not known", l.Item.Product)
			return
		}
	}
	s.underKey(c, j, command, func() error {
		var err error
		j.chosen, err = s.orders.Reserve(ctx, r)
		j.result = j.chosen.Result
		return err
	})
	j.known = nil // the components may have units where the kits have none
}

// underKey does what the job is about, noted among what runs under its key.
func (s *Server) underKey(c *call, j *job, command stock.Command, do func() error) {
	requests := []ledger.Request{{Command: command, Key: j.key}}
	first := s.running.begin(c.tenant, requests)
	results := []ledger.Result{{Err: do()}}
	s.running.end(c.tenant, requests, results, first)
	j.err = results[0].Err
}

// maybeKit reports whether the books do not know the line that a job is about:
// the product may have been a kit when it was reserved.
func (s *Server) maybeKit(j *job) bool {
	if s.orders == nil || j.err == nil {
		return false
	}
	k, ok := j.write.(kitted)
	if _, reserve := j.write.(reserveWrite); !ok || reserve || len(k.products()) == 0 {
		return false
	}
	var refusal *stock.Refusal
	return errors.As(j.err, &refusal) && refusal.Code == stock.NotFound
}

// ofLot reports whether a release or deduct names a lot.
func ofLot(command stock.Command) bool {
	switch c := command.(type) {
	case stock.Release:
		return c.Item.Lot != ""
	case stock.Confirm:
		return c.Item.Lot != ""
	}
	return false
}

// partOfKit releases or deducts a kit. It reports false, and leaves the job as
// it is, when the order has no such kit.
func (s *Server) partOfKit(ctx context.Context, c *call, j *job, command stock.Command) bool {
	if ofLot(command) {
		return false // a kit is of no lot
	}
	p := fulfil.Part{Op: command.Op(), Key: j.key}
	var named string // the location
	switch w := command.(type) {
	case stock.Release:
		p.Order, p.Product, p.Location, p.Qty, p.Note = w.Order, w.Item.Product, w.Item.Location, w.Qty, w.Note
		named = j.write.(releaseWrite).LocationId
	case stock.Confirm:
		p.Order, p.Product, p.Location, p.Qty, p.Note = w.Order, w.Item.Product, w.Item.Location, w.Qty, w.Note
		named = j.write.(deductWrite).LocationId
	}
	p.Anywhere = named == ""
	found := false
	was := j.err
	s.underKey(c, j, command, func() error {
		parted, kit, err := s.orders.Part(ctx, p)
		if found = kit || err != nil; parted == nil {
			return err
		}
		j.result = ledger.Result{Event: parted.Event, At: parted.At, Replayed: parted.Replayed}
		j.beside = parted.Positions
		return err
	})
	if !found {
		j.err = was
		return false
	}
	j.known = nil
	return true
}

// shortages are what a reserve could not take.
func (j *job) shortages() []*holdfastv1.Shortage {
	short := j.result.Event.Short
	if j.chosen != nil {
		short = append(short[:len(short):len(short)], j.chosen.Plan.Short...)
	}
	return shortages(short)
}

// plan is what was chosen for a reserve, and its kits.
func (j *job) plan() (*holdfastv1.SourcingPlan, []*holdfastv1.ReservedKit) {
	if j.chosen == nil {
		return nil, nil
	}
	p := &j.chosen.Plan
	kits := make([]*holdfastv1.ReservedKit, len(p.Kits))
	for i, k := range p.Kits {
		kits[i] = &holdfastv1.ReservedKit{ProductId: k.Product, LocationId: k.Location, Quantity: int64(k.Qty)}
		for _, part := range k.Parts {
			kits[i].Components = append(kits[i].Components, &holdfastv1.ReservedComponent{ProductId: part.Product, Quantity: int64(part.Qty * k.Qty)})
		}
	}
	if !j.chosen.Sourced {
		return nil, kits
	}
	out := sourcingPlan(p)
	attempts := int32(j.chosen.Attempts)
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
