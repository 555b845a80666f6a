package fulfil

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// network is where an order may come from, with fresh figures.
type network struct {
	to         *planning.Point
	candidates []planning.Location // best first
	lanes      map[string]bool     // of them, those with a lane to the zone
	notOnSale  map[string]bool     // products that are switched off wherever they are
}

const (
	// figuresAtOnce bounds how many items one read is about: the ledger's memory
	// has room for more.
	figuresAtOnce = 4096
	// maxFigures bounds how many items one choice looks at.
	maxFigures = 4 * planning.MaxOffers
)

// figures reads the items, in parts when there are many, and returns the time of the last
// part.
func (o *Orders) figures(ctx context.Context, keys []stock.ItemKey) (levels []ledger.Level, now stock.Time, err error) {
	levels = make([]ledger.Level, 0, len(keys))
	for part := range slices.Chunk(keys, figuresAtOnce) {
		more, at, err := o.books.Items(ctx, part)
		if err != nil {
			return nil, 0, fmt.Errorf("read what is available: %w", err)
		}
		levels, now = append(levels, more...), at
	}
	return levels, now, nil
}

// network finds the locations that the rules allow and what they could give of
// each of the needs. own is what the order itself holds and would give back.
func (o *Orders) network(ctx context.Context, tenant, channel string, rules *Rules, needs []Line, own map[stock.ItemKey][]stock.HeldUnits) (*network, error) {
	places, err := o.directory.Places(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("look for locations: %w", err)
	}
	n := &network{lanes: map[string]bool{}, notOnSale: map[string]bool{}}
	if n.to, err = rules.destination(places); err != nil {
		return nil, err
	}
	allowed, err := rules.allowed(places)
	if err != nil {
		return nil, err
	}
	costs, err := o.costs(ctx, tenant, rules)
	if err != nil {
		return nil, err
	}
	if len(allowed)*len(needs) > maxFigures {
		return nil, refuseInvalid("items", "are too many for so many locations: name regions or locations in sourcing")
	}
	keys := make([]stock.ItemKey, 0, len(allowed)*len(needs))
	for _, p := range allowed {
		for _, l := range needs {
			keys = append(keys, stock.ItemKey{Tenant: tenant, Location: p.ID, Product: l.Product})
		}
	}
	levels, _, err := o.figures(ctx, keys)
	if err != nil {
		return nil, err
	}
	on, off := map[string]bool{}, n.notOnSale
	for i, p := range allowed {
		lane, laned := costs.lane(p.ID)
		n.lanes[p.ID] = laned
		location := candidate(&p, channel, rules, lane, len(needs))
		if rules.Strategy == planning.Cheapest && !laned && location.Closed == "" {
			location.Closed = planning.NoLane
		}
		for j := range needs {
			at := i*len(needs) + j
			switch item := levels[at].Item; {
			case item == nil:
			case item.Sells(channel):
				on[item.Key.Product] = true
			default:
				off[item.Key.Product] = true
			}
			location.Offers[j] = planning.Offer{
				Available: offer(&levels[at], channel, "", own[keys[at]]), UnitCost: planning.Cost(lane.PerUnit),
			}
		}
		n.candidates = append(n.candidates, location)
	}
	for product := range on {
		delete(off, product)
	}
	n.narrow(rules.Strategy, len(needs))
	return n, nil
}

// offer is what could be taken of an item: as much as there can be where nothing is
// counted. own is what the order itself would give back.
func offer(l *ledger.Level, channel string, lot stock.Lot, own []stock.HeldUnits) stock.Qty {
	switch {
	case l.Item == nil || !l.Item.Sells(channel):
		return 0
	case !l.Item.Tracked:
		return stock.MaxQty
	}
	return min(l.Back(own).AvailableOf(channel, lot), stock.MaxQty)
}

func candidate(p *catalog.Place, channel string, rules *Rules, lane catalog.Lane, lines int) planning.Location {
	l := planning.Location{
		ID: p.ID, Region: p.Region, Priority: int(p.Priority), ShipmentCost: planning.Cost(lane.PerShipment),
		Capped: p.Capacity > 0, Capacity: stock.Qty(p.Capacity),
	}
	l.Offers = make([]planning.Offer, lines)
	if p.Coordinates != nil {
		l.At = &planning.Point{Lat: p.Coordinates.Latitude, Lon: p.Coordinates.Longitude}
	}
	switch {
	case !p.Active:
		l.Closed = planning.Inactive
	case channel != "" && !p.Serves(channel):
		l.Closed = planning.NotServingChannel
	case !p.Online && rules.Pickup != p.ID:
		l.Closed = planning.ClosedForOnline
	}
	return l
}

// narrow keeps as many candidates as can be planned with. Locations that are open and have
// something rank before those that are not or have not; then priority, distance and id
// decide. Where most is wanted, the quantity decides before those.
func (n *network) narrow(by planning.Strategy, lines int) {
	rank := func(l *planning.Location) int {
		if l.Closed == "" && slices.ContainsFunc(l.Offers, func(o planning.Offer) bool { return o.Available > 0 }) {
			return 0
		}
		return 1
	}
	far := func(l *planning.Location) float64 {
		if n.to == nil || l.At == nil {
			return 1e9 // behind all with a known distance
		}
		return n.to.Km(*l.At)
	}
	slices.SortFunc(n.candidates, func(a, b planning.Location) int {
		most := 0
		if by == planning.HighestAvailable {
			most = cmp.Compare(b.Has(), a.Has())
		}
		return cmp.Or(rank(&a)-rank(&b), most, cmp.Compare(a.Priority, b.Priority), cmp.Compare(far(&a), far(&b)), cmp.Compare(a.ID, b.ID))
	})
	if most := min(planning.MaxLocations, planning.MaxOffers/lines); len(n.candidates) > most {
		n.candidates = n.candidates[:most]
	}
}

// destination is where the order goes, nil when it is not known.
func (r *Rules) destination(places []catalog.Place) (*planning.Point, error) {
	id, field := r.ToPlace, "sourcing.destination.location_id"
	if id == "" && r.To == nil && r.Strategy == planning.Nearest && r.Pickup != "" {
		id, field = r.Pickup, "sourcing.pickup_location_id" // the customer who fetches the order goes there
	}
	if id == "" {
		if r.To == nil && r.Strategy == planning.Nearest {
			return nil, refuseInvalid("sourcing.destination", "nearest needs to know where the order goes")
		}
		return r.To, nil
	}
	p := catalog.FindPlace(places, id)
	switch {
	case p == nil:
		return nil, unknownLocation(id)
	case p.Coordinates == nil && field == "sourcing.pickup_location_id":
		return nil, nil
	case p.Coordinates == nil:
		return nil, refuseInvalid(field, "the location has no coordinates")
	}
	return &planning.Point{Lat: p.Coordinates.Latitude, Lon: p.Coordinates.Longitude}, nil
}

// allowed are the locations that the order may come from.
func (r *Rules) allowed(places []catalog.Place) ([]catalog.Place, error) {
	if r.Pickup != "" {
		p := catalog.FindPlace(places, r.Pickup)
		switch {
		case p == nil:
			return nil, unknownLocation(r.Pickup)
		case !p.Pickup:
			return nil, refuseInvalid("sourcing.pickup_location_id", "customers do not fetch orders there")
		}
		return []catalog.Place{*p}, nil
	}
	for _, id := range r.Locations {
		if catalog.FindPlace(places, id) == nil {
			return nil, unknownLocation(id)
		}
	}
	named := len(r.Locations)+len(r.Regions) > 0
	if !named && r.Bounds == nil {
		return places, nil
	}
	var allowed []catalog.Place
	for _, p := range places {
		if !r.Bounds.Location(p.ID) {
			continue
		}
		if !named || slices.Contains(r.Locations, p.ID) || p.Region != "" && slices.Contains(r.Regions, p.Region) {
			allowed = append(allowed, p)
		}
	}
	return allowed, nil
}

func unknownLocation(id string) *stock.Refusal {
	return &stock.Refusal{Code: stock.NotFound, Field: "location", Detail: fmt.Sprintf("location %q is not known", id)}
}

// A cost that the catalog takes can be compared here, and the other way round.
const _ = -uint64(planning.MaxCost - catalog.MaxCost)

// costs are the lanes to one zone.
type costs struct {
	zone, everywhere map[string]catalog.Lane // by location
}

func (o *Orders) costs(ctx context.Context, tenant string, rules *Rules) (*costs, error) {
	lanes, err := o.directory.Lanes(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("look for lanes: %w", err)
	}
	c := &costs{zone: map[string]catalog.Lane{}, everywhere: map[string]catalog.Lane{}}
	for _, l := range lanes {
		to := c.everywhere
		switch l.Zone {
		case "":
		case rules.Zone:
			to = c.zone
		default:
			continue
		}
		to[l.Location] = l
	}
	return c, nil
}

// lane is the lane from a location: to the zone, else to everywhere.
func (c *costs) lane(location string) (catalog.Lane, bool) {
	if l, ok := c.zone[location]; ok {
		return l, true
	}
	l, ok := c.everywhere[location]
	return l, ok
}
